"""The ends of publisher processes: whatever they do when they are told to stop, the run is not kept or confused."""

import sys
from collections.abc import Callable, Sequence

import pytest

from replay_engine.adapters.local_publishers import LocalCrew
from replay_engine.errors import Stopped, TryAgain
from replay_engine.model import Counts
from replay_engine.ports import ShardNews
from replay_engine.publish.protocol import dump_news
from sandbox.processes import wait_until

COMMITTED = dump_news(ShardNews(3, Counts(lines=7)))


def crew_of(program: str, at_once: int = 1) -> LocalCrew:
    return LocalCrew([sys.executable, "-c", f"import os, signal, sys, time\n{program}"], at_once)


def hear(crew: LocalCrew, enough: Callable[[Sequence[ShardNews]], bool]) -> list[ShardNews]:
    heard: list[ShardNews] = []

    def came() -> bool:
        heard.extend(crew.news())
        return enough(heard)

    wait_until(came, "the news")
    return heard


@pytest.mark.parametrize("code", [0, 1])
def test_a_publisher_that_ends_without_a_word_when_told_to_stop_was_stopped(code: int) -> None:
    """It had not begun yet, or could not stop well: no bug of the run, which has its own reason to end."""
    crew = crew_of(f"sys.stdin.read(); sys.exit({code})")
    crew.put(3)
    crew.stop()
    (news,) = crew.news()
    assert (news.shard, news.ended, type(news.error)) == (3, True, Stopped)


def test_a_publisher_that_breaks_off_is_a_bug() -> None:
    """Its error is on stderr, and the run ends, too."""
    crew = crew_of("sys.stdin.readline(); sys.exit(1)")
    crew.put(3)
    with pytest.raises(RuntimeError, match="exit code 1"):
        hear(crew, bool)
    crew.stop()


def test_a_publisher_that_missed_its_run_is_replaced() -> None:
    """The run stood still and goes on: whoever stopped meanwhile has done what it should."""
    crew = crew_of("sys.stdin.readline()")
    crew.put(3)
    (news,) = hear(crew, bool)
    assert (news.shard, news.ended, type(news.error)) == (3, True, TryAgain)
    crew.stop()


def test_a_run_says_that_it_lives() -> None:
    """To every publisher, again and again, with nothing else to say."""
    crew = crew_of(f"sys.stdin.readline(); sys.stdin.readline(); print({COMMITTED!r}, flush=True); signal.pause()")
    crew.put(3)
    (news,) = hear(crew, bool)
    assert news.counts == Counts(lines=7)
    crew.stop()


def test_what_was_committed_before_a_kill_counts() -> None:
    """A publisher that does not stop is killed, and its last word is still heard."""
    crew = crew_of(f"sys.stdin.readline(); print({COMMITTED!r}, flush=True); signal.pause()")
    crew.put(3)
    hear(crew, bool)
    crew.stop()
    (news,) = crew.news()
    assert (news.counts, type(news.error)) == (Counts(lines=7), Stopped)


def test_half_a_word_of_a_killed_publisher_is_none() -> None:
    """It is heard that it died, and what it had said before."""
    crew = crew_of(f"print({COMMITTED!r}); print({COMMITTED[:20]!r}, end='', flush=True); os.kill(os.getpid(), 9)")
    crew.put(3)
    heard = hear(crew, lambda heard: bool(heard) and heard[-1].ended)
    crew.stop()
    assert [(news.counts.lines, type(news.error)) for news in heard] == [(7, type(None)), (7, TryAgain)]
