"""What is told of a replay, by whom and how often: records, run reporter, caretaker, and taking over.

How it looks is in `tests.render`.
"""
