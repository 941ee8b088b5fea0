"""Where the originals of a day are now: each blob of the manifest in its sink, in its copy, in both or in neither.

Reads only, and by listings: a blob is read where it is not the one of then and the store keeps no MD5 of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from replay_engine.concurrently import each
from replay_engine.day.attribution import Ours
from replay_engine.day.verified_copy import with_md5
from replay_engine.errors import StalePlan
from replay_engine.model import Blob
from replay_engine.plan.inventory import day_blobs
from replay_engine.ports import BlobStore
from replay_engine.state import names
from replay_engine.state.manifest import Manifest
from replay_engine.world import World


@dataclass(frozen=True, slots=True)
class FoundOriginals:
    """What the day's sinks hold, which copies there are, and which originals are found whole in either place.

    ``replaced`` are originals whose owner has a newer file, and which are kept beside the quarantine.
    """

    originals: tuple[Blob, ...]
    sinks: Mapping[str, tuple[Blob, ...]]
    at_home: frozenset[str]
    copies: frozenset[str]
    in_backup: frozenset[str]
    replaced: frozenset[str] = frozenset()

    @property
    def lost(self) -> list[str]:
        """Originals that are in neither place."""
        return [blob.name for blob in self.originals if blob.name not in self.at_home | self.in_backup | self.replaced]

    @property
    def displaced(self) -> list[str]:
        """Originals that are not in their sink as they were, nor kept because their owner has newer ones."""
        return [blob.name for blob in self.originals if blob.name not in self.at_home | self.replaced]

    @property
    def uncopied(self) -> list[str]:
        """Originals without a copy that is equal to them."""
        return [blob.name for blob in self.originals if blob.name not in self.in_backup]

    def added(self, ours: Ours) -> list[str]:
        """Files of the day in the sinks that the replay may have made land, by other names than the originals'."""
        known = {blob.name for blob in self.originals}
        present = (blob for blobs in self.sinks.values() for blob in blobs)
        return [blob.name for blob in present if blob.name not in known and ours.may_be(blob)]


def find(world: World, replay_id: str, day: date, promise: Manifest) -> FoundOriginals:
    """Look for every original of the manifest.

    The copies are listed first: what is copied back, or cleared, while this looks is seen in one place at least.
    """
    prefix = names.backup(replay_id, day, "")
    copies = {blob.name.removeprefix(prefix): blob for blob in world.state.list(prefix)}
    sinks = {sink: day_blobs(world.data, sink, day) for sink in promise.inventory.sinks}
    present = {blob.name: blob for blobs in sinks.values() for blob in blobs}
    return FoundOriginals(
        originals=promise.sink_blobs,
        sinks=sinks,
        at_home=_equal(world.data, present, promise.sink_blobs, world.width),
        copies=frozenset(copies),
        in_backup=_equal(world.state, copies, promise.sink_blobs, world.width),
        replaced=_replaced(world, replay_id, day),
    )


def _replaced(world: World, replay_id: str, day: date) -> frozenset[str]:
    """The originals that a restore kept for owners who had newer ones."""
    prefix = names.replaced(replay_id, day, "")
    return frozenset(blob.name.removeprefix(prefix) for blob in world.state.list(prefix))


def _equal(store: BlobStore, found: Mapping[str, Blob], originals: Iterable[Blob], width: int) -> frozenset[str]:
    """The names of those originals that were found whole."""
    pairs = [(found[blob.name], blob) for blob in originals if blob.name in found]
    return frozenset(name for name in each(lambda pair: _name_if_equal(store, *pair), pairs, width) if name)


def _name_if_equal(store: BlobStore, found: Blob, original: Blob) -> str:
    if found.etag == original.etag and found.name == original.name:
        return original.name
    if not found.same_content(original):
        return ""
    try:
        return original.name if with_md5(store, found).same_content(original) else ""
    except StalePlan:
        return ""


def used_segments(world: World, day: date, promise: Manifest) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Of each datasource the recorded ids and those that are used now; nothing where there is no Druid."""
    if world.segments is None:
        return
    for datasource, recorded in promise.inventory.segments.items():
        used = frozenset(segment.id for segment in world.segments.used(datasource, day))
        yield datasource, frozenset(segment.id for segment in recorded), used
