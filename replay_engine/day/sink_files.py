"""The files of a restore: copy back what is missing, set aside what is the replay's own, leave everything else.

If the process dies here every original is in its sink or in the backup, and what was set aside is in its sink or in
quarantine. Nothing is written over, and nothing is deleted that was not first copied and compared. An original that
is still in its place gets a new ETag: a delete of an overtaken runner that arrives later does not match it any more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from replay_engine.concurrently import each
from replay_engine.day.attribution import Ours
from replay_engine.day.backups import Copies
from replay_engine.day.context import Day
from replay_engine.day.verified_copy import copy, read_md5, with_md5
from replay_engine.errors import CopyFailed, InDoubt, StalePlan, TryAgain
from replay_engine.model import Blob
from replay_engine.plan.inventory import day_blobs
from replay_engine.ports import BlobChanged, BlobMissing, CopyState, Deletion
from replay_engine.state import names
from replay_engine.state.manifest import Manifest

_NOT_DONE = (CopyState.PENDING, CopyState.FAILED, CopyState.ABORTED)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a sink holds of the day, held against its originals."""

    originals: Mapping[str, Blob]
    present: Mapping[str, Blob]

    @property
    def in_place(self) -> list[Blob]:
        """Originals, by name and content."""
        return [blob for blob in self.present.values() if self._is_original(blob)]

    @property
    def others(self) -> list[Blob]:
        """What is no original, whatever its name."""
        return [blob for blob in self.present.values() if not self._is_original(blob)]

    @property
    def missing(self) -> list[Blob]:
        """Originals whose name nothing has."""
        return [blob for name, blob in self.originals.items() if name not in self.present]

    @property
    def replaced(self) -> list[Blob]:
        """Originals whose name something else has."""
        return [self.originals[blob.name] for blob in self.others if blob.name in self.originals]

    def _is_original(self, blob: Blob) -> bool:
        original = self.originals.get(blob.name)
        return original is not None and blob.same_content(original)


