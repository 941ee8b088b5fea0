"""The tests. Each docstring states what is guaranteed."""
