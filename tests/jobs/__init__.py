"""What is queued and what runs it, on a real Valkey.

Shards over RQ are in `tests.publishers`.
"""
