"""The request form by itself: what is put in is what is asked for.

The form as a person uses it is in `tests.listeners`.
"""
