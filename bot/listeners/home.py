"""The bot's Home tab: shown anew when somebody opens it, and its buttons."""

from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.listeners.form import open_form
from bot.services import Services


def register(app: App, services: Services) -> None:
    """Listen to the tab and to what is only in it."""

    @app.event("app_home_opened")
    def opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            services.show_home(event["user"])

    @app.action("refresh_home")
    def refresh(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        services.show_home(body["user"]["id"])

    @app.action("new_replay")
    def new_replay(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        open_form(services, client, body["trigger_id"], None)
