"""A stand-in for Apache Druid's Coordinator and Overlord: real Druid's paths, shapes and awkward answers.

Only what concerns segments. Paths, bodies and statuses are those of Druid's own sources (MetadataResource,
DataSourcesResource, OverlordDataSourcesResource), the awkward ones included: an invalid request is answered
with bare text under a JSON content type, a wrong password with a page of HTML, and up to version 29 marking
segments of a datasource that nobody serves is answered 204, with nothing done.
"""

import json
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.druid.state import ETERNITY, DruidStandIn, Interval, Segment, interval
from sandbox.serving import serve

__all__ = ["ETERNITY", "Druid", "DruidStandIn", "Segment", "druid"]

COORDINATOR = "/druid/coordinator/v1"
OVERLORD = "/druid/indexer/v1"
INVALID_PAYLOAD = (
    "Invalid request payload. Specify either 'interval' or 'segmentIds', but not both."
    " Optionally, include 'versions' only when 'interval' is provided."
)


@dataclass(slots=True)
class Druid:
    """A running stand-in: where it is, what it holds, and switches for its bad days."""

    state: DruidStandIn
    username: str = ""
    password: str = ""
    version: str = "36.0.0"
    url: str = ""
    leader: str | None = None
    """When set, this node is not the leader, and answers everything with a redirect to this URL."""
    answers: deque[Response] = field(default_factory=deque)
    """Answers for the next requests, instead of the real ones; nothing is done for them."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Every (method, path) that was asked."""

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


@contextmanager
def druid(
    state: DruidStandIn | None = None, *, username: str = "", password: str = "", version: str = "36.0.0"
) -> Iterator[Druid]:
    """Serve a stand-in until the context ends. With a username, it wants HTTP basic authentication."""
    node = Druid(state or DruidStandIn(), username, password, version)
    with serve(_app(node)) as url:
        node.url = url
        yield node


def _app(node: Druid) -> Starlette:
    answers = _Answers(node)
    app = Starlette(routes=_routes(node, answers))
    app.add_middleware(_Door, node=node)
    return app


def _routes(node: Druid, answers: "_Answers") -> list[Route]:
    metadata = f"{COORDINATOR}/metadata/datasources"
    routes = [
        Route("/status", answers.status),
        Route("/status/health", answers.health),
        Route(metadata, answers.datasources),
        Route(metadata + "/{datasource}/segments", answers.all_segments, methods=["GET"]),
        Route(metadata + "/{datasource}/segments", answers.segments, methods=["POST"]),
        Route(OVERLORD + "/tasks", answers.tasks),
        Route(COORDINATOR + "/datasources/{datasource}/intervals/{interval}", answers.kill, methods=["DELETE"]),
    ]
    # The Overlord has the updates since 32; the Coordinator still forwards them.
    for base in [COORDINATOR] + ([OVERLORD] if node.major >= 32 else []):
        one = base + "/datasources/{datasource}"
        routes += [
            Route(one + "/markUnused", answers.mark(used=False), methods=["POST"]),
            Route(one + "/markUsed", answers.mark(used=True), methods=["POST"]),
            Route(one + "/segments/{segment}", answers.mark_one, methods=["DELETE", "POST"]),
        ]
    return routes


