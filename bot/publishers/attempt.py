"""One shard as its run job sees it: put, perhaps taken, and heard of until it ends or nothing is heard any more."""

from dataclasses import dataclass

from bot.publishers.board import Said
from bot.publishers.heartbeat import Heartbeat
from replay_engine import Counts, ShardNews, TryAgain

#: A publisher that was taken off the queue and says nothing for so long is dead.
LOST_SECONDS = 15.0


@dataclass(slots=True)
class ShardAttempt:
    """A shard that was put and has not ended. It is ``at_work`` once its publisher has said a word."""

    shard: int
    attempt: str
    heartbeat: Heartbeat
    told: ShardNews | None = None
    at_work: bool = False

    def hear(self, said: Said | None) -> ShardNews | None:
        """What is new of a publisher that has taken its job, if anything."""
        self.at_work = self.at_work or said is not None
        self.heartbeat.feel(said and said.beat)
        if said is not None and said.news not in (None, self.told):
            self.told = said.news
            return self.told
        return self._lost() if self.heartbeat.silent_seconds >= LOST_SECONDS else None

    def _lost(self) -> ShardNews:
        error = TryAgain(f"The publisher of shard {self.shard} is gone: it said nothing for {LOST_SECONDS:g} s.")
        return ShardNews(self.shard, self.told.counts if self.told else Counts(), ended=True, error=error)
