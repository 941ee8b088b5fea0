"""How an interaction reaches the app, whichever way, and what came back within Slack's three seconds.

``SignedRequests`` is the way over HTTP: the same payloads as Socket Mode's, in the forms that Slack posts, and
signed. It can also send what Slack never would, to prove that an app refuses it.
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlencode

import requests

from sandbox.slack.workspace.model import Json

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True)
class Ack:
    """The app's answer to one delivery. ``failure`` is the error that Slack shows instead, if any."""

    body: Json = field(default_factory=dict)
    failure: str = ""

    @property
    def ok(self) -> bool:
        return not self.failure

    @property
    def text(self) -> str:
        return str(self.body.get("text", ""))


class Transport(Protocol):
    """A way to the app. Blocks until it acknowledged or the time was up; safe to use from several threads."""

    def send(self, kind: EnvelopeType, payload: Json) -> Ack: ...


def sign(secret: str, timestamp: str, body: str) -> str:
    """Slack's v0 request signature."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class SignedRequests:
    """Delivers to a request URL. Timestamps are real whatever the workspace's clock says: apps check them."""

    def __init__(self, request_url: str, signing_secret: str, ack_seconds: float) -> None:
        self._url = request_url
        self._secret = signing_secret
        self._ack_seconds = ack_seconds

    def send(self, kind: EnvelopeType, payload: Json) -> Ack:
        body, content_type = encoded(kind, payload)
        try:
            answer = self.post(body, content_type)
        except requests.Timeout:
            return Ack(failure="operation_timeout")
        except requests.ConnectionError:
            return Ack(failure="dispatch_failed")
        if answer.status_code != requests.codes.ok:
            return Ack(failure="dispatch_failed")
        return Ack(_body_of(answer))

    def post(
        self,
        body: str,
        content_type: str = "application/x-www-form-urlencoded",
        *,
        signature: str | None = None,
        timestamp: str | None = None,
    ) -> requests.Response:
        """Send a body as it is. A signature or a timestamp that is given replaces the true one."""
        sent_at = timestamp or str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": sent_at,
            "X-Slack-Signature": signature or sign(self._secret, sent_at, body),
        }
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the machine has no way to loopback
            return session.post(self._url, body.encode(), headers=headers, timeout=self._ack_seconds)


def encoded(kind: EnvelopeType, payload: Json) -> tuple[str, str]:
    """A payload as the HTTP body that Slack makes of it, and its content type."""
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


def _body_of(answer: requests.Response) -> Json:
    if not answer.text:
        return {}
    if answer.headers.get("content-type", "").startswith("application/json"):
        return dict(answer.json())
    return {"text": answer.text}
