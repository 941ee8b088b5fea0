"""A stand-in for Slack: the Web API with its rules and limits, Socket Mode, signed requests, and the people.

The bot talks to it with the ordinary Slack SDK and knows no difference; tests and the demo are the people::

    with slack_stand_in() as slack:
        ...                                         # start the bot with slack.environment()
        asha = slack.person("operator")
        asha.slash("/replay")
        form = slack.wait_for_view(asha)
        form.fill({"Start": "2019-12-01"})
        form.submit()
        print(slack.transcript())

Others come in by this module's names. At this level are only the stand-in as a whole, what it refuses, and what
it was told; nothing here or below knows the world around it.
"""

from sandbox.slack.delivery.transport import Ack, SignedRequests
from sandbox.slack.errors import NeverCameError, SlackRefusalError
from sandbox.slack.people.form import OpenView, SubmitResult
from sandbox.slack.people.person import Person
from sandbox.slack.sent import Sent, heard, say
from sandbox.slack.stand_in import SlackStandIn, slack_stand_in
from sandbox.slack.workspace.model import Change, Message, Version, View
from sandbox.slack.workspace.mrkdwn import plain

__all__ = [
    "Ack",
    "Change",
    "Message",
    "NeverCameError",
    "OpenView",
    "Person",
    "Sent",
    "SignedRequests",
    "SlackRefusalError",
    "SlackStandIn",
    "SubmitResult",
    "Version",
    "View",
    "heard",
    "plain",
    "say",
    "slack_stand_in",
]
