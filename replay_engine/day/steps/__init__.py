"""The acts of a day, one module each. Each is idempotent, resumes from the world and returns what it proved.

None calls another; the order is `replay_engine.day.lifecycle`'s. None retries; that is the driver's work.
"""
