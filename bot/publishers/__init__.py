"""Shards over RQ: the engine's port `Publishers` on every machine where a worker publishes.

The loop that publishes is the engine's; the queues and their workers are in `bot.queues` and `bot.jobs`.
"""
