"""Slack's side of Socket Mode: hands out WebSocket URLs, says hello, sends envelopes, waits for each ack.

Envelopes go to one connection each, round robin. An envelope that is not acknowledged is not sent again: what
a person sees of it is an ``operation_timeout``.
"""

import asyncio
import json
import secrets
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLongError
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.slack.delivery.transport import Ack, EnvelopeType
from sandbox.slack.workspace.model import Json
from sandbox.slack.workspace.state import APP_ID, Workspace


class Connection:
    """One connected client; sending is safe from any thread."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()

    def send(self, message: Json) -> None:
        work = self._socket.send_text(json.dumps(message))
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._socket.close(1001), self._loop).result()


class SocketMode:
    """All connections of the app, and the acknowledgements that are still awaited."""

    def __init__(self, workspace: Workspace, ack_seconds: float) -> None:
        self._workspace = workspace
        self._ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._connections: deque[Connection] = deque()
        self._awaited: dict[str, Future[Json]] = {}
        self.greeted = 0

    @property
    def connected(self) -> int:
        return len(self._connections)

    def open_connection(self, _arguments: Json) -> Json:
        """``apps.connections.open``: a URL that can be used once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        url = self._workspace.base_url.replace("http", "ws", 1)
        return {"url": f"{url}/link/?ticket={ticket}&app_id={APP_ID}"}

    async def serve(self, socket: WebSocket) -> None:
        """The life of one connection, in the server's event loop."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets or self._workspace.away:
            await socket.close(1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        await socket.send_text(json.dumps(self._hello()))
        connection = Connection(socket)
        self._join(connection)
        try:
            while True:
                self._acknowledge(json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):  # RuntimeError: closed from this side meanwhile
            pass
        finally:
            self._leave(connection)

    def send(self, kind: EnvelopeType, payload: Json) -> Ack:
        """Deliver one envelope and wait for its ack; Slack's error when nobody listens or nobody answers."""
        envelope_id = secrets.token_hex(16)
        answer: Future[Json] = Future()
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        with self._workspace.changed:
            if not self._connections:
                return Ack(failure="dispatch_failed")
            self._connections.rotate(-1)
            connection = self._connections[-1]
            self._awaited[envelope_id] = answer
        try:
            connection.send(envelope)
            return Ack(answer.result(self._ack_seconds))
        except TookTooLongError:
            return Ack(failure="operation_timeout")
        except (WebSocketDisconnect, RuntimeError):
            return Ack(failure="dispatch_failed")
        finally:
            self._awaited.pop(envelope_id, None)

    def ask_to_reconnect(self, reason: str) -> None:
        """Slack's ``disconnect`` message: the client is to come back on a new connection."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        for connection in list(self._connections):
            connection.send(message)

    def drop(self) -> None:
        """Close every connection, as a network would: without saying so first."""
        for connection in list(self._connections):
            connection.close()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.connected + 1,
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": "sandbox",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    def _acknowledge(self, message: dict[str, Any]) -> None:
        answer = self._awaited.get(str(message.get("envelope_id")))
        if answer is not None and not answer.done():
            answer.set_result(message.get("payload") or {})

    def _join(self, connection: Connection) -> None:
        with self._workspace.changed:
            self._connections.append(connection)
            self.greeted += 1
            self._workspace.changed.notify_all()

    def _leave(self, connection: Connection) -> None:
        with self._workspace.changed:
            self._connections.remove(connection)
            self._workspace.changed.notify_all()
