"""The job of a publisher: publish one shard, hear the orders of the run job meanwhile, and say how it goes.

Redis is asked on a thread of its own, so that publishing never waits for it. If the process dies here the run job
misses its beat and has the shard published again; Kafka has fenced this one by then. It must not go on for long
without a run job: when it hears nothing any more, or another has its shard, it stops.
"""

import math
import threading
import time
from collections.abc import Callable
from datetime import date
from types import TracebackType

import structlog
from redis.exceptions import RedisError

from bot import settings
from bot.publishers.board import Board, PoolReply, PublisherReport
from bot.publishers.heartbeat import Heartbeat
from bot.redis_connection import connect
from replay_engine import Counts, Engine, Pace, ReplayError, ShardNews, Stopped, TryAgain, load_settings

#: How often a publisher looks for its orders, and says that it lives.
LOOK_SECONDS = 0.5
#: So long without a beat, and the run job is taken for dead.
ORPHANED_SECONDS = 30.0
#: A shard is not begun before the run job was seen alive; a job that it has left behind is given up after so long.
_BEGIN_SECONDS = 5.0
_BEGIN_LOOK_SECONDS = 0.1

log = structlog.get_logger()
_leaving = threading.Event()


def leave() -> None:
    """This process is to end soon: give the shard back at the next slice. Safe in a signal handler."""
    _leaving.set()


def publish_shard_job(replay_id: str, day: str, shard: int, of: int, attempt: str) -> None:
    """Publish a shard if the run job still wants that of this attempt; how it ended is said on the board."""
    redis = connect(settings.load().redis_url.get_secret_value(), text=True)
    board = Board(redis, replay_id, date.fromisoformat(day))
    with RedisOrders(board, shard, attempt) as orders:
        if orders.begin():
            orders.end(_publish(replay_id, date.fromisoformat(day), shard, of, orders))
        else:
            orders.end(orders.stop_error())


def _publish(replay_id: str, day: date, shard: int, of: int, orders: "RedisOrders") -> ReplayError | None:
    # Before Kafka is asked: one that hangs there is seen to be at work, and to come no further.
    orders.report(Counts())
    try:
        orders.report(Engine(load_settings()).publish_shard(replay_id, day, shard, of, orders, orders.report))
    except Stopped:
        return orders.stop_error()
    except ReplayError as error:
        return error
    except Exception as error:
        orders.end(None, bug=type(error).__name__)
        raise
    return None


class RedisOrders:
    """A publisher's ear, and its mouth: the engine's `Orders`."""

    def __init__(self, board: Board, shard: int, attempt: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Looks at nothing before the block is entered."""
        self._board, self._shard, self._attempt, self._monotonic = board, shard, attempt, monotonic
        # A publisher that stood still itself counts all of that: its run may have been overtaken meanwhile.
        self._pulse = Heartbeat(monotonic, most_seconds=math.inf)
        self._pace, self._beat, self._reason = Pace(paused=True), 0, ""
        self._counts: Counts | None = None
        self._redis_away = False
        self._begun, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look_out, name="orders", daemon=True)

    def __enter__(self) -> "RedisOrders":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def begin(self) -> bool:
        """Wait until the run job was seen to live; false if it does not, or wants no such thing any more."""
        self._begun.wait()
        return not self.stopped()

    def pace(self) -> Pace:
        """This publisher's share."""
        return self._pace

    def stopped(self) -> bool:
        """Whether to stop."""
        return bool(self._reason)

    def stop_error(self) -> TryAgain:
        """What to say of having stopped."""
        return TryAgain(f"The publisher of shard {self._shard} stopped: {self._reason}.")

    def report(self, counts: Counts) -> None:
        """So much is committed; it is told with the next beat."""
        self._counts = counts

    def end(self, error: ReplayError | None, bug: str = "") -> None:
        """Say how it ended, as the last thing. While Redis is away this waits as long as a run job could wait."""
        self._close()
        news = ShardNews(self._shard, self._counts or Counts(), ended=True, error=error)
        until = self._monotonic() + ORPHANED_SECONDS
        while self._monotonic() < until:
            try:
                self._exchange(news, bug)
            except RedisError:
                time.sleep(LOOK_SECONDS)
            else:
                return
        log.warning("nobody could be told that a shard has ended", shard=self._shard)

    def _close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _look_out(self) -> None:
        try:
            self._look()
            while not self._closing.wait(LOOK_SECONDS if self._begun.is_set() else _BEGIN_LOOK_SECONDS):
                self._look()
        finally:
            # Nobody publishes who can hear no orders, whatever broke here.
            self._stop("it hears no more orders")

    def _look(self) -> None:
        news = None if self._counts is None else ShardNews(self._shard, self._counts)
        try:
            self._apply(self._exchange(news))
            self._redis_away = False
        except RedisError as error:
            self._pulse.observe(None)
            if not self._redis_away:
                log.warning("redis is away; no orders can be seen", shard=self._shard, error=str(error))
            self._redis_away = True
        if self._pulse.silent_seconds >= (ORPHANED_SECONDS if self._begun.is_set() else _BEGIN_SECONDS):
            self._stop(f"nothing was heard of its run for {self._pulse.silent_seconds:.0f} s")
        if _leaving.is_set():
            self._stop("its worker is ending")

    def _exchange(self, news: ShardNews | None, bug: str = "") -> PoolReply | None:
        self._beat += 1
        return self._board.exchange(self._shard, self._attempt, PublisherReport(self._beat, news, bug))

    def _apply(self, reply: PoolReply | None) -> None:
        self._pulse.observe(reply and reply.beat)
        if reply is None:
            # Redis was emptied, and the run job writes it all again; or it went away long ago.
            if not self._begun.is_set():
                self._stop("its run is over")
        elif reply.stop:
            self._stop("its run has ended it")
        elif reply.order is None or reply.order.attempt != self._attempt:
            self._stop("another publisher has the shard")
        else:
            self._pace = reply.order.pace or Pace(paused=True)
            if self._pulse.has_changed:
                self._begun.set()

    def _stop(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._begun.set()
