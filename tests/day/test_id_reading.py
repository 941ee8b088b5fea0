"""What is read for event ids: by this process, or by others where there is much of it."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import pytest

from replay_engine.day import id_reading
from replay_engine.day.id_reading import Reading, Wanted, sample_of
from replay_engine.errors import Superseded
from replay_engine.event_ids import EventId, Sample
from replay_engine.model import Blob
from replay_engine.ports import ReadIds
from replay_engine.world import World
from tests.helpers.scene import DATA, STATE, Scene

MID = EventId("mid")


class Readers:
    """`IdReaders` of this process, which count what they were asked."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.asked, self.opened = scene, list[str](), 0

    @contextmanager
    def open(self) -> Iterator[ReadIds]:
        self.opened += 1
        world = self.scene.world()
        stores = {DATA: world.data, STATE: world.state}

        def read(container: str, blob: Blob, event_id: EventId, modulus: int) -> Sample:
            self.asked.append(f"{container}/{blob.name}")
            return sample_of(stores[container], blob, event_id, modulus)

        yield read


def wanted(scene: Scene, world: World) -> list[Wanted]:
    """Two folders, one of them on both sides."""
    stored = {(DATA, "a/1.json.gz"): 3, (DATA, "a/2.json.gz"): 2, (STATE, "backup/a/1.json.gz"): 4, (DATA, "b/1"): 0}
    for (container, name), events in stored.items():
        lines = b"\n".join(b'{"mid":"%d"}' % number for number in range(events))
        scene.account.put(container, name, gzip.compress(lines) if events else b"unreadable")
    stores = {DATA: world.data, STATE: world.state}
    return [
        Wanted(name.removeprefix("backup/")[0], stores[container], next(stores[container].list(name)))
        for container, name in stored
    ]


@pytest.mark.parametrize("worth", [1, 1 << 30], ids=["processes", "this process"])
def test_what_was_read_of_an_owner_is_told_when_all_of_it_is(scene: Scene, worth: int) -> None:
    """By container; processes read the same, where the bytes are worth their start."""
    readers = Readers(scene)
    world = replace(scene.world(), id_readers=readers)
    read_bytes = list[int]()
    files = wanted(scene, world)
    with mock.patch.object(id_reading, "WORTH_PROCESSES_BYTES", worth):
        reading = Reading(world, MID, 1, lambda: None, read_bytes.append)
        found = {owner: {c: s.events for c, s in samples.items()} for owner, samples in reading.by_owner(files)}
    assert found == {"a": {DATA: 5, STATE: 4}, "b": {DATA: 0}}
    assert sum(read_bytes) == sum(file.blob.size_bytes for file in files)
    assert (readers.opened, len(readers.asked)) == ((1, 4) if worth == 1 else (0, 0))


def test_without_readers_this_process_reads(scene: Scene) -> None:
    world = scene.world()
    with mock.patch.object(id_reading, "WORTH_PROCESSES_BYTES", 0):
        assert dict(Reading(world, MID, 1, lambda: None).by_owner(wanted(scene, world)))


def test_a_runner_that_was_overtaken_reads_no_further(scene: Scene) -> None:
    """It is asked before every file."""

    def overtaken() -> None:
        raise Superseded("Another runner has the day.")

    world = replace(scene.world(), id_readers=(readers := Readers(scene)))
    with mock.patch.object(id_reading, "WORTH_PROCESSES_BYTES", 0), pytest.raises(Superseded):
        list(Reading(world, MID, 1, overtaken).by_owner(wanted(scene, world)))
    assert readers.asked == []


def test_nothing_to_read_is_no_trouble(scene: Scene) -> None:
    assert list(Reading(scene.world(), MID, 1, lambda: None).by_owner([])) == []
