"""Shards spread over workers by RQ: the engine's `Publishers`, on every machine where ``replay-worker`` publishes.

If the run job dies here its publishers hear no more beats and stop; what it leaves queued is given up by whoever
takes it. It must not decide what is published or believe two of a shard: Kafka fences, and only the news of the
attempt that was put last are passed on.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

from bot.publishers.attempt import ShardAttempt
from bot.publishers.board import Board, Order, PublisherReport
from bot.publishers.heartbeat import Heartbeat
from bot.publishers.job import LOOK_SECONDS, ORPHANED_SECONDS
from bot.publishers.queue import ShardQueue
from bot.redis_connection import connect
from replay_engine import Pace, ShardNews, TryAgain, share_pace

#: Publishers that do not say that they have stopped cannot hear us, and stop by themselves by then.
_LEAVE_SECONDS = ORPHANED_SECONDS + 5
_LEAVE_LOOK_SECONDS = 0.1
#: How long Redis may be away before the run gives up; its publishers go on for longer.
_AWAY_SECONDS = ORPHANED_SECONDS / 2
_WARN_AFTER_SECONDS, _WARN_EVERY_SECONDS = 10.0, 60.0

log = structlog.get_logger()


class RqPublishers:
    """Publishers are the RQ workers on the queue of shards."""

    def __init__(self, redis_url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Binds to Redis; no request yet."""
        self._redis_url, self._monotonic = redis_url, monotonic

    @property
    def orphaned_seconds(self) -> float:
        """How long publishers go on at most after their run job has died or stands still."""
        return _LEAVE_SECONDS

    @contextmanager
    def pool(self, replay_id: str, day: date, shards: int) -> Iterator["RqPublisherPool"]:
        """Publishers for a day; `TryAgain` when Redis is away."""
        board = Board(connect(self._redis_url, text=True), replay_id, day)
        pool = RqPublisherPool(board, ShardQueue(connect(self._redis_url), replay_id, day, shards), self._monotonic)
        pool.begin()
        try:
            yield pool
        finally:
            pool.disband()


