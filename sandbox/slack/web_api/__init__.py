"""What an app says to Slack: the Web API's methods over HTTP, and answers to an interaction.

Put here methods and what they do to the workspace; what Slack says to the app is in ``delivery``.
"""
