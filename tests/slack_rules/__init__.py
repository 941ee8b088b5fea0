"""What the bot and the stand-in say, against what others have written down about Slack; nothing of it was made here.

Rules of our own, read from Slack's reference, are in `sandbox.slack.rules` and tested in `tests.sandbox.slack`.
"""
