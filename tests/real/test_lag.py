"""How far a group is, on the real thing, and what the step that waits for it makes of that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
from confluent_kafka import Producer, TopicPartition

from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.day.consumer_lag import check_passed
from replay_engine.day.context import Day
from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import InDoubt, NotLanded
from replay_engine.model import LandingWait, Plan, Stage
from replay_engine.reports import DayReport
from replay_engine.state import names
from sandbox.kafka.apache import RealBroker
from tests.adapters.lag_contract import LagContract, Others, OtherTransaction, read_offsets
from tests.adapters.topic_contract import LINES, PARTITIONS, Ground, commit_offsets, read_all
from tests.helpers.scene import DAY, Onlooker, Scene, lines_of
from tests.real.clients import ANSWER_SECONDS, admin, begun

pytestmark = pytest.mark.real
GROUP = "downstream"


@pytest.fixture
def ground(real_broker: RealBroker) -> Ground:
    name = uuid4().hex
    topic = f"lag-{name}"
    real_broker.create_topics([topic], PARTITIONS)
    return Ground(
        KafkaTopic(real_broker.bootstrap, {}),
        topic,
        f"shard-{name}",
        partial(read_all, real_broker.bootstrap, topic),
        lambda consumers, offsets: commit_offsets(real_broker.bootstrap, consumers, topic, offsets),
    )


@pytest.fixture
def last(real_broker: RealBroker, ground: Ground) -> Callable[[], Mapping[int, int]]:
    return partial(read_offsets, real_broker.bootstrap, ground.topic)


@pytest.fixture
def others(real_broker: RealBroker, ground: Ground) -> Others:
    def begin(lines: Sequence[bytes]) -> OtherTransaction:
        producer = hanging(real_broker, ground.topic, lines)
        return OtherTransaction(
            lambda: producer.commit_transaction(ANSWER_SECONDS), lambda: producer.abort_transaction(ANSWER_SECONDS)
        )

    def expire(before: Mapping[int, int]) -> None:
        # The client must outlive its answer.
        client = admin(real_broker)
        wanted = [TopicPartition(ground.topic, *pair) for pair in before.items()]
        for deleted in client.delete_records(wanted).values():
            deleted.result(ANSWER_SECONDS)

    return Others(begin, expire)


def hanging(broker: RealBroker, topic: str, lines: Sequence[bytes]) -> Producer:
    """A producer of somebody else with an open transaction, whose lines the broker has."""
    producer = begun(broker, f"other-{uuid4().hex}", {"transaction.timeout.ms": 600_000})
    for partition in range(PARTITIONS):
        for line in lines:
            producer.produce(topic, line, partition=partition)
    assert producer.flush(ANSWER_SECONDS) == 0
    return producer


class TestRealLag(LagContract):
    """Markers, open transactions and expired messages as Kafka has them."""


@pytest.fixture
def day(ground: Ground, scene: Scene) -> Day:
    """A day whose group has to pass the ground's topic."""
    day = scene.day(scene.plan())
    waits = (LandingWait(f"{GROUP}-{ground.topic}", ground.topic),)
    return replace(day, spec=replace(day.spec, landing_waits=waits), world=scene.world(ground.port))


def read_on(day: Day, ground: Ground, at: Mapping[int, int]) -> None:
    """The group reads up to there."""
    ground.commit(day.spec.landing_waits[0].consumer_group, dict(at))


def test_a_day_waits_for_what_an_open_transaction_hides(day: Day, ground: Ground, others: Others) -> None:
    """The group can read none of it, and has committed the last stable offset: it is behind, until it can read on."""
    theirs = others.begin([b"theirs"])
    ground.publish(LINES * 5)
    read_on(day, ground, {0: 0, 1: 0})
    with pytest.raises(NotLanded, match="offsets behind on lag-") as waiting:
        check_passed(day, {})
    ends = waiting.value.facts["ends"]
    theirs.commit()
    with pytest.raises(NotLanded):
        check_passed(day, ends)
    read_on(day, ground, ground.port.end_offsets(ground.topic))
    assert check_passed(day, ends) == 1


