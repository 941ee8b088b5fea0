"""The journal, the lease, names, and every document that is kept beside the data, today's and yesterday's.

What a step writes into them is in `tests.day`.
"""