class SinkFiles:
    """The day's files in all sinks of a replay that is turned back."""

    def __init__(self, day: Day, promise: Manifest, copies: Copies | None) -> None:
        """``copies`` are those on record; a day of an older program has none."""
        self._day, self._copies = day, copies
        self._sinks = {prefix: {blob.name: blob for blob in blobs} for prefix, blobs in promise.inventory.sinks.items()}
        self._lacking: set[str] = set()
        self._digests: dict[tuple[str, str], Blob] = {}
        self.restored = 0
        self.replaced = 0

    def put_back(self) -> None:
        """Whatever can be put back without knowing what was published; raises `TryAgain` while somebody writes."""
        for prefix in self._sinks:
            with _writers_are_waited_for(prefix):
                self._fill(self._look(prefix))

    def set_right(self, ours: Ours) -> None:
        """Set aside what the replay made land, and put back what that frees; raises `TryAgain` until it is so."""
        self.replaced = 0
        for prefix in self._sinks:
            with _writers_are_waited_for(prefix):
                # First of all a copy of ours that ended badly: it is no file that landed.
                self._fill(self._look(prefix))
                self._do(self._set_aside, self._landed(self._look(prefix), ours))
                self._fill(self._look(prefix))
                replaced = [blob for blob in self._look(prefix).replaced if blob.name not in self._lacking]
                self._do(self._keep_replaced, replaced)
                self.replaced += len(replaced)
                self._check(prefix, ours)

    def check(self) -> None:
        """Raise `InDoubt` with the names of what could not be put back."""
        lacking = sorted(self._lacking)
        if lacking:
            more = f", and {len(lacking) - 3} more" if len(lacking) > 3 else ""
            raise InDoubt(
                f"The backup of {', '.join(lacking[:3])}{more} is gone or damaged; everything else is back.",
                advice="Bring those copies back from elsewhere and resume, or release the day.",
            )

    def _look(self, prefix: str) -> _Look:
        blobs = day_blobs(self._day.world.data, prefix, self._day.plan.day)
        present = {blob.name: blob for blob in each(self._with_md5, blobs, self._day.world.width)}
        return _Look(self._sinks[prefix], present)

    def _with_md5(self, blob: Blob) -> Blob:
        """A file whose MD5 the store does not keep is read once, however often its sink is looked at."""
        known = self._digests.get((blob.name, blob.etag))
        if known is None:
            known = with_md5(self._day.world.data, blob)
            self._digests[blob.name, blob.etag] = known
        return known

    def _check(self, prefix: str, ours: Ours) -> None:
        look = self._look(prefix)
        lacking = [blob.name for blob in look.missing if blob.name not in self._lacking]
        untouched = [blob.name for blob in look.in_place if blob.etag == look.originals[blob.name].etag]
        if lacking or untouched or self._landed(look, ours):
            raise TryAgain(f"{prefix} is not as it was yet.", advice="What landed late is set aside in another round.")

    def _landed(self, look: _Look, ours: Ours) -> list[Blob]:
        """What the replay made land; what is left of a copy back that failed is nothing of the kind."""
        return [blob for blob in look.others if blob.name not in self._lacking and ours.may_be(blob)]

    def _fill(self, look: _Look) -> None:
        self._do(self._touch, [blob for blob in look.in_place if blob.etag == look.originals[blob.name].etag])
        self.restored += self._do(self._copy_back, look.missing) + self._do(self._finish_copy, look.replaced)

    def _do(self, act: Callable[[Blob], bool], blobs: Iterable[Blob]) -> int:
        """Returns how many of the acts did something."""
        return sum(each(act, blobs, self._day.world.width))

    def _touch(self, blob: Blob) -> bool:
        self._day.before_act()
        try:
            self._day.world.data.touch(blob.name, blob.etag)
        except (BlobChanged, BlobMissing) as error:
            raise StalePlan(f"{blob.name} has changed or gone meanwhile.") from error
        return True

    def _copy_back(self, original: Blob) -> bool:
        """Copy one blob back where nothing is now, if the backup has a copy of it that counts."""
        kept = self._kept_copy(original)
        self._lacking.add(original.name)
        if kept is None:
            return False
        try:
            copy(
                self._day.world.state,
                kept,
                self._day.world.data,
                original.name,
                self._day.world.clock,
                self._day.before_act,
            )
        except CopyFailed:
            return False
        self._lacking.discard(original.name)
        return True

    def _finish_copy(self, original: Blob) -> bool:
        """What has an original's name may be a copy of ours that is not done, or ended badly: that is finished."""
        found = self._day.world.data.head(original.name)
        return found is not None and found[1] in _NOT_DONE and self._copy_back(original)

    def _kept_copy(self, original: Blob) -> Blob | None:
        """The copy on record; one with another ETag, or of an older program, where its bytes are the original's."""
        state = self._day.world.state
        found = state.head(names.backup(self._day.replay_id, self._day.plan.day, original.name))
        if found is None:
            return None
        on_record = self._copies.get(original.name) if self._copies is not None else None
        if on_record is not None and on_record.etag == found[0].etag:
            return found[0]
        whole = read_md5(state, found[0])
        return whole if whole.same_content(original) else None

    def _set_aside(self, blob: Blob) -> bool:
        """Move one blob to quarantine: copy, compare, and only then delete exactly that one."""
        day = self._day
        try:
            target = names.quarantine(day.replay_id, day.plan.day, blob.name)
            copy(day.world.data, blob, day.world.state, target, day.world.clock, day.before_act)
        except CopyFailed:
            # The name was set aside before with other content: both are kept.
            target = names.quarantine(day.replay_id, day.plan.day, f"{blob.etag}/{blob.name}")
            copy(day.world.data, blob, day.world.state, target, day.world.clock, day.before_act)
        day.before_act()
        (outcome,) = day.world.data.delete([(blob.name, blob.etag)])
        if outcome is Deletion.CHANGED:
            raise TryAgain(f"{blob.name} was written again meanwhile.", advice="It is looked at in another round.")
        return True

    def _keep_replaced(self, original: Blob) -> bool:
        """Its owner has a newer file in its place, which stays; the old one is kept for them."""
        day = self._day
        kept = self._kept_copy(original)
        if kept is not None:
            target = names.replaced(day.replay_id, day.plan.day, original.name)
            copy(day.world.state, kept, day.world.state, target, day.world.clock, day.before_act)
        return kept is not None


@contextmanager
def _writers_are_waited_for(prefix: str) -> Iterator[None]:
    try:
        yield
    except StalePlan as error:
        raise TryAgain(f"Something still writes to {prefix}.", advice="It is looked at in another round.") from error
