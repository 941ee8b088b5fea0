"""A stored file to publish: telemetry in Sunbird's shape, the same bytes on every machine.

Lines of 0.9 KB on average, a few of them much longer, that gzip makes 4.25 times smaller.
"""

import gzip
import json
from pathlib import Path
from random import Random

_LINES_AT_ONCE = 1000


def write(path: Path, lines: int, seed: int = 1) -> None:
    """Write so many lines, as Secor does: gzip, one member."""
    random = Random(seed)
    words = [f"{random.getrandbits(32):08x}" for _ in range(3000)]
    with gzip.GzipFile(path, "wb", 6, mtime=0) as file:
        for begin in range(0, lines, _LINES_AT_ONCE):
            some = (_line(random, words, number) for number in range(begin, min(begin + _LINES_AT_ONCE, lines)))
            file.write(b"".join(some))


def _line(random: Random, words: list[str], number: int) -> bytes:
    # A few lines are many times longer than the rest.
    length = 400 if random.random() < 0.002 else 14
    document = {
        "actor": {"id": f"{random.getrandbits(128):032x}", "type": "User"},
        "eid": random.choice(["IMPRESSION", "INTERACT", "LOG"]),
        "edata": {
            "type": "view",
            "pageid": random.choice(words),
            "visits": [{"objid": random.choice(words), "objtype": "Content", "index": at} for at in range(5)],
            "extra": " ".join(random.choices(words, k=length)),
        },
        "ver": "3.0",
        "ets": 1566239401226 + number,
        "context": {
            "channel": "in.ekstep",
            "pdata": {"id": "prod.diksha.app", "pid": "sunbird.app", "ver": "2.3.162"},
            "env": "home",
            "sid": f"{random.getrandbits(128):032x}",
            "did": f"{random.getrandbits(160):040x}",
            "cdata": [{"type": "Device", "id": "device"}],
        },
        "mid": f"{random.choice(words)}:{random.getrandbits(64):016x}",
        "flags": {"tv_processed": True, "dd_processed": True},
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"
