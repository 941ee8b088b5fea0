"""One comparison of a backup with a sink by event ids, in a process of its own, of stored files on this machine's disk.

Run: ``python -m benchmarks.landing.compare_one MODULUS FILE …``; both sides are read. Says what it used, and what was
found: every id on both sides.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from benchmarks.publish.publish_one import Files
from benchmarks.tools.usage import Working
from replay_engine.day.id_reading import sample_of
from replay_engine.event_ids import EventId, difference, joined
from replay_engine.model import Blob
from replay_engine.ports import BlobStore


def main(modulus: int, files: Sequence[str]) -> None:
    """Read the one side, then the other, and compare."""
    store = cast(BlobStore, Files())
    blobs = [Blob(path, Path(path).stat().st_size, "") for path in files]
    working = Working()
    before, now = (joined(sample_of(store, blob, EventId("mid"), modulus) for blob in blobs) for _ in range(2))
    found = difference(before.ids, now.ids)
    working.say()
    if found.lost or found.doubled or found.new or not found.before:
        raise SystemExit(f"Both sides are the same files, and differ: {found}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
