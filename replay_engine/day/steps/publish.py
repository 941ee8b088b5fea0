"""Have every shard of the day published, and watch over it.

If the process dies here its publishers stop, and the cluster keeps each shard's position: the next run goes on
from there. The journal says that the positions were opened; one that is gone after that is a doubt, never a
beginning. It must not touch a sink.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any

from replay_engine.day.context import Day, Progress
from replay_engine.day.lag_limit import LagLimit
from replay_engine.day.publisher_offsets import open_offsets
from replay_engine.day.recall import recall
from replay_engine.day.store_time import stores_time
from replay_engine.errors import EmptySource, InDoubt, ReplayError, Stopped, Superseded, TryAgain
from replay_engine.model import Blob, Counts, Delivery, Pace
from replay_engine.ports import PublisherPool, ShardNews
from replay_engine.publish.eta import Eta
from replay_engine.publish.shards import how_many
from replay_engine.state import progress
from replay_engine.state.journal import Kind

_LOOK_SECONDS = 0.25
#: How often the progress is written down, for people and for reports after a death.
_NOTE_INTERVAL = timedelta(seconds=10)
#: So long without a commit is worth telling, at full speed.
_SILENT = timedelta(seconds=20)
#: A day that is slowed down may be given no more than one large line, or few small ones, for long.
_LARGE_LINE_BYTES, _FEW_EVENTS = 100_000, 20
_LONGEST_SILENT_SECONDS = 86_400.0
#: A publisher that commits nothing for so long is given up.
_STUCK = timedelta(seconds=180)
#: So often in a row a shard may break off without having come any further.
_TRIES = 5
_LONGEST_WAIT_SECONDS = 30

Done = dict[int, Counts]


def publish(day: Day) -> dict[str, object]:
    """Publish what is left of the day; raises what a publisher raised that no other one could mend.

    Raises `EmptySource` for a day whose sinks were cleared and which holds no line to publish.
    """
    blobs = day.promise().inventory.source
    shards, done = _opened(day, blobs)
    watch = _Watch(day, shards, done, sum(blob.size_bytes for blob in blobs))
    pool: PublisherPool | None = None
    try:
        with day.world.publishers.pool(day.replay_id, day.plan.day, shards) as pool:
            watch.run(pool)
    except ReplayError:
        # What they had committed before they were stopped counts.
        if pool is not None:
            watch.close(pool)
        raise
    watch.close(pool)
    if day.spec.destructive and not watch.total.lines:
        raise EmptySource(
            f"Not a line of {day.plan.day} was published: nothing would come back of what was cleared.",
            advice="Check the folder, the date and the filters.",
        )
    return {**progress.counts_document(watch.total), "shards": shards}


def _opened(day: Day, blobs: Sequence[Blob]) -> tuple[int, Done]:
    """The number of shards, fixed when they are opened, and those that are done."""
    noted: Mapping[str, Any] = recall(day.journal.entries).notes.get("publish", {})
    if noted and "shards" not in noted:
        raise InDoubt(
            "This day was begun by an older program, in one stream.",
            advice="Carry this replay on with the program that began it, or restore the day.",
        )
    if noted and not noted.get("opening"):
        if day.spec.publishing.delivery is Delivery.AT_LEAST_ONCE:
            # They cannot be fenced: those of a runner that is gone have stopped by then.
            day.world.clock.sleep(day.world.publishers.orphaned_seconds)
        return noted["shards"], {int(shard): Counts(*counts) for shard, counts in noted["done"].items()}
    if not noted:
        shards = how_many(blobs, day.world.publishers_at_once, day.world.shard_bytes)
        noted = {"shards": shards, "done": {}, "opened_at": stores_time(day), "opening": True}
        day.journal.append(Kind.NOTE, "publish", facts=noted)
    open_offsets(day, noted["shards"])
    _note_done(day, noted["shards"], {}, noted["opened_at"])
    return noted["shards"], {}


def _note_done(day: Day, shards: int, done: Done, opened_at: str) -> None:
    facts = {
        "shards": shards,
        "done": {str(shard): astuple(counts) for shard, counts in sorted(done.items())},
        "opened_at": opened_at,
    }
    day.journal.append(Kind.NOTE, "publish", facts=facts)


def _worth_telling(pace: Pace) -> timedelta:
    """How long nothing may be committed before people are told."""
    bytes_, events = pace.bytes_per_second, pace.events_per_second
    slow = max(_LARGE_LINE_BYTES / bytes_ if bytes_ else 0.0, _FEW_EVENTS / events if events else 0.0)
    return max(_SILENT, timedelta(seconds=min(slow, _LONGEST_SILENT_SECONDS)))


class _Watch:
    """What is known of the day's publishers, and what to do about it."""

    def __init__(self, day: Day, shards: int, done: Done, source_bytes: int) -> None:
        self._day, self._shards, self._done = day, shards, done
        self._known: dict[int, Counts] = {}
        self._at_work: set[int] = set()
        self._moved_at: dict[int, datetime] = {}
        self._tries: Counter[int] = Counter()
        self._again_at: dict[int, datetime] = {}
        self._opened_at = str(recall(day.journal.entries).notes.get("publish", {}).get("opened_at", ""))
        self._noted_at = self._came_further_at = day.now()
        self._waiting = ""
        self._rests = ""
        self._limit = LagLimit(day)
        self._forecast = Eta(source_bytes)

    @property
    def total(self) -> Counts:
        """Everything that is committed."""
        return sum((*self._done.values(), *self._known.values()), Counts())

    def run(self, pool: PublisherPool) -> None:
        """Until every shard is done."""
        with self._limit.watched():
            pool.govern(self._pace())
            for shard in range(self._shards):
                if shard not in self._done:
                    pool.put(shard)
            while True:
                self._look(pool)
                if len(self._done) == self._shards:
                    return
                self._day.world.clock.sleep(_LOOK_SECONDS)

    def _pace(self) -> Pace:
        return self._limit.applied(self._day.pace())

    def _look(self, pool: PublisherPool) -> None:
        self._day.check_cancelled()
        pool.govern(self._pace())
        for news in pool.news():
            self._hear(news)
        self._put_again(pool)
        self._tell()

    def close(self, pool: PublisherPool) -> None:
        """Hear the last words, and write down how far it came, and so until when it published."""
        for news in pool.news():
            if news.shard not in self._done:
                self._note_counts(news)
        self._note()

    def _hear(self, news: ShardNews) -> None:
        if news.shard in self._done:
            return
        moved = self._note_counts(news)
        if moved or news.shard not in self._at_work:
            self._moved_at[news.shard] = self._day.now()
        if moved:
            self._tries.pop(news.shard, None)
            self._came_further_at = self._day.now()
            self._wait_for(self._rests)
        self._at_work.add(news.shard)
        if news.ended:
            self._end(news)

    def _note_counts(self, news: ShardNews) -> bool:
        """Whether it came further. One that begins again may not know yet how far its shard is."""
        known = self._known.get(news.shard, Counts())
        further = (news.counts.stored_bytes, news.counts.lines) > (known.stored_bytes, known.lines)
        self._known[news.shard] = news.counts if further else known
        return further

    def _end(self, news: ShardNews) -> None:
        shard, error = news.shard, news.error
        self._at_work.discard(shard)
        if error is None:
            del self._known[shard]
            self._done[shard] = news.counts
            _note_done(self._day, self._shards, self._done, self._opened_at)
            return
        if not isinstance(error, (TryAgain, Superseded, Stopped)):
            raise error
        if isinstance(error, TryAgain):
            self._wait_for(error.message)
        self._tries[shard] += 1
        if self._tries[shard] > _TRIES:
            raise TryAgain(error.message, advice=error.advice)
        wait = min(2.0 ** (self._tries[shard] - 1), _LONGEST_WAIT_SECONDS)
        self._again_at[shard] = self._day.now() + timedelta(seconds=wait)

    def _put_again(self, pool: PublisherPool) -> None:
        """Those that broke off, after a growing wait, and those that are stuck."""
        now = self._day.now()
        if self._pace().paused:
            self._moved_at = dict.fromkeys(self._moved_at, now)
        for shard in [shard for shard in self._at_work if now - self._moved_at[shard] > _STUCK]:
            self._at_work.discard(shard)
            self._again_at[shard] = now
        for shard in [shard for shard, due in self._again_at.items() if due <= now]:
            del self._again_at[shard]
            pool.put(shard)

    def _tell(self) -> None:
        total, pace, now = self.total, self._pace(), self._day.now()
        self._tell_of_the_limit()
        if pace.paused:
            self._forecast.rested()
        else:
            self._forecast.saw(now, total.stored_bytes, total.bytes)
        silent = now - self._came_further_at
        if pace.paused:
            self._came_further_at = now
        elif silent > _worth_telling(pace) and not self._waiting:
            self._wait_for(f"Nothing was committed to Kafka for {silent.total_seconds():.0f} s.")
        bytes_per_second, seconds_left = self._forecast.bytes_per_second, self._forecast.seconds_left
        self._day.progressed(Progress(total, self._day.pace(), bytes_per_second, seconds_left, self._limit.slowed))
        if now - self._noted_at >= _NOTE_INTERVAL:
            self._note()

    def _tell_of_the_limit(self) -> None:
        """Once when publishing comes to rest, and when it goes on: the figures change all the time."""
        rests = "" if self._day.pace().paused else self._limit.rests
        if bool(rests) != bool(self._rests):
            self._rests = rests
            self._wait_for(rests)

    def _wait_for(self, reason: str) -> None:
        """Tell it at once, and write it down for whoever looks from elsewhere."""
        if reason != self._waiting:
            self._waiting = reason
            self._day.waiting(reason)
            self._note()

    def _note(self) -> None:
        """Also while it is paused: whoever looks sees that a runner lives. It decides nothing, and may fail.

        Not by a runner that was overtaken: its successor's is the one that counts, and when it was written is the
        time until which the day was published.
        """
        self._noted_at = self._day.now()
        recorded = progress.Recorded({**self._known, **self._done}, self._waiting)
        with suppress(TryAgain, Superseded):
            self._day.before_act()
            progress.write(self._day.world.state, self._day.replay_id, self._day.plan.day, recorded, self._day.now())
