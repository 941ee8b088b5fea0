"""The process of this machine that reads stored files for the ids of their events, one after the other.

    python -m replay_engine.id_reader

It hears of a file in a line of JSON on stdin, and answers with a line of JSON and the ids after it, 8 bytes each. When
stdin ends, whoever asked is gone, and so is it. It only reads.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from replay_engine import settings, wiring
from replay_engine.day.id_reading import sample_of
from replay_engine.errors import ReplayError
from replay_engine.event_ids import EventId, Sample
from replay_engine.model import Blob
from replay_engine.publish.protocol import error_document


def main() -> None:
    """Answer until stdin ends. A bug ends the process, and whoever asked hears of that."""
    loaded = settings.load()
    with suppress(BrokenPipeError, KeyboardInterrupt):
        for line in sys.stdin:
            wanted: dict[str, Any] = json.loads(line)
            try:
                store = wiring.store(loaded, wanted["container"])
                blob = Blob(wanted["name"], wanted["size_bytes"], wanted["etag"])
                _answer(sample_of(store, blob, EventId(wanted["event_id"]), wanted["modulus"]))
            except ReplayError as error:
                _write({"error": error_document(error)})


def _answer(sample: Sample) -> None:
    counts = {"events": sample.events, "lines_without_id": sample.lines_without_id, "lines": sample.lines}
    _write({"ids": len(sample.ids), **counts}, sample.ids.astype("<u8").tobytes())


def _write(head: dict[str, object], body: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
