"""The most memory that one publisher process takes, on files that are hard to hold."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from benchmarks.publish.bench import Bench
from benchmarks.tools.figures import Row
from benchmarks.tools.usage import measure


def memory(bench: Bench) -> Iterator[Row]:
    """A row each."""
    for what, file in (
        ("a file of 2 GB inflated", _large(bench)),
        ("a line of 5 MB", _long_line(bench)),
        ("a file of a million empty lines", _empty_lines(bench)),
    ):
        usage = measure(bench.publisher(file))
        yield Row(f"memory of one publisher: {what}", f"{usage.max_rss_mb:.0f} MB", "< 250 MB", "max RSS")


def _large(bench: Bench) -> Path:
    """Members one after the other, as Hadoop and Secor append them."""
    path, member = bench.folder / "large.json.gz", bench.file.read_bytes()
    with path.open("wb") as file:
        for _ in range(12):
            file.write(member)
    return path


def _long_line(bench: Bench) -> Path:
    return _written(bench.folder / "long.json.gz", b'{"text":"' + b"0123456789abcdef" * 327_680 + b'"}\n')


def _empty_lines(bench: Bench) -> Path:
    return _written(bench.folder / "empty.json.gz", b"\n" * 1_000_000)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data, 6, mtime=0))
    return path
