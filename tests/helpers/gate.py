"""A gate before the store: it lets everything through but what it was told to hold, until it is opened.

So a test can stand in the middle of a replay without a clock.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.azurite import Azurite
from sandbox.serving import serve

_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
_PATIENCE_SECONDS = 60
_NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(slots=True)
class Gate:
    """Holds the download of one blob, but not the look at its first bytes."""

    upstream: str
    held_name: str
    url: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    async def pass_on(self, request: Request) -> Response:
        return await run_in_threadpool(self._pass_on, request, await request.body())

    def _pass_on(self, request: Request, body: bytes) -> Response:
        target = request.scope["raw_path"].decode()
        if request.method == "GET" and target.endswith(self.held_name) and not _only_its_head(request):
            self.reached.set()
            assert self.opened.wait(_PATIENCE_SECONDS)
        if request.url.query:
            target += f"?{request.url.query}"
        connection = http.client.HTTPConnection(self.upstream, timeout=_PATIENCE_SECONDS)
        connection.request(request.method, target, body, dict(request.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        response = Response(content, answer.status)
        response.raw_headers = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in answer.getheaders()
            if name.lower() not in _NOT_PASSED_ON
        ]
        if request.method != "HEAD" and "content-length" not in response.headers:
            response.headers["content-length"] = str(len(content))
        return response


def _only_its_head(request: Request) -> bool:
    """A look at the first bytes, before anything is cleared."""
    return request.headers.get("x-ms-range") == "bytes=0-2"


@contextmanager
def gate(azurite: Azurite, held_name: str) -> Iterator[tuple[Gate, str]]:
    """The gate, and the connection string that leads through it."""
    upstream = str(urlsplit(azurite.url).netloc)
    standing = Gate(upstream, held_name)
    with serve(Starlette(routes=[Route("/{path:path}", standing.pass_on, methods=_METHODS)])) as url:
        try:
            yield standing, azurite.connection_string.replace(upstream, str(urlsplit(url).netloc))
        finally:
            standing.opened.set()
