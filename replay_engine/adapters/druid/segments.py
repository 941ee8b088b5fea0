"""Druid's Coordinator API (requests) as the `SegmentStore` port.

Facts used, from Druid's sources and docs (0.13 … 37): ``POST …/metadata/datasources/{ds}/segments?full`` lists
*used* segments that overlap; ``POST …/datasources/{ds}/markUnused`` with ``segmentIds`` answers 200 with a
count, or 204 when nothing was done; ids it does not know are ignored without a word, so the caller lists again.
Non-leaders answer 307 with the leader's address. Intervals are never sent to a mutating call, and the
permanent kill (``DELETE …/intervals/{i}``) is not here at all.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import requests

from replay_engine.errors import BadConfig, CannotProceed, InDoubt, NotAllowed, TryAgain
from replay_engine.model import Segment
from replay_engine.plan.safety import day_bounds
from replay_engine.settings import Settings

_COORDINATOR = "druid/coordinator/v1"
_OVERLORD = "druid/indexer/v1"
#: Tasks that only append, and those that touch unused segments only (Druid's docs, "Task reference").
_WRITE_NOTHING_ANEW = {"index_kafka", "index_kinesis", "kill", "archive", "move", "restore"}
_TIMEOUT_SECONDS = 60
_MOST_REDIRECTS = 3


class DruidSegments:
    """One Druid cluster, by its Router or Coordinator."""

    def __init__(self, settings: Settings) -> None:
        """No request is made yet; `BadConfig` when no Druid is configured."""
        if not settings.druid_url:
            raise BadConfig("No Druid is configured.", advice="Set REPLAY_DRUID_URL.")
        self._base = settings.druid_url.rstrip("/") + "/"
        if urlsplit(self._base).scheme not in ("http", "https") or not urlsplit(self._base).hostname:
            raise BadConfig("REPLAY_DRUID_URL is no URL.", advice="Write it as http://host:port.")
        self._session = requests.Session()
        # Credentials come from our settings only, never from a .netrc.
        self._session.trust_env = False
        # Without it marking one segment is answered 500, although it is done (seen on 0.20 to 33).
        self._session.headers["Accept"] = "application/json"
        if settings.druid_username and settings.druid_password:
            self._session.auth = (settings.druid_username, settings.druid_password.get_secret_value())

    def used(self, datasource: str, day: date) -> tuple[Segment, ...]:
        """Used segments that overlap the day, in id order."""
        start, end = (bound.strftime("%Y-%m-%dT%H:%M:%S.000Z") for bound in day_bounds(day))
        path = f"{_COORDINATOR}/metadata/datasources/{quote(datasource, safe='')}/segments?full"
        return _segments(self._ask("POST", path, [f"{start}/{end}"]))

    def holds_any(self, datasource: str) -> bool:
        """Among the datasources that have used segments."""
        return datasource in _names(self._ask("GET", f"{_COORDINATOR}/metadata/datasources", None))

    def written_by(self, datasource: str) -> tuple[str, ...]:
        """Of every state before their end; 404 is what a Coordinator without an Overlord answers."""
        found = []
        for state in ("running", "pending", "waiting"):
            query = urlencode({"datasource": datasource, "state": state})
            answer = self._asked("GET", f"{_OVERLORD}/tasks?{query}", None)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return ()
            found += _tasks(_checked(answer))
        return tuple(sorted(task["id"] for task in found if task.get("type") not in _WRITE_NOTHING_ANEW))

    def mark_unused(self, datasource: str, ids: Iterable[str]) -> None:
        """Ask for exactly these ids."""
        wanted = list(ids)
        if wanted:
            self._ask("POST", f"{_COORDINATOR}/{_datasource(datasource)}/markUnused", {"segmentIds": wanted})

    def mark_used(self, datasource: str, ids: Iterable[str]) -> None:
        """Ask for exactly these ids: the Overlord, which takes a list of them from 32 on, else one by one.

        Seen on 33: the Overlord refuses the whole list (400) for one id that it does not know, such as one
        that was killed. The Coordinator's list does nothing (204) where none is used, up to 29. One that fails keeps
        none of the others from being asked for.
        """
        wanted = list(ids)
        if not wanted:
            return
        answer = self._asked("POST", f"{_OVERLORD}/{_datasource(datasource)}/markUsed", {"segmentIds": wanted})
        if answer.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            _checked(answer)
            return
        service = _COORDINATOR if answer.status_code == HTTPStatus.NOT_FOUND else _OVERLORD
        one = f"{service}/{_datasource(datasource)}/segments"
        failed = [error for each in wanted if (error := self._mark_one_used(f"{one}/{quote(each, safe='')}"))]
        if failed:
            raise failed[0]

    def _mark_one_used(self, path: str) -> TryAgain | None:
        try:
            self._ask("POST", path, None)
        except TryAgain as error:
            return error
        return None

    def _ask(self, method: str, path: str, body: object) -> requests.Response:
        return _checked(self._asked(method, path, body))

    def _asked(self, method: str, path: str, body: object) -> requests.Response:
        url = self._base + path
        for _ in range(_MOST_REDIRECTS):
            answer = self._send(method, url, body)
            if answer.status_code not in (301, 302, 307, 308):
                return answer
            url = self._leader(url, answer)
        raise TryAgain("Druid has no leader to send this to.", advice="It is asked again.")

    def _send(self, method: str, url: str, body: object) -> requests.Response:
        try:
            return self._session.request(method, url, json=body, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            raise TryAgain(
                f"Druid at {_host(self._base)} does not answer ({type(error).__name__}).",
                advice="Check REPLAY_DRUID_URL.",
            ) from None

    def _leader(self, url: str, answer: requests.Response) -> str:
        """Follow a redirect ourselves: requests would drop the credentials on another host."""
        target = urljoin(url, answer.headers.get("Location", ""))
        if urlsplit(target).scheme != urlsplit(url).scheme or urlsplit(target).path != urlsplit(url).path:
            raise InDoubt(f"Druid redirects to {_host(target)} in another way.", advice="Check REPLAY_DRUID_URL.")
        return target


def _datasource(name: str) -> str:
    return f"datasources/{quote(name, safe='')}"


def _checked(answer: requests.Response) -> requests.Response:
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise NotAllowed(
            "Druid rejected the credentials.", advice="Check REPLAY_DRUID_USERNAME and REPLAY_DRUID_PASSWORD."
        )
    if answer.status_code == HTTPStatus.FORBIDDEN:
        raise NotAllowed(
            f"Druid does not permit {answer.request.method} {urlsplit(answer.url).path}.",
            advice="Give REPLAY_DRUID_USERNAME Read and Write on the datasource.",
        )
    if answer.status_code in (429, 500, 502, 503, 504):
        raise TryAgain(f"Druid is busy or away ({answer.status_code}).", advice="It is asked again.")
    if not answer.ok:
        raise CannotProceed(
            f"Druid answered {answer.status_code}: {_reason(answer)}",
            advice="Check REPLAY_DRUID_URL and its version.",
        )
    return answer


def _reason(answer: requests.Response) -> str:
    """Druid's errors come empty, as text, as JSON with one of three keys, or as HTML."""
    try:
        document: Any = answer.json()
    except ValueError:
        return "an error page." if "<" in answer.text else answer.text[:200]
    if isinstance(document, dict):
        return str(document.get("errorMessage") or document.get("message") or document.get("error"))[:200]
    return str(document)[:200]


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _names(answer: requests.Response) -> list[str]:
    """Of datasources."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise _no_list(answer, "datasources")
    return [str(name) for name in found]


def _tasks(answer: requests.Response) -> list[dict[str, Any]]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("id") for one in found):
        raise _no_list(answer, "tasks")
    return found


def _segments(answer: requests.Response) -> tuple[Segment, ...]:
    """A listing; `CannotProceed` when it is none, so that nothing is concluded from what somebody else answered."""
    try:
        return tuple(sorted((_segment(raw) for raw in answer.json()), key=lambda segment: segment.id))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_list(answer, "segments") from error


def _no_list(answer: requests.Response, of: str) -> CannotProceed:
    return CannotProceed(
        f"Druid at {_host(answer.url)} answered {answer.status_code} with no list of {of}.",
        advice="Check REPLAY_DRUID_URL and what stands before it.",
    )


def _segment(raw: dict[str, Any]) -> Segment:
    start, _, end = raw["interval"].partition("/")
    shard = raw.get("shardSpec") or {}
    return Segment(
        id=raw["identifier"],
        datasource=raw["dataSource"],
        start=_instant(start, datetime.min),
        end=_instant(end, datetime.max),
        version=raw["version"],
        partition_num=int(shard.get("partitionNum") or 0),
        core_partitions=int(shard.get("partitions") or shard.get("numCorePartitions") or 0),
    )


def _instant(text: str, unparseable: datetime) -> datetime:
    """Bounds of ALL-granularity segments do not parse as dates: they reach beyond every day."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return unparseable.replace(tzinfo=UTC)
