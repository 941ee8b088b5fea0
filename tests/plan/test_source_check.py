"""The look at the source before anything is cleared: what could not be published is found, and nothing else is."""

import gzip
from collections.abc import Callable, Iterator
from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from replay_engine.errors import Cancelled, CorruptSource, StalePlan
from replay_engine.model import Blob, Condition, Filter, Publishing
from replay_engine.plan.source_check import SourceFacts, check_heads, read_through
from replay_engine.ports import BlobStore
from replay_engine.publish.transform import Transform
from tests.fakes.account import Account
from tests.fakes.blobs import MemoryBlobs

Look = Callable[[list[Blob], BlobStore], object]

PLAIN = Transform(Publishing(), None)
# Without the time of packing: it is in the names of tests.
GOOD = gzip.compress(b'{"a":1}\n{"b":2}\n', mtime=0)


def nothing(*_: object) -> None:
    """Told, or asked: go on."""


def heads(blobs: list[Blob], store: BlobStore) -> None:
    check_heads(blobs, store, 2, nothing)


def full(blobs: list[Blob], store: BlobStore) -> SourceFacts:
    return read_through(blobs, store, 2, PLAIN, nothing, nothing)[0]


both = pytest.mark.parametrize("look", [heads, full])


def stored(**files: bytes) -> tuple[list[Blob], MemoryBlobs, Account]:
    """Files, by their names without folder and day, as they were planned."""
    account = Account({"data": {}})
    for name, data in files.items():
        account.put("data", f"raw/2019-12-01-{name.replace('_', '.')}", data)
    store = MemoryBlobs(account, "data")
    return list(store.list("")), store, account


@both
def test_what_can_be_published_is_left_at_that(look: Look) -> None:
    """Packed, in several members, plain, plain and empty."""
    blobs, store, _ = stored(
        a_json_gz=GOOD, b_jsonl_gz=GOOD * 2, c_json=b'{"a":1}\n', d_jsonl=b"", e_json_gz=gzip.compress(b"")
    )
    look(blobs, store)


@both
@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x_json_gz", b"", "it is empty, and a gzip file never is"),
        ("x_json_gz", b'{"a":1}\n', "it does not begin as a gzip file does"),
        ("x_json_gz", b"\x1f\x8b", "it does not begin"),
        ("x_jsonl_gz", b"\0\0\0\0", "it does not begin"),
        ("x_json", GOOD, "it is packed with gzip, and its name does not say so"),
        ("x_csv", b"1,2\n", "it is no gzip or plain JSON lines file"),
    ],
)
def test_what_cannot_be_published_is_found_by_its_first_bytes(look: Look, name: str, data: bytes, says: str) -> None:
    """Among good files; the refusal names the file, and a way out."""
    blobs, store, _ = stored(a_json_gz=GOOD, **{name: data}, z_json_gz=GOOD)
    with pytest.raises(CorruptSource) as refused:
        look(blobs, store)
    assert f"raw/2019-12-01-{name.replace('_', '.')} cannot be read: {says}" in refused.value.message
    assert refused.value.advice


@both
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_file_that_is_another_by_now(look: Look, how: str) -> None:
    """The plan was confirmed for the old one: it is stale."""
    blobs, store, account = stored(a_json_gz=GOOD, b_json=b"", c_json_gz=GOOD)
    for blob in blobs[1:]:
        account.put("data", blob.name, GOOD) if how == "changed" else account.remove("data", blob.name)
    with pytest.raises(StalePlan, match="has changed or gone since the plan was made"):
        look(blobs, store)


