"""A canary on real parts: the first events of a day in a topic of their own, before anything of it is cleared."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from replay_engine.adapters.kafka.topic import KafkaTopic
from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from sandbox.processes import wait_until
from tests.cli.ground import DAY, Ground, finish, ground

RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--yes", "--json")
GROUP, TOPIC = "canary-reader", "telemetry.canary"


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    """With a canary that a group must read within a minute."""
    with ground(azurite, broker, tmp_path) as made:
        broker.create_topics([made.topic_prefix + TOPIC])
        set_canary(made, minutes=1)
        yield made


def set_canary(there: Ground, minutes: float) -> None:
    """In the config document."""
    config = Path(there.settings["REPLAY_CONFIG"])
    sources = json.loads(config.read_text())
    sources["raw"]["canary"] = {"topic": TOPIC, "consumerGroup": GROUP, "lines": 10, "minutes": minutes}
    config.write_text(json.dumps(sources))


def test_a_day_is_replayed_when_its_canary_was_read(there: Ground) -> None:
    """It is in the plan; the events are in the canary topic once."""
    cluster, topic = KafkaTopic(there.broker.bootstrap, {}), there.topic_prefix + TOPIC
    plan = there.replay("plan", *RUN[1:-2])
    assert f"canary: the first 10 events of a day go to {topic}" in " ".join(plan.out.split())
    with there.pipeline():
        runner = there.start(*RUN)

        def sent() -> dict[int, int]:
            assert runner.poll() is None, finish(runner)
            return {part: end for part, end in cluster.end_offsets(topic).items() if end}

        wait_until(lambda: bool(sent()), "the canary", 40)
        read(there, sent())
        done = finish(runner)
    assert (done.code, done.document["state"]) == (0, "completed"), done
    assert 10 <= sum(cluster.end_offsets(topic).values()) < 20


def test_a_canary_that_nobody_reads_leaves_the_day_as_it_is(there: Ground) -> None:
    """With who is behind, and what to look for."""
    set_canary(there, minutes=0.05)
    before = there.sink_blobs(DAY), there.used(), there.published()
    done = there.replay(*RUN)
    day = done.days[str(DAY)]
    assert (done.code, day["stage"], day["blobs_deleted"]) == (1, "restored", {})
    assert f"{GROUP} is" in day["error"]
    assert "offsets behind" in day["error"]
    assert (there.sink_blobs(DAY), there.used(), there.published()) == before


def read(there: Ground, ends: dict[int, int]) -> None:
    """The group reads up to there."""
    with closing(Consumer({"bootstrap.servers": there.broker.bootstrap, "group.id": GROUP})) as consumer:
        offsets = [TopicPartition(there.topic_prefix + TOPIC, part, end) for part, end in ends.items()]
        consumer.commit(offsets=offsets, asynchronous=False)
