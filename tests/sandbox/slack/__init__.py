"""The Slack stand-in by itself, with small apps of its own (`bots`); the bot is not here.

Whether the stand-in is right about Slack is asked in `tests.slack_rules`.
"""
