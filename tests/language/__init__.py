"""Text to command or request, and back; no Slack, no Redis.

What comes of a command is in `tests.listeners`.
"""
