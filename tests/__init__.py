"""The tests. Each docstring states what is guaranteed; `README.md` says which suite proves what.

The folders have the names of the packages they are about. At this level are only fixtures for all of them, and the
tests of the documents and models.
"""
