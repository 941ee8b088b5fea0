"""Generated telemetry in Sunbird's shape: the same bytes for the same day, count and seed.

Lines are bytes, as they are stored: numbers in the two notations that occur, text in many scripts, a few
very long lines. A replay must carry exactly these bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

from sandbox.world.telemetry_data import CHANNELS, EVENT_DATA, PRODUCERS, Json, weighted_eid

KOLKATA = timezone(timedelta(hours=5, minutes=30))
NO_DAY = date(1970, 1, 1)
"""Where the platform files what it cannot read."""

# A file's day is the sync time in Kolkata, a Druid segment's day is UTC. Between 06:00 and 18:00 UTC both are
# the same day, so a day's files and its segments hold the same events, and a test can compare them.
_FIRST_HOUR_UTC, _HOURS = 6, 12


@dataclass(frozen=True, slots=True)
class Event:
    """What the pipeline reads from one event, and the event's own bytes."""

    mid: str
    eid: str
    channel: str
    day: date
    line: bytes


def events(day: date, count: int, seed: int = 0) -> list[bytes]:
    """That many events, each a line without its newline, all synced on the day."""
    random = Random(f"{seed}/events/{day}")
    return [_line(random, weighted_eid(random), day) for _ in range(count)]


def summaries(day: date, count: int, seed: int = 0) -> list[bytes]:
    """Workflow summaries: what the platform derives from a day's events and keeps in ``wfs``."""
    random = Random(f"{seed}/summaries/{day}")
    return [_line(random, "ME_WORKFLOW_SUMMARY", day) for _ in range(count)]


def batches(lines: Sequence[bytes], size: int) -> list[bytes]:
    """The lines as ``ingest`` stores them: a whole batch of events in each, stamped when it was received."""
    return [_batch(lines[start : start + size]) for start in range(0, len(lines), size)]


def parse_line(line: bytes) -> list[Event]:
    """The events of a stored line: one, or all of a batch. What cannot be read is one event of no day."""
    try:
        document = json.loads(line)
    except ValueError:
        return [Event("", "", "unknown", NO_DAY, line)]
    if not isinstance(document, dict):
        return [Event("", "", "unknown", NO_DAY, line)]
    if "events" in document:
        stamp = {"syncts": document["syncts"], "@timestamp": document["@timestamp"]}
        return [_event(inner | stamp, _compact(inner | stamp)) for inner in document["events"]]
    return [_event(document, line)]


def parse_lines(lines: Sequence[bytes]) -> list[Event]:
    """The events of all the lines, in order."""
    return [event for line in lines for event in parse_line(line)]


def _event(document: Json, line: bytes) -> Event:
    channel = document.get("context", {}).get("channel") or "unknown"
    return Event(document.get("mid", ""), document.get("eid", ""), channel, _sync_day(document), line)


def _sync_day(document: Json) -> date:
    moment = document.get("syncts") or document.get("ets")
    return datetime.fromtimestamp(float(moment) / 1000, KOLKATA).date() if moment else NO_DAY


def _batch(lines: Sequence[bytes]) -> bytes:
    documents = [json.loads(line) for line in lines]
    received = max(int(d["syncts"]) for d in documents)
    inner = [{key: d[key] for key in d if key not in ("syncts", "@timestamp")} for d in documents]
    head = {"id": "api.sunbird.telemetry", "ver": "3.0", "params": {"msgid": documents[0]["mid"]}}
    return _compact(head | {"ets": received, "events": inner, "syncts": received, "@timestamp": _iso(received)})


def _line(random: Random, eid: str, day: date) -> bytes:
    noon = datetime(day.year, day.month, day.day, _FIRST_HOUR_UTC, tzinfo=UTC)
    synced = int(noon.timestamp() * 1000) + random.randrange(_HOURS * 3600 * 1000)
    happened = synced - random.randrange(500, 300_000)
    document = _document(random, eid, happened) | {
        "syncts": synced,
        "@timestamp": _iso(synced),
        "flags": {"tv_processed": True, "dd_processed": True},
        "type": "events",
    }
    # Some stages of the platform write JSON with escapes, others in UTF-8.
    line = _compact(document, ascii_only=random.random() < 0.3)
    # …and some pass every number through a double.
    return _as_doubles(line, happened, synced) if random.random() < 0.4 else line


def _document(random: Random, eid: str, happened: int) -> Json:
    user, producer = _uuid(random), random.choice(PRODUCERS)
    did, session = _hex(random, 40), _uuid(random)
    return {
        "actor": {"type": "System" if eid.startswith("ME_") else "User", "id": user},
        "eid": eid,
        "edata": EVENT_DATA[eid](random),
        "ver": "3.0",
        "ets": happened,
        "context": {
            "channel": random.choice(CHANNELS),
            "pdata": producer,
            "env": random.choice(["home", "library", "contentplayer", "course", "user"]),
            "sid": session,
            "did": did,
            "cdata": [{"type": "UserSession", "id": session}, {"type": "Device", "id": did}],
            "rollup": {"l1": f"do_3127{random.randrange(10**16):016d}"},
        },
        "mid": f"{eid}:{_hex(random, 32)}",
        "object": {"id": f"do_3128{random.randrange(10**16):016d}", "type": "Content", "ver": "2"},
        "tags": [_hex(random, 32) for _ in range(random.randrange(3))],
    }


def _as_doubles(line: bytes, *numbers: int) -> bytes:
    for number in numbers:
        digits = str(number)
        mantissa = f"{digits[0]}.{digits[1:].rstrip('0') or '0'}"
        line = line.replace(f'ts":{digits}'.encode(), f'ts":{mantissa}E{len(digits) - 1}'.encode())
    return line


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _compact(document: Any, *, ascii_only: bool = False) -> bytes:
    return json.dumps(document, ensure_ascii=ascii_only, separators=(",", ":")).encode()


def _hex(random: Random, digits: int) -> str:
    return f"{random.getrandbits(4 * digits):0{digits}x}"


def _uuid(random: Random) -> str:
    text = _hex(random, 32)
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
