"""The sampled ids of stored files: read by threads of this process, or, where there is much to read, by processes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from replay_engine.concurrently import each
from replay_engine.errors import CorruptSource, StalePlan, TryAgain
from replay_engine.event_ids import NOTHING, EventId, Sample, Sampler, joined
from replay_engine.model import Blob
from replay_engine.ports import BlobChanged, BlobMissing, BlobStore, ReadIds
from replay_engine.publish.lines import pieces
from replay_engine.world import World

#: So many stored bytes are worth the start of processes, about half a second each.
WORTH_PROCESSES_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be read, and what it belongs to."""

    of: str
    store: BlobStore
    blob: Blob


@dataclass(frozen=True, slots=True)
class Reading:
    """Where and for what to read. ``before_each`` is called before each file, ``on_read`` with its stored bytes."""

    world: World
    event_id: EventId
    modulus: int
    before_each: Callable[[], None]
    on_read: Callable[[int], None] = lambda _: None

    def by_owner(self, files: Sequence[Wanted]) -> Iterator[tuple[str, dict[str, Sample]]]:
        """Of everything that files belong to what was read, by container; held until all of it is read, not longer.

        Raises `TryAgain` for a file that was written again meanwhile.
        """
        unread = Counter(file.of for file in files)
        samples: defaultdict[str, defaultdict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
        for file, sample in self._read(files):
            self.on_read(file.blob.size_bytes)
            samples[file.of][file.store.container].append(sample)
            unread[file.of] -= 1
            if not unread[file.of]:
                yield file.of, {container: joined(found) for container, found in samples.pop(file.of).items()}

    def _read(self, files: Sequence[Wanted]) -> Iterator[tuple[Wanted, Sample]]:
        stores = {file.store.container: file.store for file in files}

        with _reader(self.world, stores, sum(file.blob.size_bytes for file in files)) as read:

            def one(file: Wanted) -> tuple[Wanted, Sample]:
                self.before_each()
                return file, read(file.store.container, file.blob, self.event_id, self.modulus)

            yield from each(one, files, self.world.publishers_at_once)


@contextmanager
def _reader(world: World, stores: dict[str, BlobStore], size_bytes: int) -> Iterator[ReadIds]:
    if world.id_readers is not None and size_bytes >= WORTH_PROCESSES_BYTES:
        with world.id_readers.open() as read:
            yield read
    else:
        yield lambda container, blob, event_id, modulus: sample_of(stores[container], blob, event_id, modulus)


def sample_of(store: BlobStore, blob: Blob, event_id: EventId, modulus: int) -> Sample:
    """The ids of one file; of one that nobody can read nothing is known, and it is judged by its listing."""
    sampler = Sampler(event_id, modulus)
    try:
        for piece in pieces(blob.name, store.read(blob.name, blob.etag)):
            sampler.add(piece.lines)
    except CorruptSource:
        return Sample(NOTHING)
    except (BlobChanged, BlobMissing, StalePlan) as error:
        raise TryAgain(f"{blob.name} was written again meanwhile.", advice="It is looked at again.") from error
    return sampler.result()
