"""Days that an earlier version of the program began, carried on by this one.

The `trees` are what it left, and are never written anew for a change of today; today's documents are in `tests.state`.
"""
