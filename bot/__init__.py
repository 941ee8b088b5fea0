"""Slack in, Slack out. Owns slack_bolt, rq and redis; holds no replay logic.

Two processes: `bot.__main__` listens to Slack and only parses, enqueues and renders; `bot.worker` runs the
engine. Redis holds the queue and what can be made anew; the truth stands in the engine's journals.
"""
