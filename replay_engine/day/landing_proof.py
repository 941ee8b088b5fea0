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
from replay_engine.day.context import Day
from replay_engine.day.verified_copy import copy
from replay_engine.errors import CopyFailed, CorruptSource, InDoubt, StalePlan, TryAgain
from replay_engine.event_ids import NOTHING, Difference, EventId, Sample, Sampler, difference, joined, share
from replay_engine.model import Blob
from replay_engine.plan.inventory import day_blobs
from replay_engine.ports import BlobChanged, BlobMissing, BlobStore
from replay_engine.publish.lines import pieces
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
        few = dict(list(self.missing.items())[:5])
        found: dict[str, object] = {"folders": self.folders, "seen": self.seen, "missing": few, "sinks": self.sinks}
        found["missing_folders"] = len(self.missing)
        return {**found, "ids": _sums(self.differences.values())} if self.differences else found


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
        if not any(segment.id not in ids for segment in store.used(name, day.plan.day)):
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
    copies = recorded_copies(day) or {}
    differences = {}
    for one in found:
        if one.put_back:
            continue
        kept = [copies[blob.name] for blob in one.before if blob.name in copies]
        before = read(day, day.world.state, kept, ids.event_id, ids.modulus)
        if before.events:
            now = read(day, day.world.data, one.now, ids.event_id, ids.modulus)
            differences[one.name] = difference(before.ids, now.ids)
    return differences


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
    never = []
    for one in found:
        kept = [copies[blob.name] for blob in one.before if blob.name in copies]
        before = read(day, day.world.state, kept, ids.event_id, ids.modulus)
        if len(before.ids) and share(before.ids, ids.numbers) == 0.0:
            never.append(one)
    return never


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


def read(day: Day, store: BlobStore, blobs: Sequence[Blob], event_id: EventId, modulus: int) -> Sample:
    """The sampled ids of some files; one that changes while it is read is looked at again later."""
    return joined(each(lambda blob: _sample(store, blob, event_id, modulus), blobs, day.world.publishers_at_once))


def _sample(store: BlobStore, blob: Blob, event_id: EventId, modulus: int) -> Sample:
    sampler = Sampler(event_id, modulus)
    try:
        for piece in pieces(blob.name, store.read(blob.name, blob.etag)):
            sampler.add(piece.lines)
    except CorruptSource:
        # Nothing can be compared with what nobody can read: its folder is judged by its listing.
        return Sample(NOTHING)
    except (BlobChanged, BlobMissing, StalePlan) as error:
        raise TryAgain(f"{blob.name} was written again meanwhile.", advice="It is looked at again.") from error
    return sampler.result()
