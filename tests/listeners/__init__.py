"""Conversations: people ask, confirm and steer in the Slack stand-in, with the bot behind signed requests.

Words and pictures by themselves are in `tests.language` and `tests.render`, two processes in `tests.bot`.
"""
