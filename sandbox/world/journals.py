"""What the replay's own journals say about the landing of each day: the proof that people can look up afterwards."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from azure.storage.blob import BlobServiceClient

from sandbox.world.parts import STATE_CONTAINER, World


@dataclass(frozen=True, slots=True)
class Landing:
    """Of one day: ``kind`` is how it was told that everything came back, empty where it did not.

    ``ids`` are event ids of all folders: before, lost, doubled, new. ``missing`` is what the last look found missing,
    ``kept`` are folders that were left alone, since the source has none of their events.
    """

    day: date
    kind: str = ""
    folders: int = 0
    ids: Mapping[str, int] | None = None
    missing: tuple[str, ...] = ()
    missing_folders: int = 0
    kept: tuple[str, ...] = ()

    def text(self) -> str:
        """In a line: what was compared, and what came of it."""
        if not self.folders:
            return f"{self.day}: nothing was cleared, so nothing had to land"
        said = f"{self.day}: {self.kind or 'not everything came back'}; {self.folders} folders"
        if self.ids:
            numbers = {name: f"{self.ids[name]:,}" for name in ("before", "lost", "doubled", "new")}
            said += ", {before} events before: {lost} lost, {doubled} doubled, {new} new".format_map(numbers)
        if self.kept:
            said += f"; left alone, as no event of them is in the source: {len(self.kept)} folders ({self.kept[0]}, …)"
        return said


def landings(world: World) -> list[Landing]:
    """Of every day that was begun, in the order of days."""
    return read(_journals(world))


def read(documents: Iterable[tuple[str, bytes]]) -> list[Landing]:
    """The same of journals' parts with their names, in order."""
    journals: dict[date, list[dict[str, Any]]] = {}
    for name, document in documents:
        day = date.fromisoformat(name.split("/")[2])
        journals.setdefault(day, []).extend(json.loads(line) for line in document.splitlines())
    return [_landing(day, journals[day]) for day in sorted(journals)]


def _landing(day: date, entries: list[dict[str, Any]]) -> Landing:
    facts = [(entry["kind"], entry["step"], entry["facts"] or {}) for entry in entries]
    kept = next((f.get("left_out", ()) for kind, step, f in facts if (kind, step) == ("proof", "check")), ())
    looks = [(kind, f) for kind, step, f in facts if step == "land" and kind in ("proof", "waits") and "folders" in f]
    if not looks:
        return Landing(day, kept=tuple(kept))
    kind, last = looks[-1]
    missing, more = last["missing"], last["missing_folders"]
    how = str(last["kind"]) if kind == "proof" else ""
    return Landing(day, how, last["folders"], last.get("ids"), tuple(missing.values()), more, tuple(kept))


def _journals(world: World) -> Iterator[tuple[str, bytes]]:
    account = BlobServiceClient.from_connection_string(world.azurite.connection_string)
    with account, account.get_container_client(STATE_CONTAINER) as state:
        names = [name for name in state.list_blob_names(name_starts_with="state/") if "/journal" in name]
        for name in sorted(names):
            yield name, state.download_blob(name).readall()
