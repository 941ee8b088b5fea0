"""One publisher and its shard: lines, transforms, the rate limit, the time to go; all in memory.

The publishing of a whole day is a step: `tests.day.steps`.
"""
