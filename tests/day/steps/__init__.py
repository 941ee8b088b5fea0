"""One step of a day each, on the scene in memory.

What follows from what is the table's: `tests.day`.
"""
