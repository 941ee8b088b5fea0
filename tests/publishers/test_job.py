"""A publisher's side of shards on RQ, on a real Valkey: when it begins, what it keeps to, and when it stops by itself.

The run job is the test itself.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from redis import Redis

from bot.publishers import job as shard_job
from bot.publishers.board import Board, Order
from bot.publishers.job import RedisOrders
from replay_engine import Counts, Pace, ShardNews, TryAgain
from sandbox.processes import wait_until
from sandbox.valkey import valkey as run_valkey
from tests.helpers.board import Ahead, board_of

CREW, ATTEMPT, SHARD = "crew", "attempt", 3


@dataclass(slots=True)
class Run:
    """A run job by hand, that beats when the test says so."""

    board: Board
    order: Order = field(default_factory=lambda: Order(ATTEMPT, Pace()))
    beats: Iterator[int] = field(default_factory=count)

    def beat(self, *, stop: bool = False) -> None:
        assert self.board.post(CREW, next(self.beats), {SHARD: self.order}, stop=stop)

    def give(self, order: Order) -> None:
        self.order = order
        self.beat()


@pytest.fixture
def board(redis_url: str) -> Board:
    return board_of(redis_url)


@pytest.fixture
def run(board: Board) -> Run:
    """A run job that lives and wants the shard of this attempt."""
    board.take_over(CREW)
    run = Run(board)
    run.beat()
    return run


def has_looked(orders: RedisOrders, board: Board) -> None:
    """Until the publisher has been at the board once more."""
    before = board.reports([ATTEMPT])
    wait_until(lambda: board.reports([ATTEMPT]) != before or orders.stopped(), "the next look")


@contextmanager
def begun(board: Board, run: Run, clock: Ahead) -> Iterator[RedisOrders]:
    """A publisher that has seen its run job live."""
    with RedisOrders(board, SHARD, ATTEMPT, clock) as orders:
        has_looked(orders, board)
        run.beat()
        assert orders.begin()
        yield orders


def given_up(board: Board, clock: Ahead) -> str:
    """Why a publisher does not begin."""
    with RedisOrders(board, SHARD, ATTEMPT, clock) as orders:
        assert not orders.begin()
        return orders.stop_error().message


def test_a_shard_is_begun_when_its_run_was_seen_to_live(board: Board, run: Run, clock: Ahead) -> None:
    """What a run says that died is still on the board; a living one changes it."""
    with RedisOrders(board, SHARD, ATTEMPT, clock) as orders:
        has_looked(orders, board)
        has_looked(orders, board)
        assert orders.pace() == Pace()
        clock.put_forward(5)
        assert not orders.begin()
    with begun(board, run, clock) as orders:
        assert not orders.stopped()


def test_a_job_without_a_board_is_given_up_at_once(board: Board, clock: Ahead) -> None:
    """Its run has ended long ago."""
    assert given_up(board, clock) == "The publisher of shard 3 stopped: its run is over."


def test_a_job_of_a_run_that_has_ended_is_given_up_at_once(board: Board, run: Run, clock: Ahead) -> None:
    run.beat(stop=True)
    assert given_up(board, clock) == "The publisher of shard 3 stopped: its run has ended it."


def test_a_job_of_an_earlier_attempt_is_given_up_at_once(board: Board, run: Run, clock: Ahead) -> None:
    run.give(Order("another", Pace()))
    assert given_up(board, clock) == "The publisher of shard 3 stopped: another publisher has the shard."


def test_a_job_of_an_earlier_run_is_given_up_at_once(board: Board, run: Run, clock: Ahead) -> None:
    board.take_over("another")
    assert board.post("another", 1, {}, stop=False)
    assert given_up(board, clock) == "The publisher of shard 3 stopped: another publisher has the shard."


def test_the_run_ends_it(board: Board, run: Run, clock: Ahead) -> None:
    with begun(board, run, clock) as orders:
        run.beat(stop=True)
        wait_until(orders.stopped, "the stop")


def test_another_attempt_ends_it(board: Board, run: Run, clock: Ahead) -> None:
    with begun(board, run, clock) as orders:
        run.give(Order("another", Pace()))
        wait_until(orders.stopped, "the stop")


def test_it_waits_until_it_has_a_share(board: Board, run: Run, clock: Ahead) -> None:
    """And keeps to it."""
    run.order = Order(ATTEMPT, None)
    with begun(board, run, clock) as orders:
        assert orders.pace() == Pace(paused=True)
        run.give(Order(ATTEMPT, Pace(bytes_per_second=5.0)))
        wait_until(lambda: orders.pace() == Pace(bytes_per_second=5.0), "the share")


def test_a_run_that_falls_silent_is_dead(board: Board, run: Run, clock: Ahead) -> None:
    """Nobody publishes for long without a run that watches over it; a moment's silence is nothing."""
    with begun(board, run, clock) as orders:
        for _ in range(5):
            clock.put_forward(5)
            has_looked(orders, board)
        assert not orders.stopped()
        run.beat()
        has_looked(orders, board)
        for _ in range(5):
            clock.put_forward(5)
            has_looked(orders, board)
        assert not orders.stopped()
        clock.put_forward(5)
        wait_until(orders.stopped, "the stop")
        message = orders.stop_error().message
        assert message.startswith("The publisher of shard 3 stopped: nothing was heard of its run for 3")


