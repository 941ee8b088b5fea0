"""The engine's own check of a world against its journals, of worlds that are right and of broken ones.

The simulator's judgement, which knows the whole history, is in `tests.simulation`.
"""
