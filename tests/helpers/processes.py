"""Looks at real processes."""

from pathlib import Path


def descendants(pid: int) -> set[int]:
    """The processes below one, by Linux's own account."""
    found = set()
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for text in listing.read_text().split():
            found |= {int(text)} | descendants(int(text))
    return found
