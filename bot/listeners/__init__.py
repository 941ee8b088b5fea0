"""Slack's requests: each listener acknowledges, parses, makes one call and renders. No replay logic.

Whether somebody may ask is checked before all of them, in `permissions`.
"""

from slack_bolt import App

from bot.listeners import actions, commands, errors, form, home, permissions, views
from bot.services import Services


def register(app: App, services: Services) -> None:
    """Register every listener."""
    permissions.register(app, services)
    commands.register(app, services)
    form.register(app, services)
    views.register(app, services)
    actions.register(app, services)
    home.register(app, services)
    errors.register(app)
