"""One living runner a day: the lease on the day's journal, kept while a runner works on the day.

If the process dies here the lease runs out by itself, and whoever carries the day on waits for that. A runner
that was paused or cut off finds its lease lost before its next act, and the store refuses its journal's every
append.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from replay_engine.errors import ReplayError, Superseded
from replay_engine.ports import Background, BlobMissing, BlobStore, Clock, LeaseHeld, LeaseLost

#: A lease is given up for lost this long before the store would.
_MARGIN_SECONDS = 2
_POLL_SECONDS = 1.0


class Tenure:
    """A lease that is being kept."""

    def __init__(self, store: BlobStore, name: str, lease: str, asked_at: datetime, seconds: int, clock: Clock) -> None:
        """``lease`` was asked for at ``asked_at``, for ``seconds``."""
        self.lease = lease
        self._store, self._name, self._seconds, self._clock = store, name, seconds, clock
        self._good_until = self._until(asked_at)

    def _until(self, asked_at: datetime) -> datetime:
        """By the time of asking: the store may have counted from any moment after it."""
        return asked_at + timedelta(seconds=self._seconds - _MARGIN_SECONDS)

    def renew(self) -> None:
        """Try to keep it; that it could not be kept shows in `check`."""
        asked_at = self._clock.now()
        try:
            self._store.renew(self._name, self.lease)
        except (LeaseLost, BlobMissing, ReplayError):
            return
        self._good_until = self._until(asked_at)

    def check(self) -> None:
        """Raise `Superseded` unless the day is surely still ours."""
        if self._clock.now() >= self._good_until:
            raise superseded(self._name)


@contextmanager
def hold(
    store: BlobStore, name: str, seconds: int, clock: Clock, background: Background, *, take_over: bool
) -> Iterator[Tenure]:
    """Hold the lease of a journal for the length of the block.

    A lease that is held is waited for as long as a dead runner's could last; `Superseded` when it is still held
    then, for its runner lives. ``take_over`` breaks it instead: that runner is refused from then on.
    """
    if take_over:
        store.break_lease(name)
    lease, asked_at = _take(store, name, seconds, clock)
    tenure = Tenure(store, name, lease, asked_at, seconds, clock)
    try:
        with background.every(seconds / 3, tenure.renew):
            yield tenure
    finally:
        # What cannot be given up runs out by itself; it must not hide how the day went.
        with suppress(BlobMissing, ReplayError):
            store.release(name, tenure.lease)


def _take(store: BlobStore, name: str, seconds: int, clock: Clock) -> tuple[str, datetime]:
    waited = 0.0
    while True:
        try:
            asked_at = clock.now()
            return store.lease(name, seconds), asked_at
        except LeaseHeld:
            if waited > seconds:
                raise superseded(name) from None
            clock.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS


def superseded(name: str) -> Superseded:
    """Another runner has the day."""
    return Superseded(
        f"Another runner holds {name}.",
        advice="Let it work (see: replay status), or end it and resume with --take-over.",
    )
