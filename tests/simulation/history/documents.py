"""The documents among the blobs, told by their names: journals and their entries, manifests, copies."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.simulation.history.acts import Effect

ReplayDay = tuple[str, date]

_JOURNAL = re.compile(r"state/([^/]+)/(\d{4}-\d\d-\d\d)/journal[^/]*\.jsonl")
MANIFEST = re.compile(r"state/([^/]+)/(\d{4}-\d\d-\d\d)/manifest\.jsonl\.gz")
COPY = re.compile(r"(backup|quarantine|replaced)/([^/]+)/(\d{4}-\d\d-\d\d)/(.+)")


def entries_of(effect: Effect) -> list[Mapping[str, Any]]:
    """The journal entries that an act appended."""
    if effect.after is None or not _JOURNAL.fullmatch(effect.name):
        return []
    new = effect.after.data[len(effect.before.data) if effect.before else 0 :]
    return [json.loads(line) for line in new.splitlines()]


def journal_of(name: str) -> ReplayDay | None:
    """Whose journal a blob is."""
    found = _JOURNAL.fullmatch(name)
    return (found[1], date.fromisoformat(found[2])) if found else None
