"""Have the sinks got back what they held? Looked at folder by folder, by listings first, then by event ids.

Reads only, apart from `put_back`. A folder is the part of a name before the last ``/``: a sink may have
thousands of them, and each is compared with itself.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from replay_engine.concurrently import each
from replay_engine.day.backups import recorded_copies
from replay_engine.day.context import Compared, Day
from replay_engine.day.id_reading import Reading, Wanted
from replay_engine.day.verified_copy import copy
from replay_engine.errors import CopyFailed, InDoubt
from replay_engine.event_ids import NOTHING, Difference, Sample, difference, share
from replay_engine.model import Blob
from replay_engine.plan.inventory import day_blobs
from replay_engine.plan.safety import written_anew
from replay_engine.state.manifest import Manifest
from replay_engine.state.source_ids import SourceIds


@dataclass(frozen=True, slots=True)
class Folder:
    """One leaf folder of a sink: the originals that were cleared, and what is there now besides them."""

    sink: str
    name: str
    before: tuple[Blob, ...]
    now: tuple[Blob, ...]
    in_place: int = 0

    @property
    def put_back(self) -> bool:
        """Whether every original stands where it was."""
        return self.in_place == len(self.before)

    @property
    def shortfall(self) -> float:
        """Which part of the bytes that it held it holds now."""
        before = sum(blob.size_bytes for blob in self.before)
        return sum(blob.size_bytes for blob in self.now) / before if before else 1.0


@dataclass(frozen=True, slots=True)
class Landing:
    """What a look found: of each sink's folders the differences in ids where they are known, and what is missing."""

    folders: int
    missing: Mapping[str, str]
    differences: Mapping[str, Difference] = field(default_factory=dict)
    seen: str = ""
    sinks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        """Whether every folder was compared by ids."""
        return self.folders > 0 and len(self.differences) == self.folders

    def facts(self) -> dict[str, object]:
        """For the journal: small, also of a sink with thousands of folders."""
        sums = _sums(self.differences.values())
        few = dict(list(self.missing.items())[:5])
        found: dict[str, object] = {
            "folders": self.folders,
            "seen": self.seen,
            "missing": few,
            "missing_folders": len(self.missing),
            "sinks": self.sinks,
        }
        return {**found, "ids": sums} if self.differences else found


def _sums(differences: Iterable[Difference]) -> dict[str, int]:
    differences = list(differences)
    return {
        "before": sum(one.before for one in differences),
        "lost": sum(one.lost for one in differences),
        "doubled": sum(one.doubled for one in differences),
        "new": sum(one.new for one in differences),
    }


def per_sink(found: Sequence[Folder], differences: Mapping[str, Difference]) -> dict[str, dict[str, int]]:
    """What each sink holds now that is new, and how its ids differ where they are known."""
    sinks: defaultdict[str, list[Folder]] = defaultdict(list)
    for one in found:
        sinks[one.sink].append(one)
    return {sink: _sink(folders_, differences) for sink, folders_ in sinks.items()}


def _sink(found: Sequence[Folder], differences: Mapping[str, Difference]) -> dict[str, int]:
    known = [differences[one.name] for one in found if one.name in differences]
    return {
        "folders": len(found),
        "put_back": sum(one.put_back for one in found),
        "files": sum(len(one.now) for one in found),
        "bytes": sum(blob.size_bytes for one in found for blob in one.now),
        **(_sums(known) if known else {}),
    }


def folder_of(name: str) -> str:
    """The leaf folder of a file."""
    return name.rpartition("/")[0]


def by_folder(blobs: Iterable[Blob]) -> dict[str, list[Blob]]:
    """The files of each leaf folder."""
    found: defaultdict[str, list[Blob]] = defaultdict(list)
    for blob in blobs:
        found[folder_of(blob.name)].append(blob)
    return dict(found)


def folders(day: Day, promise: Manifest) -> list[Folder]:
    """Every leaf folder that held files of the day, as it is listed now."""
    found = []
    for sink, originals in promise.inventory.sinks.items():
        before, present = by_folder(originals), by_folder(day_blobs(day.world.data, sink, day.plan.day))
        for name, blobs in sorted(before.items()):
            known = {blob.name: blob for blob in blobs}
            new = [b for b in present.get(name, ()) if b.name not in known or not b.same_content(known[b.name])]
            in_place = len(present.get(name, ())) - len(new)
            found.append(Folder(sink, name, tuple(blobs), tuple(new), in_place))
    return found


