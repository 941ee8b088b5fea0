"""What a run and its publishers say to each other, as one-line JSON documents, whatever carries them."""

import json
from dataclasses import asdict, astuple
from typing import Any

from replay_engine import errors
from replay_engine.errors import ReplayError
from replay_engine.model import Counts, Pace
from replay_engine.ports import ShardNews

#: How often a run says that it lives, and how long a publisher on the same machine goes on without hearing that. It
#: has stopped before the lease of a run that stands still runs out (15 s, less what is kept back, at the least).
HEARTBEAT_SECONDS, ORPHANED_SECONDS = 1.0, 8.0
#: One that cannot stop then, as the cluster is away, is ended by force so much later.
LAST_SECONDS = 5.0


def dump_news(news: ShardNews) -> str:
    """One line, without its end."""
    error = None if news.error is None else error_document(news.error)
    return json.dumps({"shard": news.shard, "counts": astuple(news.counts), "ended": news.ended, "error": error})


def load_news(text: str) -> ShardNews:
    """Read it back as an equal value, an error of the same kind."""
    raw = json.loads(text)
    error = None if raw["error"] is None else error_of(raw["error"])
    return ShardNews(raw["shard"], Counts(*raw["counts"]), raw["ended"], error)


def error_document(error: ReplayError) -> dict[str, str]:
    """Its name, and what it says."""
    return {"name": type(error).__name__, "message": error.message, "advice": error.advice}


def error_of(document: dict[str, str]) -> ReplayError:
    """The error again; of a kind that takes more than two texts, its nearest."""
    kind = getattr(errors, document["name"], None)
    if not (isinstance(kind, type) and issubclass(kind, ReplayError)):
        kind = ReplayError
    if issubclass(kind, errors.BadRequest):
        kind = errors.Refused
    return kind(document["message"], advice=document["advice"])


def dump_pace(pace: Pace) -> dict[str, Any]:
    """As part of an order."""
    return asdict(pace)


def load_pace(document: dict[str, Any]) -> Pace:
    """Read it back."""
    return Pace(**document)
