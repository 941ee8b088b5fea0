"""What a key, filters and headers cost: the processor time of one publisher a line, treatment and producer.

The lines are telemetry events of about 0.9 KB, handed over 256 KB at a time; the broker is the embedded one, and
its own time does not count. Run: ``python -m benchmarks.publish.line_options [LINES]``.
"""

import json
import math
import random
import sys
import time
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.model import Condition, Delivery, Filter, Publishing
from replay_engine.ports import Committed, ShardProducer
from replay_engine.publish.inflate import PIECE_BYTES
from replay_engine.publish.transform import Transform
from sandbox.kafka.tansu import broker

TOPIC = "lines"
TOUCH = Filter("edata.type", Condition.EQUALS, ("TOUCH",))
NOT_EXPORTED = Filter("flags.exported", Condition.IS_NULL)
WAYS = {
    "nothing": Publishing(),
    "key": Publishing(key="did"),
    "one filter": Publishing(filters=(TOUCH,)),
    "two filters": Publishing(filters=(TOUCH, NOT_EXPORTED)),
    "key, two filters": Publishing(key="did", filters=(TOUCH, NOT_EXPORTED)),
    "headers": Publishing(headers=True),
    "key, headers": Publishing(key="did", headers=True),
    "at least once": Publishing(delivery=Delivery.AT_LEAST_ONCE),
}
HEADERS = {"replay-id": b"r20200110-083000-000001", "replay-day": b"2019-12-01"}
_COMMIT_BYTES = 32 << 20
_ROUNDS = 5


def event(drawn: random.Random) -> dict[str, Any]:
    """One event, as a mobile app sends it."""
    did, session, mid = (f"{drawn.getrandbits(160):040x}" for _ in range(3))
    return {
        "eid": "INTERACT",
        "ets": 1_566_239_401_226 + drawn.randrange(10**9),
        "ver": "3.1",
        "mid": mid,
        "actor": {"id": did, "type": "User"},
        "context": {
            "channel": "in.ekstep",
            "pdata": {"id": "prod.diksha.app", "ver": "2.2.169", "pid": "sunbird.app"},
            "env": "home",
            "sid": session,
            "did": did,
            "cdata": [{"id": session, "type": "Class"}],
            "rollup": {"l1": "0123"},
        },
        "object": {"id": f"do_31263{drawn.randrange(10**6)}", "type": "Content", "version": "1", "rollup": {}},
        "edata": {
            "type": "TOUCH",
            "subtype": "content-clicked",
            "pageid": "library",
            "id": "content-card",
            "extra": {"pos": [{"x": 1, "y": 2.5}], "values": [{"sectionName": "x", "positionClicked": 3}]},
        },
        "tags": [session],
        "did": did,
        "@timestamp": "2019-08-20T00:00:00.000Z",
        "syncts": 1_566_239_401_226,
        "metadata": {"checksum": mid},
    }


def batches(lines: list[bytes]) -> list[list[bytes]]:
    """As a file's pieces come."""
    size = PIECE_BYTES // len(lines[0])
    return [lines[start : start + size] for start in range(0, len(lines), size)]


def publish(pieces: list[list[bytes]], publishing: Publishing, producer: ShardProducer) -> tuple[float, float]:
    """Processor seconds of the treatment, and of everything."""
    transform, treating, sent, uncommitted = Transform(publishing, 1_000_000), 0.0, 0, 0
    producer.begin()
    began = time.process_time()
    for piece in pieces:
        before = time.thread_time()
        transformed = transform.apply(piece)
        treating += time.thread_time() - before
        producer.send(transformed.lines, transformed.keys)
        sent, uncommitted = sent + len(piece), uncommitted + PIECE_BYTES
        if uncommitted >= _COMMIT_BYTES:
            producer.commit(Committed(sent))
            uncommitted = 0
    producer.commit(Committed(sent))
    seconds = time.process_time() - began
    producer.close()
    return treating, seconds


def best_of_rounds(pieces: list[list[bytes]], bootstrap: str) -> dict[str, tuple[float, float]]:
    """Of every way the least seconds; the ways take turns, so that a noisy minute hits all of them."""
    best, topic = dict.fromkeys(WAYS, (math.inf, math.inf)), KafkaTopic(bootstrap, {})
    facts = topic.check(TOPIC)
    for number, (name, way) in product(range(_ROUNDS), WAYS.items()):
        headers, transactions = HEADERS if way.headers else {}, way.delivery is not Delivery.AT_LEAST_ONCE
        producer = topic.producer(TOPIC, f"{number}.{name}", facts, transactions=transactions, headers=headers)
        treating, seconds = publish(pieces, way, producer)
        best[name] = min(best[name][0], treating), min(best[name][1], seconds)
    return best


def main(count: int) -> None:
    """Print a row a way, in microseconds a line."""
    drawn = random.Random(1)
    lines = [json.dumps(event(drawn), separators=(",", ":")).encode() for _ in range(count)]
    with TemporaryDirectory() as directory, broker(Path(directory)) as running:
        running.create_topics([TOPIC])
        best = best_of_rounds(batches(lines), running.bootstrap)
    sys.stdout.write(f"{count:,} lines of {sum(map(len, lines)) / count:,.0f} bytes; microseconds a line\n")
    for name, (treating, seconds) in best.items():
        sys.stdout.write(f"{name:20} treatment {treating / count * 1e6:5.2f}  all {seconds / count * 1e6:5.2f}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
