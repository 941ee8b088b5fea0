"""A pipeline that drops what is known or old, loses events or writes late: only when asked to, and only that."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from azure.storage.blob import ContainerClient
from confluent_kafka import Consumer, TopicPartition

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import Broker
from sandbox.processes import wait_until
from sandbox.world.losses import Filter, Rules
from sandbox.world.pipeline import GROUP, Pipeline, running
from sandbox.world.sinks import VALID
from sandbox.world.telemetry import Event, events, parse_lines
from tests.sandbox.test_pipeline import publish, stored, wait_landed

DAY = date(2019, 12, 1)
LINES = events(DAY, 40)
EVENTS = parse_lines(LINES)

Build = Callable[[Rules, Callable[[], float]], Pipeline]


@pytest.fixture
def build(azurite: Azurite, broker: Broker, container: ContainerClient, druid: Druid, topic_prefix: str) -> Build:
    def built(rules: Rules, clock: Callable[[], float]) -> Pipeline:
        where = (broker.bootstrap, azurite.connection_string, container.container_name, druid.state)
        return Pipeline(*where, topic_prefix=topic_prefix, flush_events=len(LINES), rules=rules, clock=clock)

    return built


def passed(rules: Rules, found: list[Event], today: date = DAY) -> list[Event]:
    kept = Filter(rules, lambda: today)
    return [event for event in found if kept.passes(event)]


def test_everything_passes_by_default() -> None:
    """Doubled, old, of any day."""
    assert passed(Rules(), EVENTS * 2, DAY + timedelta(days=10_000)) == EVENTS * 2


def test_known_events_are_dropped_within_the_window() -> None:
    """And only those: what was pushed out of the window passes again; an event without an id always passes."""
    few = EVENTS[:5]
    assert passed(Rules(dedup_window=5), few * 2) == few
    assert passed(Rules(dedup_window=4), few * 2) == few * 2
    unreadable = parse_lines([b"no JSON"]) * 2
    assert passed(Rules(dedup_window=5), unreadable) == unreadable


def test_events_of_days_that_are_too_old_are_dropped() -> None:
    """The last day that passes is the one of exactly that age; what has no day has no age."""
    rules = Rules(max_age_days=7)
    assert passed(rules, EVENTS, DAY + timedelta(days=7)) == EVENTS
    assert passed(rules, EVENTS, DAY + timedelta(days=8)) == []
    assert len(passed(rules, parse_lines([b"no JSON"]), DAY + timedelta(days=8))) == 1


def test_a_lossy_day_loses_the_same_events_every_time() -> None:
    """Some, not most, and none of another day."""
    many = parse_lines(events(DAY, 500))
    other = parse_lines(events(DAY + timedelta(days=1), 50))
    rules = Rules(lose_days=frozenset({DAY}))
    kept = passed(rules, [*many, *other])
    assert 400 < len([event for event in kept if event.day == DAY]) < 490
    assert kept[-50:] == other
    assert passed(rules, [*many, *other]) == kept


def test_what_is_dropped_lands_nowhere_and_is_counted(
    build: Build, broker: Broker, container: ContainerClient, druid: Druid, topic_prefix: str
) -> None:
    """Neither in a folder nor in Druid; the rest lands once."""
    pipeline = build(Rules(dedup_window=1000), lambda: 0.0)
    publish(broker, topic_prefix + VALID, [*LINES, *LINES, *events(DAY, 40, seed=1)])
    with running(pipeline):
        wait_landed(pipeline, 80)
    assert stored(container, "unique") == Counter([*LINES, *events(DAY, 40, seed=1)])
    rows = [row for name in druid.state.datasources() for row in druid.state.rows(name, DAY)]
    assert len(rows) == len(set(rows)) == 80
    assert pipeline.dropped == {"too old": 0, "known": 40, "lost": 0}


def test_a_slow_flush_writes_after_its_offsets_are_committed(
    build: Build, broker: Broker, container: ContainerClient, topic_prefix: str
) -> None:
    """The group has passed the end while nothing is stored; it all appears when its time has come."""
    now = [0.0]
    pipeline = build(Rules(slow_seconds=60), lambda: now[0])
    publish(broker, topic_prefix + VALID, LINES)
    with running(pipeline):
        wait_until(lambda: committed(broker, topic_prefix + VALID) >= len(LINES), "the commit", 30)
        assert not list(container.list_blobs())
        now[0] = 59.0
        assert not list(container.list_blobs())
        now[0] = 60.0
        wait_landed(pipeline, len(LINES))
        assert stored(container, "unique") == Counter(LINES)


def test_a_slow_flush_is_not_lost_when_the_pipeline_ends(
    build: Build, broker: Broker, container: ContainerClient, topic_prefix: str
) -> None:
    """Its offsets are committed, so that no successor would read it again."""
    pipeline = build(Rules(slow_seconds=60), lambda: 0.0)
    publish(broker, topic_prefix + VALID, LINES)
    with running(pipeline):
        wait_until(lambda: committed(broker, topic_prefix + VALID) >= len(LINES), "the commit", 30)
    assert stored(container, "unique") == Counter(LINES)


def committed(broker: Broker, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": GROUP})
    try:
        found = consumer.committed([TopicPartition(topic, number) for number in (0, 1)], timeout=30)
    finally:
        consumer.close()
    return sum(max(one.offset, 0) for one in found)