class _Door:
    """What happens before a request reaches a resource: scripted answers, the password, the redirect."""

    def __init__(self, app: ASGIApp, node: Druid) -> None:
        self.app = app
        self.node = node

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.node.requests.append((request.method, request.url.path))
        await (self._early(request) or self.app)(scope, receive, send)

    def _early(self, request: Request) -> Response | None:
        if self.node.answers:
            return self.node.answers.popleft()
        # Real Druid leaves health checks open too.
        if self.node.username and request.url.path != "/status/health" and not self._authorized(request):
            return _jetty_page(request, 401, "Unauthorized", {"WWW-Authenticate": "Basic"})
        if self.node.leader:
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(self.node.leader + target, 307)
        return None

    def _authorized(self, request: Request) -> bool:
        secret = b64encode(f"{self.node.username}:{self.node.password}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {secret}"


class _Answers:
    """One method for each resource."""

    def __init__(self, node: Druid) -> None:
        self.node = node
        self.state = node.state

    async def status(self, _: Request) -> Response:
        return JSONResponse({"version": self.node.version, "modules": [], "memory": {}})

    async def health(self, _: Request) -> Response:
        return JSONResponse(True)

    async def datasources(self, _: Request) -> Response:
        return JSONResponse(self.state.datasources())

    async def tasks(self, request: Request) -> Response:
        wanted = request.query_params.get("datasource"), request.query_params.get("state")
        found = [one for one in self.state.tasks if (one.datasource, one.state) == wanted]
        return JSONResponse([{"id": t.id, "type": t.type, "dataSource": t.datasource} for t in found])

    async def all_segments(self, request: Request) -> Response:
        found = self.state.used(request.path_params["datasource"])
        return _listing(request, found) if found else Response(status_code=404)

    async def segments(self, request: Request) -> Response:
        try:
            wanted = [_interval(text) for text in json.loads(await request.body())]
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        used = self.state.used(request.path_params["datasource"])
        return _listing(request, [s for s in used if any(i.overlaps(s.interval) for i in wanted)])

    def mark(self, *, used: bool) -> Callable[[Request], Awaitable[Response]]:
        change = self.state.mark_used if used else self.state.mark_unused

        async def answer(request: Request) -> Response:
            body = await request.body()
            if body and "application/json" not in request.headers.get("Content-Type", ""):
                return Response(status_code=415)
            try:
                chosen = _choice(body)
            except ValueError as error:
                return Response(str(error), 400, media_type="application/json")
            datasource = request.path_params["datasource"]
            if self.node.major <= 29 and not self.state.used(datasource):
                return Response(status_code=204)
            if used and self.node.major >= 32 and (lacking := self._unknown(datasource, json.loads(body))):
                message = f"Could not find segment IDs[{lacking}] for datasource[{datasource}]"
                # The Coordinator forwards it, and tells the refusal as a fault.
                forwarded = request.url.path.startswith(COORDINATOR)
                return JSONResponse({"error": "druidException", "errorMessage": message}, 500 if forwarded else 400)
            # One that is so already counts, too.
            chosen_ones = sum(chosen(one) for one in (*self.state.used(datasource), *self.state.unused(datasource)))
            change(datasource, chosen)
            return JSONResponse({"numChangedSegments": chosen_ones, "segmentStateChanged": chosen_ones > 0})

        return answer

    def _unknown(self, datasource: str, payload: dict[str, Any]) -> list[str]:
        known = {one.id for one in (*self.state.used(datasource), *self.state.unused(datasource))}
        return sorted(set(payload.get("segmentIds") or []) - known)

    async def mark_one(self, request: Request) -> Response:
        change = self.state.mark_used if request.method == "POST" else self.state.mark_unused
        datasource, segment = request.path_params["datasource"], request.path_params["segment"]
        change(datasource, lambda one: one.id == segment)
        changed = not self._unknown(datasource, {"segmentIds": [segment]})
        if request.url.path.startswith(OVERLORD):
            return JSONResponse({"numChangedSegments": int(changed), "segmentStateChanged": changed})
        asked_for_json = "application/json" in request.headers.get("Accept", "")
        if request.method == "POST" and (self.node.major >= 33 or not asked_for_json):
            # As the real one was seen to, from 0.20 to 33: it is done all the same.
            return Response(status_code=500)
        return JSONResponse({"segmentStateChanged": changed})

    async def kill(self, request: Request) -> Response:
        where = _interval(request.path_params["interval"].replace("_", "/"))
        self.state.kill(request.path_params["datasource"], where)
        return Response(status_code=200)


def _choice(body: bytes) -> Callable[[Segment], bool]:
    """Which segments a mark request means; ValueError with Druid's sentence when it is not valid."""
    payload = json.loads(body or "null")
    if not isinstance(payload, dict):
        raise ValueError(INVALID_PAYLOAD)  # noqa: TRY004 - to the caller it is a bad value
    where, ids, versions = payload.get("interval"), payload.get("segmentIds") or [], payload.get("versions")
    if bool(where) == bool(ids) or (versions and not where):
        raise ValueError(INVALID_PAYLOAD)
    if where:
        whole = _interval(where)
        return lambda s: whole.contains(s.interval) and (not versions or s.version in versions)
    return lambda s: s.id in ids


def _interval(text: str) -> Interval:
    start, slash, end = text.partition("/")
    if not slash:
        raise ValueError(f"Invalid format: {text!r} is not an interval")
    return interval(start, end)


def _listing(request: Request, segments: list[Segment]) -> Response:
    if "full" in request.query_params:
        return JSONResponse([_full(s) for s in segments])
    return JSONResponse([s.id for s in segments])


def _full(segment: Segment) -> dict[str, Any]:
    folder = f"druid/segments/{segment.datasource}/{segment.interval.start}_{segment.interval.end}"
    path = f"{folder}/{segment.version}/{segment.partition}/index.zip".replace(":", "_")
    return {
        "dataSource": segment.datasource,
        "interval": str(segment.interval),
        "version": segment.version,
        "loadSpec": {"type": "azure", "containerName": "telemetry-data", "blobPath": path},
        # Druid writes these two as one string, with commas.
        "dimensions": "eid,mid,context_channel",
        "metrics": "total_count",
        "shardSpec": {
            "type": "numbered",
            "partitionNum": segment.partition,
            "partitions": segment.core_partitions,
        },
        "binaryVersion": 9,
        "size": 1000 + 220 * len(segment.rows),
        "identifier": segment.id,
    }


def _jetty_page(request: Request, status: int, reason: str, headers: dict[str, str]) -> Response:
    page = (
        f"<html>\n<head>\n<title>Error {status} {reason}</title>\n</head>\n"
        f"<body><h2>HTTP ERROR {status} {reason}</h2>\n"
        f"<table>\n<tr><th>URI:</th><td>{request.url.path}</td></tr>\n</table>\n</body>\n</html>\n"
    )
    return HTMLResponse(page, status, headers)
