"""Slack's requests: each listener acknowledges, parses, makes one call and renders. No replay logic.

Who asks is checked in every one of them.
"""

from slack_bolt import App

from bot.listeners import actions, commands, errors, form, home, views
from bot.services import Services


def register(app: App, services: Services) -> None:
    """Register every listener."""
    commands.register(app, services)
    form.register(app, services)
    views.register(app, services)
    actions.register(app, services)
    home.register(app, services)
    errors.register(app)
