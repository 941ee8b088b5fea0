"""A day's files are found wherever they lie, and the store is not asked about other days."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.model import Blob
from replay_engine.plan.inventory import day_blobs, fingerprint, source_blobs, take
from replay_engine.state import names
from tests.fakes.account import Account
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, EVENTS, Scene

UUID_FOLDER = str(UUID(int=0x0126A5C4_9F1B_4C3D_8E2F_0123456789AB))


def found(*stored: str, folder: str = "raw", day: date = DAY) -> list[str]:
    account = Account({DATA: {}})
    for name in stored:
        account.put(DATA, name, b"1")
    return [blob.name for blob in day_blobs(MemoryBlobs(account, DATA), folder, day)]


@pytest.mark.parametrize(
    "name",
    [
        "raw/2019-12-01-1575224000000.json.gz",
        "raw/2019-12-01-2-1575224000000.json.gz",
        "raw/2019-12-01.json.gz",
        "raw/summary/2019-12-01-1.json.gz",
        "raw/a/b/c/d/2019-12-01-1.json.gz",
        f"raw/{UUID_FOLDER}/raw/2019-12-01-1.json.gz",
        "raw/12345678-1234-1234-1234-123456789012/2019-12-01-1.json.gz",
        "raw/in.ekstep-dev/2019-12-01-1.json.gz",
        "raw/a-b/c-d/2019-12-01-1.json.gz",
        "raw/2019/12/01/2019-12-01-1.json.gz",
        "raw/2019-12/2019-12-01-1.json.gz",
        "raw/2019-12/hour-05/2019-12-01-1.json.gz",
        "raw/2019-12-01/2019-12-01-1.json.gz",
        "raw/2019-12-01/hour-05/2019-12-01-1.json.gz",
        "raw/2019-cohort/2019-12-01-1.json.gz",
        "raw/1234-abcd/raw/2019-12-01-1.json.gz",
        "raw/0126-12345-x/2019-12-01-1.json.gz",
        "raw/-/2019-12-01-1.json.gz",
    ],
)
def test_files_are_found_at_every_depth(name: str) -> None:
    """Whatever the folders between are called: with dashes, like a UUID, like a year."""
    assert found(name) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "raw-something/2019-12-01-1.json.gz",
        "raw2/2019-12-01-1.json.gz",
        "rawx",
        "other/raw/2019-12-01-1.json.gz",
        "raw/2019-12-02-1.json.gz",
        "raw/2019-12-011.json.gz",
        "raw/2018-12-01-1.json.gz",
        "raw/audit-2019-12-01.csv",
        "raw/x2019-12-01-1.json.gz",
        "raw/2019-12-01/part-0.json.gz",
        "raw/1970-01-01-1.json.gz",
    ],
)
def test_what_only_looks_like_it_is_not(name: str) -> None:
    """Another folder that begins alike, another day, a date elsewhere in the name."""
    assert found(name) == []


PARTS = st.sampled_from(["raw", "summary", "in.ekstep", "a-b", "2019-cohort", UUID_FOLDER, "2019", "12", "0126-x"])
BASES = st.sampled_from(["2019-12-01", "2019-12-02", "2019-11-01", "2018-12-01", "1970-01-01", "x-2019-12-01", "part"])
NAMES = st.builds(
    lambda folders, base, number: "/".join([*folders, f"{base}-{number}.json.gz"]),
    st.lists(PARTS, max_size=3).map(lambda parts: ["raw", *parts]),
    BASES,
    st.integers(0, 3),
)


@given(st.sets(NAMES, max_size=30))
def test_the_search_finds_what_a_look_at_every_name_finds(stored: set[str]) -> None:
    """Exactly those in the folder whose base name begins with the day, in name order."""
    assert found(*stored) == sorted(name for name in stored if names.day_of(name) == DAY)


def test_other_days_are_not_listed_one_by_one() -> None:
    """Ten years of files in three folders: the day's own are listed, of the others only their years and months."""
    account = Account({DATA: {}})
    for folder in ("raw", "raw/in.ekstep/raw", f"raw/{UUID_FOLDER}/raw"):
        for year in range(2010, 2020):
            for month in range(1, 13):
                for day in range(1, 29):
                    account.put(DATA, f"{folder}/{year}-{month:02}-{day:02}-1.json.gz", b"1")
    assert len(day_blobs(MemoryBlobs(account, DATA), "raw", DAY)) == 3
    listed = [name for listing in account.listings for name in listing.names]
    files = [name for name in listed if name.endswith(".json.gz")]
    assert {names.day_of(name) for name in files} == {DAY}
    assert len(files) == 3
    assert len(listed) < 3 * 10 * 14
    assert all(listing.prefix.startswith("raw/") for listing in account.listings)


def test_everything_the_day_touches_is_taken(scene: Scene) -> None:
    """Source, sinks and datasources of the day; of a replay that deletes nothing only the source."""
    world, spec = scene.world(), scene.spec()
    inventory = take(spec, DAY, world.data, world.segments)
    assert [blob.name for blob in inventory.source] == sorted(scene.stored(f"raw/{DAY}"))
    assert sorted(blob.name for blobs in inventory.sinks.values() for blob in blobs) == sorted(scene.sinks())
    assert list(inventory.sinks) == ["unique", "channel"]
    assert [s.id for s in inventory.segments[EVENTS]] == scene.used_of()
    pushing = take(replace(spec, delete_backups=False), DAY, world.data, world.segments)
    assert (pushing.source, pushing.sinks, pushing.segments) == (inventory.source, {}, {})


def test_one_file_is_its_own_source(scene: Scene) -> None:
    """Whatever it is called; none when it is not there."""
    store = scene.world().data
    for name, expected in (("unique_old/2019-12-01-1.json.gz", 1), ("raw/nobody.json.gz", 0)):
        assert len(source_blobs(replace(scene.spec(), file_path=name), DAY, store)) == expected


def test_the_fingerprint_is_of_exactly_what_was_seen(scene: Scene) -> None:
    """It stays while nothing changes, and changes with any blob, byte or segment of the day."""
    world, spec = scene.world(), scene.spec()

    def seen() -> str:
        return fingerprint(take(spec, DAY, world.data, world.segments))

    prints = [seen()]
    scene.account.put(DATA, "unique/2019-12-02-9.json.gz", b"another day")
    assert [seen()] == prints
    for change in (
        lambda: scene.account.put(DATA, "channel/new/2019-12-01-9.json.gz", b"late"),
        lambda: scene.account.change(DATA, "unique/2019-12-01-1575224000000.json.gz", lambda data: data),
        lambda: scene.account.change(DATA, "raw/2019-12-01-0-1575224000000.json.gz", lambda data: data + b"1"),
        lambda: scene.account.remove(DATA, "channel/new/2019-12-01-9.json.gz"),
        lambda: scene.segments.state.add_segment(EVENTS, DAY, date(2019, 12, 2)),
    ):
        change()
        prints.append(seen())
    assert len(set(prints)) == len(prints)


def test_the_fingerprint_does_not_mix_places() -> None:
    """The same blob in another sink is another thing to delete."""
    blob = Blob("unique/2019-12-01-1.json.gz", 1, "0x1")
    scene = Scene()
    one = take(scene.spec(), DAY, scene.world().data, scene.segments)
    two = replace(one, sinks={"unique": (), "channel": (blob,)})
    three = replace(one, sinks={"unique": (blob,), "channel": ()})
    assert len({fingerprint(inventory) for inventory in (one, two, three)}) == 3
