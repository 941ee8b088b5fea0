"""What publishing, backing up, clearing and answering cost, measured: ``make bench`` fills the table of README.md.

A package for each thing that is measured; what they share is in `benchmarks.tools`.
"""
