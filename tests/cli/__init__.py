"""The operator CLI as people and scripts run it: a process of its own, on real parts.

What a day does in there is in `tests.day`; how its processes die is in `tests.crash`.
"""
