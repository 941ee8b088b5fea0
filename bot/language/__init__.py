"""Text to a command or a request, and back; days, options, and what to paste instead of a mistake.

Pure: no Redis, no queue, no client of Slack's. The form has fields instead, in `bot.form`.
"""
