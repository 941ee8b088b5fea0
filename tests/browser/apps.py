"""Apps that a test talks to in the browser."""

from slack_bolt import Ack, App
from slack_sdk import WebClient

from sandbox.slack import SlackStandIn
from tests.sandbox.slack.bots import Json, bolt_app


def opening(slack: SlackStandIn, view: Json) -> App:
    """An app that answers ``/replay`` with a form."""
    app = bolt_app(slack)

    @app.command("/replay")
    def asked(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view)

    return app
