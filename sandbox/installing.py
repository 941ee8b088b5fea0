"""What the sandbox fetches for itself: once a machine, and again when what is pinned has changed.

Dying half way through an installation leaves no stamp, so the next start does it again.
"""

import fcntl
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path


def once(stamp: Path, pinned_by: Sequence[Path], install: Callable[[], None]) -> None:
    """Install unless the stamp says that exactly these pins are installed; only the first call takes long."""
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in pinned_by)).hexdigest()
    if _stamped(stamp, wanted):
        return
    with pinned_by[0].open() as lock:
        # Two test runs may start at once; the second one waits here and finds it done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _stamped(stamp, wanted):
            install()
            stamp.write_text(wanted)


def _stamped(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted
