"""What others' libraries think of the bot's blocks: a module each.

Slack's own types are in `tests.slack_rules.schemas`.
"""