def test_a_publisher_that_stood_still_stops_when_it_wakes_up(board: Board, run: Run, clock: Ahead) -> None:
    """All of that time its run was silent: another may have the day, and without transactions nobody is fenced."""
    with begun(board, run, clock) as orders:
        clock.put_forward(60)
        wait_until(orders.stopped, "the stop", 5)


def test_a_board_that_was_emptied_is_waited_for(board: Board, run: Run, clock: Ahead, redis_url: str) -> None:
    """The run job writes it again."""
    with begun(board, run, clock) as orders:
        board.take_over("")
        has_looked(orders, board)
        has_looked(orders, board)
        assert not orders.stopped()


def test_a_redis_that_is_away_is_done_without_for_a_while(tmp_path: Path, clock: Ahead) -> None:
    """As long as a silent run would be believed to live."""
    with run_valkey(tmp_path) as running:
        board = board_of(running.url)
        board.take_over(CREW)
        run = Run(board)
        run.beat()
        with_pool = begun(board, run, clock)
        orders = with_pool.__enter__()
    for _ in range(5):
        clock.put_forward(5)
        assert not orders.stopped()

    def stopped_later() -> bool:
        clock.put_forward(1)
        return orders.stopped()

    wait_until(stopped_later, "the stop")
    with_pool.__exit__(None, None, None)


def test_a_worker_that_ends_gives_its_shard_back(
    board: Board, run: Run, clock: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not failed: another publisher takes it."""
    monkeypatch.setattr(shard_job, "_leaving", threading.Event())
    with begun(board, run, clock) as orders:
        shard_job.leave()
        wait_until(orders.stopped, "the stop")
        assert orders.stop_error().message == "The publisher of shard 3 stopped: its worker is ending."


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_orders_that_cannot_be_read_end_it(board: Board, run: Run, clock: Ahead, redis_url: str) -> None:
    """Nobody publishes who cannot be told to stop."""
    with begun(board, run, clock) as orders, Redis.from_url(redis_url) as redis:
        (key,) = redis.scan_iter("replay:shards:*")
        redis.hset(key, f"orders:{SHARD}", "of another version")
        wait_until(orders.stopped, "the stop")


def test_its_end_is_the_last_word(board: Board, run: Run, clock: Ahead) -> None:
    """No beat comes after it that would undo it."""
    with begun(board, run, clock) as orders:
        orders.report(Counts(lines=5))
        orders.end(TryAgain("It is away."))
        assert "orders" not in [thread.name for thread in threading.enumerate()]
    news = board.reports([ATTEMPT])[ATTEMPT].news
    assert isinstance(news, ShardNews)
    assert (news.shard, news.counts, news.ended, str(news.error)) == (SHARD, Counts(lines=5), True, "It is away.")
