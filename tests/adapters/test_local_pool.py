"""The ends of publisher processes: whatever they do when they are told to stop, the run is not kept or confused."""

import sys
from collections.abc import Callable, Sequence

import pytest

from replay_engine.adapters.local_publishers import LocalPublisherPool
from replay_engine.errors import Stopped, TryAgain
from replay_engine.model import Counts
from replay_engine.ports import ShardNews
from replay_engine.publish.protocol import dump_news
from sandbox.processes import wait_until

COMMITTED = dump_news(ShardNews(3, Counts(lines=7)))


def pool_of(program: str, at_once: int = 1) -> LocalPublisherPool:
    return LocalPublisherPool([sys.executable, "-c", f"import os, signal, sys, time\n{program}"], at_once)


def hear(pool: LocalPublisherPool, enough: Callable[[Sequence[ShardNews]], bool]) -> list[ShardNews]:
    heard: list[ShardNews] = []

    def came() -> bool:
        heard.extend(pool.news())
        return enough(heard)

    wait_until(came, "the news")
    return heard


@pytest.mark.parametrize("code", [0, 1])
def test_a_publisher_that_ends_without_a_word_when_told_to_stop_was_stopped(code: int) -> None:
    """It had not begun yet, or could not stop well: no bug of the run, which has its own reason to end."""
    pool = pool_of(f"sys.stdin.read(); sys.exit({code})")
    pool.put(3)
    pool.stop()
    (news,) = pool.news()
    assert (news.shard, news.ended, type(news.error)) == (3, True, Stopped)


def test_a_publisher_that_breaks_off_is_a_bug() -> None:
    """Its error is on stderr, and the run ends, too."""
    pool = pool_of("sys.stdin.readline(); sys.exit(1)")
    pool.put(3)
    with pytest.raises(RuntimeError, match="exit code 1"):
        hear(pool, bool)
    pool.stop()


def test_a_publisher_that_missed_its_run_is_replaced() -> None:
    """The run stood still and goes on: whoever stopped meanwhile has done what it should."""
    pool = pool_of("sys.stdin.readline()")
    pool.put(3)
    (news,) = hear(pool, bool)
    assert (news.shard, news.ended, type(news.error)) == (3, True, TryAgain)
    pool.stop()


def test_a_run_says_that_it_lives() -> None:
    """To every publisher, again and again, with nothing else to say."""
    pool = pool_of(f"sys.stdin.readline(); sys.stdin.readline(); print({COMMITTED!r}, flush=True); signal.pause()")
    pool.put(3)
    (news,) = hear(pool, bool)
    assert news.counts == Counts(lines=7)
    pool.stop()


def test_what_was_committed_before_a_kill_counts() -> None:
    """A publisher that does not stop is killed, and its last word is still heard."""
    pool = pool_of(f"sys.stdin.readline(); print({COMMITTED!r}, flush=True); signal.pause()")
    pool.put(3)
    hear(pool, bool)
    pool.stop()
    (news,) = pool.news()
    assert (news.counts, type(news.error)) == (Counts(lines=7), Stopped)


def test_half_a_word_of_a_killed_publisher_is_none() -> None:
    """It is heard that it died, and what it had said before."""
    pool = pool_of(f"print({COMMITTED!r}); print({COMMITTED[:20]!r}, end='', flush=True); os.kill(os.getpid(), 9)")
    pool.put(3)
    heard = hear(pool, lambda heard: bool(heard) and heard[-1].ended)
    pool.stop()
    assert [(news.counts.lines, type(news.error)) for news in heard] == [(7, type(None)), (7, TryAgain)]
