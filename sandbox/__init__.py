"""A whole small world on one laptop: for the first five minutes, and for the tests.

Everything listens on loopback only, on free ports, and ends with the process that started it.
"""
