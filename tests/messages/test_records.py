"""What the bot remembers, on a real Valkey."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from redis import Redis

from bot.messages.records import RECORD_SECONDS, Records, Room
from tests.helpers.values import HOSTILE, REPLAY_ID, plan

ROOM = Room("C1", "U1")


def test_a_plan_comes_back_as_it_was_shown(records: Records) -> None:
    """Equal to the value that was shown, with who asked for it and where."""
    shown = plan(3, text=HOSTILE[1])
    records.remember_plan(shown, ROOM)
    assert (records.plan(REPLAY_ID), records.room(REPLAY_ID)) == (shown, ROOM)


def test_nothing_is_known_of_other_replays(records: Records) -> None:
    records.remember_plan(plan(), ROOM)
    other = "r20191210-101500-ffffff"
    known = (records.plan(other), records.room(other), records.decision(other), records.cancelled_by(other))
    assert known == (None, None, None, None)
    assert records.messages(other) == {}


def test_a_plan_is_decided_once(records: Records) -> None:
    """The first decision stands, and every later one hears whose it was."""
    assert records.decide(REPLAY_ID, "discarded", "U1") == ("discarded", "U1")
    assert records.decide(REPLAY_ID, "confirmed", "U2") == ("discarded", "U1")
    assert records.decision(REPLAY_ID) == ("discarded", "U1")


def test_of_many_deciders_at_once_one_decides(redis_url: str) -> None:
    """Twenty people pressing at the same moment all hear the same decision."""
    together = Barrier(20)

    def decide(number: int) -> tuple[str, str]:
        mine = Records(redis_url)
        together.wait()
        return mine.decide(REPLAY_ID, "confirmed" if number % 2 else "discarded", f"U{number}")

    with ThreadPoolExecutor(20) as pool:
        heard = set(pool.map(decide, range(20)))
    assert len(heard) == 1
    assert heard == {Records(redis_url).decision(REPLAY_ID)}


def test_a_plan_that_nobody_decides_is_found_by_its_age(records: Records, redis_url: str) -> None:
    """Until it is decided; its record outlives it for two weeks."""
    shown = plan()
    records.remember_plan(shown, ROOM)
    assert records.undecided(shown.created_at - timedelta(seconds=1)) == []
    assert records.undecided(shown.created_at) == [REPLAY_ID]
    records.decide(REPLAY_ID, "confirmed", "U1")
    assert records.undecided(shown.created_at) == []
    assert 0 <= records.decided_seconds_ago(REPLAY_ID) < 60
    with Redis.from_url(redis_url) as redis:
        assert 0 < redis.ttl(f"replay:{REPLAY_ID}") <= RECORD_SECONDS


def test_what_was_decided_is_to_be_told(records: Records) -> None:
    records.remember_plan(plan(), ROOM)
    assert records.unreported() == set()
    records.decide(REPLAY_ID, "discarded", "U1")
    assert records.unreported() == {REPLAY_ID}
    records.mark_reported(REPLAY_ID)
    assert records.unreported() == set()


def test_one_tells_at_a_time(records: Records) -> None:
    """The turn is kept by who has it, and given back by nobody else."""
    assert records.take_turn(REPLAY_ID, "runner", 30)
    assert (records.take_turn(REPLAY_ID, "bot", 30), records.take_turn(REPLAY_ID, "runner", 30)) == (False, True)
    records.give_turn_back(REPLAY_ID, "bot")
    assert not records.take_turn(REPLAY_ID, "bot", 30)
    records.give_turn_back(REPLAY_ID, "runner")
    assert records.take_turn(REPLAY_ID, "bot", 30)


def test_an_empty_redis_is_new_until_it_knows(records: Records) -> None:
    assert [records.is_new(), records.is_new()] == [True, True]
    records.know()
    assert not records.is_new()


def test_messages_are_remembered_by_what_they_say(records: Records) -> None:
    records.remember_message(REPLAY_ID, "live", "1.1")
    records.remember_message(REPLAY_ID, "2019-12-01", "1.2")
    assert records.messages(REPLAY_ID) == {"live": "1.1", "2019-12-01": "1.2"}


@pytest.mark.parametrize("ended", [True, False])
def test_only_a_started_replay_can_be_cancelled(records: Records, ended: bool) -> None:
    """Before it is confirmed and after it has ended there is nothing to cancel; the first to cancel is named."""
    records.remember_plan(plan(), ROOM)
    assert (records.cancel(REPLAY_ID, "U1"), records.cancelled_by(REPLAY_ID)) == (False, None)
    records.decide(REPLAY_ID, "confirmed", "U1")
    if ended:
        records.end(REPLAY_ID, "completed")
    assert (records.cancel(REPLAY_ID, "U1"), records.cancel(REPLAY_ID, "U2")) == (not ended, not ended)
    assert records.cancelled_by(REPLAY_ID) == (None if ended else "U1")
