"""Reading ahead changes nothing but the time: the same things, in order, and the same error at the same place."""

import threading
from collections.abc import Iterator

import pytest

from replay_engine.publish import read_ahead as module
from replay_engine.publish.read_ahead import read_ahead


def test_everything_comes_in_order() -> None:
    """More than fits at once."""
    assert list(read_ahead(iter(range(1_000)))) == list(range(1_000))


def test_an_error_comes_where_it_happened() -> None:
    """After what came before it, on the thread that wants the things."""

    def damaged() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("damaged")

    taken: list[int | None] = []
    with pytest.raises(ValueError, match="damaged"):
        taken.extend(read_ahead(damaged()))
    assert taken == [1, 2]


def test_no_more_is_read_than_can_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, however slowly things are taken."""
    monkeypatch.setattr(module, "_MOST_WAITING", 3)
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    things = read_ahead(numbers())
    assert next(things) == 0
    # One taken, three waiting, one in the reader's hand.
    for _ in range(50):
        assert len(read) <= 5
    assert list(things) == list(range(1, 100))


def test_whoever_waits_is_let_go_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is slow does not keep a publisher from committing."""
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.001)
    go_on = threading.Event()

    def slow() -> Iterator[int]:
        go_on.wait(30)
        yield 1

    things = read_ahead(slow())
    assert next(things) is None
    go_on.set()
    assert [thing for thing in things if thing is not None] == [1]


def test_leaving_ends_the_reader() -> None:
    """No thread is left behind, and what it read from is closed."""
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    things = read_ahead(endless())
    assert next(things) == 1
    things.close()  # type: ignore[attr-defined]
    assert closed.wait(30)
    assert "read-ahead" not in {thread.name for thread in threading.enumerate()}
