"""The page in which people use the workspace from a browser: what a person sees, and what their hands do.

The page is level-triggered: ``/live`` only says that something has changed, and the page then asks for all of
what its person sees. A lost connection loses nothing. Nobody but this machine's own browser is answered, and no
other site's page in it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.page.acts import ACTS
from sandbox.slack.page.sight import seen_by
from sandbox.slack.people.desk import Desk
from sandbox.slack.people.person import Person
from sandbox.slack.workspace.model import Change, Json
from sandbox.slack.workspace.state import PEOPLE

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_BREATH_SECONDS = 15.0


class WorldWindow(Protocol):
    """The world around the workspace, for the page's panel; whoever runs one gives it to the stand-in."""

    def look(self) -> Json:
        """What is where now. It may take a moment, and is called from several threads."""

    def damage(self, day: str) -> str:
        """Spoil a stored source file of a day, as happens to people; what was done, in a sentence."""


class LoopbackOnly:
    """Refuses a name that is not this machine's (DNS rebinding) and pages of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        at_home = _is_loopback(f"//{headers.get('host', '')}") and (origin is None or _is_own(origin, headers))
        answer: ASGIApp = self._app if at_home else PlainTextResponse("Only this machine may look.", 403)
        await answer(scope, receive, send)


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False


def _is_own(origin: str, headers: Headers) -> bool:
    return _is_loopback(origin) and urlsplit(origin).netloc == headers["host"]


class WebPage:
    """Serves the page of one workspace."""

    def __init__(self, desk: Desk, connected: Callable[[], int]) -> None:
        self._desk = desk
        self._connected = connected
        self._listeners: set[Callable[[], None]] = set()
        self._ending = False
        self.world: WorldWindow | None = None

    def route(self) -> BaseRoute:
        routes = [
            Route("/", self._index),
            Route("/see/{person}", self._see),
            Route("/live", self._live),
            Route("/do/{person}/{act}", self._do, methods=["POST"]),
            Route("/world", self._look),
            Route("/world/damage", self._damage, methods=["POST"]),
            Mount("/page", StaticFiles(packages=[("sandbox.slack.page", "static")])),
        ]
        return Mount("/", routes=routes, middleware=[Middleware(LoopbackOnly)])

    def end(self) -> None:
        """Let go of every page that listens, so that the server need not wait for them."""
        self._ending = True
        for wake in list(self._listeners):
            wake()

    async def _index(self, _request: Request) -> Response:
        html = (files("sandbox.slack.page") / "static" / "index.html").read_text()
        return Response(html, media_type="text/html", headers=_HEADERS)

    async def _see(self, request: Request) -> Response:
        person = self._person(request)
        if person is None:
            return _refusal(404, "There is no such person.")
        seen = await run_in_threadpool(seen_by, self._desk.workspace, person.user)
        return JSONResponse({**seen, "connected": self._connected(), "world": self.world is not None})

    async def _live(self, _request: Request) -> Response:
        return StreamingResponse(self._changes(), media_type="text/event-stream", headers=_HEADERS)

    async def _changes(self) -> AsyncIterator[str]:
        """One line for every burst of changes, the first at once: whoever comes back has missed something."""
        loop, happened = asyncio.get_running_loop(), asyncio.Event()

        def wake(_change: Change | None = None) -> None:
            loop.call_soon_threadsafe(happened.set)

        self._listeners.add(wake)
        try:
            with self._desk.workspace.listening(wake):
                while not self._ending:
                    yield "retry: 500\ndata: changed\n\n"
                    await _next(happened)
                    happened.clear()
        finally:
            self._listeners.discard(wake)

    async def _do(self, request: Request) -> Response:
        person, act = self._person(request), ACTS.get(request.path_params["act"])
        if person is None or act is None:
            return _refusal(404, "There is no such person, or nothing like it to do.")
        try:
            body = await _json_body(request)
            done = await run_in_threadpool(act, person, body)
        except NotJsonError as error:
            return _refusal(415, str(error))
        except (LookupError, SlackRefusalError) as error:
            done = {"failure": str(error.args[0])}
        return JSONResponse(done, headers=_HEADERS)

    async def _look(self, _request: Request) -> Response:
        if self.world is None:
            return _refusal(404, "There is no world around this workspace.")
        return JSONResponse(await run_in_threadpool(self.world.look), headers=_HEADERS)

    async def _damage(self, request: Request) -> Response:
        try:
            body = await _json_body(request)
            if self.world is None:
                return _refusal(404, "There is no world around this workspace.")
            done = {"done": await run_in_threadpool(self.world.damage, str(body.get("day")))}
        except NotJsonError as error:
            return _refusal(415, str(error))
        except LookupError as error:
            done = {"failure": str(error.args[0])}
        return JSONResponse(done, headers=_HEADERS)

    def _person(self, request: Request) -> Person | None:
        wanted = request.path_params["person"]
        return next((Person(self._desk, user) for user in PEOPLE if wanted in (user.key, user.id)), None)


class NotJsonError(Exception):
    """A body that a page of another site could have sent without being asked."""


async def _json_body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise NotJsonError("Say it as application/json.")
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise NotJsonError("The body must be a JSON object.")
    return body


async def _next(happened: asyncio.Event) -> None:
    """The next change, or a breath that shows whether anybody is still listening."""
    try:
        await asyncio.wait_for(happened.wait(), _BREATH_SECONDS)
    except TimeoutError:
        return


def _refusal(status: int, words: str) -> Response:
    return JSONResponse({"failure": words}, status_code=status, headers=_HEADERS)
