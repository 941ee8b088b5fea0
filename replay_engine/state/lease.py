"""One living runner a day: the lease on the day's journal, kept while a runner works on the day.

If the process dies here the lease runs out by itself, and whoever carries the day on waits for that. A runner
that was paused or cut off finds its lease lost before its next act, and the store refuses its journal's every
append. What is left of a lease is judged by a clock that is never set back, and a lease that the store has refused
to renew is over at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from replay_engine.errors import ReplayError, Superseded
from replay_engine.ports import Background, BlobMissing, BlobStore, Clock, LeaseHeld, LeaseLost

#: A lease is given up for lost this long before the store would.
_MARGIN_SECONDS = 2
_POLL_SECONDS = 1.0


class Lease:
    """A lease that is being kept, on the first part of a journal and, once there are more, on its last."""

    def __init__(self, store: BlobStore, name: str, lease: str, asked_at: float, seconds: int, clock: Clock) -> None:
        """``lease`` was asked for at ``asked_at`` (`Clock.elapsed`), for ``seconds``."""
        self._store, self._name, self._seconds, self._clock = store, name, seconds, clock
        self._leases = {name: lease}
        self._good_until = self._until(asked_at)
        self._lost = False

    def _until(self, asked_at: float) -> float:
        """By the time of asking: the store may have counted from any moment after it."""
        return asked_at + self._seconds - _MARGIN_SECONDS

    def lease_of(self, name: str) -> str:
        """The lease to write a part of the journal with; taken when it is asked for first.

        Whoever else holds it was overtaken, or we were: that is asked once it is ours, since only who still holds the
        first part's lease then has overtaken everybody else. Raises `Superseded`.
        """
        if name not in self._leases:
            self._store.break_lease(name)
            lease = self._store.lease(name, self._seconds)
            try:
                self._store.renew(self._name, self._leases[self._name])
            except LeaseLost as error:
                raise self.lost() from error
            self._leases[name] = lease
        return self._leases[name]

    def renew(self) -> None:
        """Try to keep it; that it could not be kept shows in `check`."""
        asked_at = self._clock.elapsed()
        try:
            for name, lease in list(self._leases.items()):
                self._store.renew(name, lease)
        except (LeaseLost, BlobMissing):
            self._lost = True
        except ReplayError:
            return
        else:
            self._good_until = self._until(asked_at)

    def check(self) -> None:
        """Raise `Superseded` unless the day is surely still ours."""
        if self._lost or self._clock.elapsed() >= self._good_until:
            raise self.lost()

    def lost(self) -> Superseded:
        """It is over, whatever the clock says; returns what to raise."""
        self._lost = True
        return superseded(self._name)

    def end(self) -> None:
        """Give it up. What cannot be given up runs out by itself; it must not hide how the day went."""
        self._lost = True
        for name, lease in self._leases.items():
            with suppress(BlobMissing, ReplayError):
                self._store.release(name, lease)


@contextmanager
def hold(
    store: BlobStore, name: str, seconds: int, clock: Clock, background: Background, *, take_over: bool
) -> Iterator[Lease]:
    """Hold the lease of a journal for the length of the block.

    A lease that is held is waited for as long as a dead runner's could last; `Superseded` when it is still held
    then, for its runner lives. ``take_over`` breaks it instead: that runner is refused from then on.
    """
    if take_over:
        store.break_lease(name)
    lease_id, asked_at = _take(store, name, seconds, clock)
    lease = Lease(store, name, lease_id, asked_at, seconds, clock)
    try:
        with background.every(seconds / 3, lease.renew):
            yield lease
    finally:
        lease.end()


def _take(store: BlobStore, name: str, seconds: int, clock: Clock) -> tuple[str, float]:
    began_at = clock.elapsed()
    while True:
        try:
            asked_at = clock.elapsed()
            return store.lease(name, seconds), asked_at
        except LeaseHeld:
            if asked_at - began_at > seconds:
                raise superseded(name) from None
            clock.sleep(_POLL_SECONDS)


def superseded(name: str) -> Superseded:
    """Another runner has the day."""
    return Superseded(
        f"Another runner holds {name}.",
        advice="Let it work (see: replay status), or end it and resume with --take-over.",
    )