def segments_missing(day: Day, promise: Manifest) -> dict[str, str]:
    """Datasources that had segments of the day and have no new ones."""
    recorded = {name: segments for name, segments in promise.inventory.segments.items() if segments}
    if not recorded:
        return {}
    store = day.segment_store()
    missing = {}
    for name, segments in recorded.items():
        ids = {segment.id for segment in segments}
        used = store.used(name, day.plan.day)
        new = {segment.id for segment in used} - ids - set(written_anew(used, segments))
        if not new:
            missing[name] = f"{name}: no new segment, {len(ids)} before"
    return missing


def not_refilled(found: Sequence[Folder], smallest: float) -> dict[str, str]:
    """Folders without a new file, or with far fewer bytes than before."""
    missing = {}
    for one in found:
        if one.put_back:
            continue
        if not one.now:
            missing[one.name] = f"{one.name}: no new file, {len(one.before)} before"
        elif one.shortfall < smallest:
            missing[one.name] = f"{one.name}: {one.shortfall:.0%} of the bytes that it held"
    return missing


def fingerprint(found: Sequence[Folder]) -> str:
    """Of everything new that was listed: where it is the same again, nothing has to be read again."""
    digest = hashlib.sha256()
    for one in found:
        for blob in one.now:
            digest.update(f"{blob.name}\t{blob.etag}\n".encode())
    return digest.hexdigest()[:16]


def compare(day: Day, found: Sequence[Folder], ids: SourceIds) -> dict[str, Difference]:
    """Each folder's backup against what is new in it, by the sampled ids.

    A folder whose backup has no ids that could be read is left out: it can only be seen to be refilled.
    """
    state, data = day.world.state, day.world.data
    copies = recorded_copies(day) or {}
    files: list[Wanted] = []
    for one in found:
        if not one.put_back:
            files += _kept(day, one, copies)
            files += [Wanted(one.name, data, blob) for blob in one.now]
    done, size = 0, sum(file.blob.size_bytes for file in files)

    def on_read(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        day.progressed(Compared(done, size))

    reading = Reading(day.world, ids.event_id, ids.modulus, day.before_act, on_read)
    differences = {}
    for name, samples in reading.by_owner(files):
        before, now = samples.get(state.container, Sample(NOTHING)), samples.get(data.container, Sample(NOTHING))
        if before.events:
            differences[name] = difference(before.ids, now.ids)
    return differences


def _kept(day: Day, one: Folder, copies: Mapping[str, Blob]) -> list[Wanted]:
    """A folder's originals in the backup."""
    return [Wanted(one.name, day.world.state, copies[blob.name]) for blob in one.before if blob.name in copies]


def beyond_tolerance(
    found: Sequence[Folder], differences: Mapping[str, Difference], tolerance: Mapping[str, float]
) -> dict[str, str]:
    """Folders where more ids are missing, or doubled, than the sink may miss."""
    wrong = {}
    for one in found:
        differs = differences.get(one.name)
        if differs is None:
            continue
        may_miss = tolerance.get(one.sink, 0.0) * differs.before
        said = []
        if differs.lost > may_miss:
            said.append(f"{differs.lost:,} of {differs.before:,} sampled events are missing")
        if differs.doubled > may_miss:
            said.append(f"{differs.doubled:,} are there twice")
        if said:
            wrong[one.name] = f"{one.name}: {', '.join(said)}"
    return wrong


def foreign(day: Day, found: Sequence[Folder], ids: SourceIds) -> list[Folder]:
    """Folders that did not come back and never could: none of the ids that they held is in the source."""
    copies = recorded_copies(day) or {}
    files = [wanted for one in found for wanted in _kept(day, one, copies)]
    reading = Reading(day.world, ids.event_id, ids.modulus, day.before_act)
    never = set()
    for name, samples in reading.by_owner(files):
        before = samples[day.world.state.container].ids
        if len(before) and share(before, ids.numbers) == 0.0:
            never.add(name)
    return [one for one in found if one.name in never]


def put_back(day: Day, one: Folder) -> int:
    """Copy a folder's originals back from the backup; returns how many. Files that are there now stay."""
    copies = recorded_copies(day) or {}

    def back(original: Blob) -> bool:
        kept = copies.get(original.name)
        if kept is None:
            raise InDoubt(f"The backup of {original.name} is not on record.", advice="Compare it by hand.")
        try:
            copy(day.world.state, kept, day.world.data, original.name, day.world.clock, day.before_act)
        except CopyFailed as error:
            raise InDoubt(error.message, advice="The backup is kept; compare it by hand.") from error
        return True

    return sum(each(back, one.before, day.world.width))
