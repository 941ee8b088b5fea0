"""What is queued and what runs it: enqueueing, the jobs of plans, orders and runs, the reconciler, worker processes.

What people are told by a job belongs in `bot.messages` and `bot.render`; publishing a shard in `bot.publishers`.
"""
