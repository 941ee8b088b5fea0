"""A day and its replay: the table of its life, locks, late requests, and whose files are whose; all in memory.

What one step does is in `tests.day.steps`, what an order does in `tests.day.orders`; lives that are cut off anywhere
are in `tests.simulation`.
"""
