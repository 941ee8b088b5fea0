"""One shard as its run job sees it: put, perhaps taken, and heard of until it ends or nothing is heard any more."""

from dataclasses import dataclass

from bot.publishers.board import PublisherReport
from bot.publishers.heartbeat import Heartbeat
from replay_engine import Counts, ShardNews, TryAgain

#: A publisher that was taken off the queue and says nothing for so long is dead.
LOST_SECONDS = 15.0


@dataclass(slots=True)
class ShardAttempt:
    """A shard that was put and has not ended. It is ``at_work`` once its publisher has reported."""

    shard: int
    attempt: str
    heartbeat: Heartbeat
    last_news: ShardNews | None = None
    at_work: bool = False

    def receive(self, report: PublisherReport | None) -> ShardNews | None:
        """What is new of a publisher that has taken its job, if anything."""
        self.at_work = self.at_work or report is not None
        self.heartbeat.observe(report and report.beat)
        if report is not None and report.news not in (None, self.last_news):
            self.last_news = report.news
            return self.last_news
        return self._lost() if self.heartbeat.silent_seconds >= LOST_SECONDS else None

    def _lost(self) -> ShardNews:
        error = TryAgain(f"The publisher of shard {self.shard} is gone: it said nothing for {LOST_SECONDS:g} s.")
        return ShardNews(self.shard, self.last_news.counts if self.last_news else Counts(), ended=True, error=error)
