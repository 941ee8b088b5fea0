"""Publishing a day: shards, lines, transform, rate limit, and the loop of one publisher; what run and publishers say.

When a day is published, and what becomes of it, is decided in `replay_engine.day`; Kafka itself is an adapter.
"""