class RqPublisherPool:
    """The publishers of one day, from the run job's side. While Redis is away for a moment all of them go on."""

    def __init__(self, board: Board, queue: ShardQueue, monotonic: Callable[[], float]) -> None:
        """Nothing is written before `begin`."""
        self._board, self._queue, self._monotonic = board, queue, monotonic
        self._name, self._beat, self._pace, self._stop, self._replaced = uuid4().hex, 0, Pace(), False, False
        self._members: dict[int, ShardAttempt] = {}
        self._posted: Mapping[int, Order] = {}
        self._news: list[ShardNews] = []
        self._bug = ""
        self._redis_heartbeat = Heartbeat(monotonic)
        self._warn_at = monotonic() + _WARN_AFTER_SECONDS
        self._lock, self._disbanded = threading.RLock(), threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="publisher-pool", daemon=True)

    def begin(self) -> None:
        """From now on publishers hear this pool's orders and no other's; `TryAgain` while Redis is away."""
        with _translated():
            self._board.take_over(self._name)
        self._thread.start()

    def put(self, shard: int) -> None:
        """Queue a shard; whoever published it before stops. `TryAgain` while Redis is away."""
        attempt = uuid4().hex
        with _translated():
            if shard in self._members:
                self._queue.withdraw(shard, self._members[shard].attempt)
            with self._lock:
                self._members[shard] = ShardAttempt(shard, attempt, Heartbeat(self._monotonic))
                self._post()
            self._queue.put(shard, attempt)

    def news(self) -> Sequence[ShardNews]:
        """What was said since this was asked last, and who is lost; after the block, the last words.

        `TryAgain` once Redis has been away for long. A bug of a publisher's is one of the run's.
        """
        if not self._disbanded.is_set():
            with self._patiently():
                self._look()
                self._post_if_new()
            if self._bug:
                raise RuntimeError(f"A publisher broke off, and its worker's log says why: {self._bug}")
        taken, self._news = self._news, []
        return taken

    def govern(self, pace: Pace) -> None:
        """Share a new pace out. `TryAgain` once Redis has been away for long."""
        self._pace = pace
        with self._patiently():
            self._post_if_new()

    def disband(self) -> None:
        """Have everybody stop, and wait until they have; while Redis is away, until they have by themselves."""
        self._stop = True
        until = self._monotonic() + _LEAVE_SECONDS
        self._dismiss()
        while self._members and not self._replaced and self._monotonic() < until:
            self._disbanded.wait(_LEAVE_LOOK_SECONDS)
            self._dismiss()
        self._disbanded.set()
        self._thread.join()
        if self._members and not self._replaced:
            log.warning("publishers did not say that they have stopped", shards=sorted(self._members))

    def _dismiss(self) -> None:
        with suppress(RedisError, TryAgain):
            for member in list(self._members.values()):
                if self._queue.withdraw(member.shard, member.attempt):
                    self._end(member)
            self._post()
            self._look()

    def _look(self) -> None:
        """Read what publishers have said; news are kept until they have been handed over."""
        waiting = self._queue.waiting()
        members = list(self._members.values())
        taken = [member for member in members if self._queue.job_id(member.shard, member.attempt) not in waiting]
        reports = self._board.reports([member.attempt for member in taken])
        for member in taken:
            self._receive(member, reports.get(member.attempt))
        if members and not taken:
            self._warn_if_nobody_listens()

    def _receive(self, member: ShardAttempt, report: PublisherReport | None) -> None:
        if report is not None and report.bug:
            self._bug = report.bug
            self._end(member)
            return
        news = member.receive(report)
        if news is not None:
            self._news.append(news)
            if news.ended:
                self._end(member)

    def _end(self, member: ShardAttempt) -> None:
        with self._lock:
            del self._members[member.shard]

    def _orders(self) -> dict[int, Order]:
        """Whoever is not counted among those at work yet waits for its share, where there is one."""
        with self._lock:
            members = list(self._members.values())
        share = share_pace(self._pace, sum(member.at_work for member in members))
        limited = share.bytes_per_second is not None or share.events_per_second is not None
        return {one.shard: Order(one.attempt, share if one.at_work or not limited else None) for one in members}

    def _post_if_new(self) -> None:
        if self._orders() != self._posted:
            self._post()

    def _post(self) -> None:
        with self._lock:
            self._beat += 1
            orders = self._orders()
            self._replaced = not self._board.post(self._name, self._beat, orders, stop=self._stop)
            self._check_not_replaced()
            self._posted = orders

    def _check_not_replaced(self) -> None:
        if self._replaced:
            raise TryAgain("Another run job gives this day's orders.")

    def _keep_beating(self) -> None:
        reachable = True
        while not self._disbanded.wait(LOOK_SECONDS):
            try:
                self._post()
                reachable = True
            except (RedisError, TryAgain) as error:
                if reachable:
                    log.warning("publishers hear nothing of their run", error=str(error))
                reachable = False

    def _warn_if_nobody_listens(self) -> None:
        if self._monotonic() >= self._warn_at:
            self._warn_at = self._monotonic() + _WARN_EVERY_SECONDS
            if not self._queue.has_listeners():
                log.warning("nobody publishes: start replay-worker --role publisher")

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        """What cannot be asked now is asked the next time."""
        self._check_not_replaced()
        try:
            yield
            self._redis_heartbeat.reset()
        except RedisError as error:
            self._redis_heartbeat.observe(None)
            if self._redis_heartbeat.silent_seconds >= _AWAY_SECONDS:
                raise _away(error) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise _away(error) from error


def _away(error: RedisError) -> TryAgain:
    return TryAgain(f"Redis is away: {error}.", advice="Publishing goes on when it is back.")
