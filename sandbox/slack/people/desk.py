"""What a person's hands need: the workspace, its tickets and views, and the way to the app."""

from sandbox.slack.delivery.transport import Ack, EnvelopeType, Transport
from sandbox.slack.web_api.answers import Answers
from sandbox.slack.web_api.view_methods import Views
from sandbox.slack.workspace.model import Json
from sandbox.slack.workspace.state import Workspace
from sandbox.slack.workspace.tickets import Tickets


class Desk:
    """Shared by all people of one workspace. ``transport`` is Socket Mode until a request URL is set."""

    def __init__(self, workspace: Workspace, transport: Transport) -> None:
        self.workspace = workspace
        self.tickets = Tickets(workspace)
        self.views = Views(workspace, self.tickets)
        self.answers = Answers(workspace, self.tickets)
        self.transport = transport

    def deliver(self, kind: EnvelopeType, payload: Json) -> Ack:
        """Send to the app and wait; never with the workspace's lock held, as the app may call back first."""
        if self.workspace.away:
            return Ack(failure="dispatch_failed")
        return self.transport.send(kind, payload)
