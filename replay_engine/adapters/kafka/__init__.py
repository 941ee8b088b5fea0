"""Kafka by librdkafka: topics, and producers with or without transactions.

What a shard is, and when it commits, is told by `replay_engine.publish`.
"""
