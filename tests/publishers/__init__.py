"""Shards over RQ, on a real Valkey: the run job's side, the publisher's side, and the contract of both.

Processes of one machine are in `tests.adapters`.
"""