def test_an_aborted_transaction_lets_the_day_go_on(day: Day, ground: Ground, others: Others) -> None:
    """Nothing of it has to be read, and nothing of ours lies behind it."""
    ground.publish(LINES)
    read_on(day, ground, ground.port.end_offsets(ground.topic))
    theirs = others.begin([b"theirs"] * 5)
    with pytest.raises(NotLanded) as waiting:
        check_passed(day, {})
    theirs.abort()
    assert check_passed(day, waiting.value.facts["ends"]) == 1


def test_what_expired_unread_is_a_doubt(day: Day, ground: Ground, others: Others) -> None:
    """Of a group that stands before it, of one that has never read, and not of one that had passed it."""
    ground.publish(LINES * 5)
    ends = ground.port.end_offsets(ground.topic)
    others.expire({number: end - 1 for number, end in ends.items() if end})
    read_on(day, ground, ends)
    assert check_passed(day, {}) == 1
    read_on(day, ground, dict.fromkeys(ends, 0))
    with pytest.raises(InDoubt, match=r"offsets of lag-\w+, partition \d, expired before downstream-\S+ had read"):
        check_passed(day, {})


def test_a_group_that_never_committed_is_in_doubt_when_all_expired(day: Day, ground: Ground, others: Others) -> None:
    """Nothing is left for it to read, and it has read nothing: that is not a group that has passed."""
    ground.publish(LINES * 5)
    others.expire(ground.port.end_offsets(ground.topic))
    with pytest.raises(InDoubt, match="expired before"):
        check_passed(day, {})


@pytest.fixture
def plan(ground: Ground, scene: Scene) -> Plan:
    """A day in memory that is published to the ground's topic."""
    scene.cluster.topics[ground.topic] = [[] for _ in range(PARTITIONS)]
    waits = (LandingWait(f"{GROUP}-{ground.topic}", ground.topic),)
    return scene.plan(spec=replace(scene.spec(), topic=ground.topic, landing_waits=waits))


def ran(scene: Scene, ground: Ground, plan: Plan, watch: Onlooker | None = None) -> DayReport:
    """The whole day, by a new runner."""
    return ReplayRunner(plan, scene.world(ground.port), watch or Onlooker(), "the test").run().days[0]


def test_a_day_is_held_where_its_messages_expired_unread(
    scene: Scene, ground: Ground, plan: Plan, others: Others
) -> None:
    """It is published, it waits, and what it wrote is gone before anybody read it: a sentence, and the backup stays."""
    assert ran(scene, ground, plan).stage is Stage.PUBLISHED
    assert ground.values().total() == len(lines_of(DAY))
    others.expire(ground.port.end_offsets(ground.topic))
    day = ran(scene, ground, plan)
    assert day.stage is Stage.HELD
    assert "expired before downstream-" in day.error
    assert "replay restore" in day.advice
    assert scene.kept(names.BACKUP)


def test_a_day_stays_open_behind_an_open_transaction(scene: Scene, ground: Ground, plan: Plan, others: Others) -> None:
    """However often it is looked at; once that ended and the group read on, the day comes further by itself."""
    watch, begun_by_others = Onlooker(), list[OtherTransaction]()
    watch.when("publish", lambda: begun_by_others.append(others.begin([b"theirs"])))
    ground.commit(plan.spec.landing_waits[0].consumer_group, {0: 0, 1: 0})
    assert ran(scene, ground, plan, watch).stage is Stage.PUBLISHED
    assert ran(scene, ground, plan).stage is Stage.PUBLISHED
    (theirs,) = begun_by_others
    assert ground.values().total() == 0
    theirs.abort()
    assert ran(scene, ground, plan).stage is Stage.PUBLISHED
    ground.commit(plan.spec.landing_waits[0].consumer_group, dict(ground.port.end_offsets(ground.topic)))
    assert ran(scene, ground, plan).stage is Stage.SETTLED
    assert ground.values().total() == len(lines_of(DAY))