def test_a_file_that_changes_while_it_is_read() -> None:
    """Not only before."""
    blobs, store, account = stored(a_json=b'{"a":1}\n' * 1000)

    class Changing(MemoryBlobs):
        """Somebody appends to a file once its first chunk was read."""

        def read(self, name: str, etag: str | None = None, most_bytes: int | None = None) -> Iterator[bytes]:
            for chunk in store.read(name, etag, most_bytes):
                yield chunk
                if most_bytes is None:
                    account.change("data", name, lambda data: data + b"\n")

    with pytest.raises(StalePlan):
        full(blobs, Changing(account, "data"))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:-8] + bytes(8), lambda data: data + b"garbage"]
)
def test_damage_behind_the_first_bytes_is_found_by_reading_all(damage: Callable[[bytes], bytes]) -> None:
    """And by that only: the heads say nothing of it."""
    blobs, store, _ = stored(a_json_gz=GOOD, b_json_gz=damage(GOOD))
    heads(blobs, store)
    with pytest.raises(CorruptSource, match=r"raw/2019-12-01-b\.json\.gz cannot be read"):
        full(blobs, store)


CONTENTS = st.lists(st.binary(max_size=20) | st.sampled_from([b"\n", b"\r\n"]), max_size=8).map(b"".join)


def lines_of(content: bytes) -> list[bytes]:
    """What stands between newlines; the last line needs none."""
    return content.removesuffix(b"\n").split(b"\n") if content else []


@given(st.lists(CONTENTS, max_size=5), st.booleans())
def test_what_the_files_hold(contents: list[bytes], packed: bool) -> None:
    """Events, their bytes, empty lines, and the largest line."""
    assume(packed or not any(content.startswith(b"\x1f\x8b\x08") for content in contents))
    ending, pack = ("json_gz", gzip.compress) if packed else ("json", bytes)
    blobs, store, _ = stored(**{f"{number}_{ending}": pack(content) for number, content in enumerate(contents)})
    events = [[line for line in lines_of(content) if line not in (b"", b"\r")] for content in contents]
    sizes = [[len(line) for line in lines] for lines in events]
    largest = max((size for part in sizes for size in part), default=0)
    assert full(blobs, store) == SourceFacts(
        lines=sum(map(len, events)),
        bytes=sum(map(sum, sizes)),
        empty_lines=sum(len(lines_of(content)) for content in contents) - sum(map(len, events)),
        largest_line_bytes=largest,
    )


def test_what_would_not_be_published_is_told_apart() -> None:
    """Left out by a filter, or bad: the first of them, in name order, is named with its line in the file."""
    publishing = Publishing(key="did", filters=(Filter("eid", Condition.EQUALS, ("LOG",)),))
    blobs, store, _ = stored(
        a_json=b'\n{"eid":"LOG","did":"x"}\n{"eid":"INFO"}\n', b_json_gz=gzip.compress(b'{"eid":"LOG"}\nno json\n[')
    )
    facts = read_through(blobs, store, 2, Transform(publishing, None), nothing, nothing)[0]
    assert (facts.lines, facts.empty_lines, facts.filtered_lines, facts.bad_lines) == (2, 1, 1, 2)
    assert facts.first_bad.startswith(f"Line 2 of {blobs[1].name} is no JSON")


def test_progress_is_told_in_stored_bytes() -> None:
    """It grows by a file at a time, up to all of them."""
    blobs, store, _ = stored(a_json_gz=GOOD, b_json=b"1\n" * 3000, c_json_gz=GOOD * 3)
    told: list[int] = []
    read_through(blobs, store, 1, PLAIN, told.append, nothing)
    assert told == list(accumulate(blob.size_bytes for blob in blobs))
    told.clear()
    read_through(blobs, store, 3, PLAIN, told.append, nothing)
    assert told == sorted(told)
    assert told[-1] == sum(blob.size_bytes for blob in blobs)


@pytest.mark.parametrize("full_", [False, True])
def test_whoever_asks_to_stop_is_heard_before_the_next_file(full_: bool) -> None:
    """No further file is begun."""
    blobs, store, _ = stored(a_json=b"1\n", b_json=b"2\n", c_json=b"3\n")
    asked: list[int] = []

    def stop_before_the_second() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        if full_:
            read_through(blobs, store, 1, PLAIN, nothing, stop_before_the_second)
        else:
            check_heads(blobs, store, 1, stop_before_the_second)
    assert len(asked) == 2
