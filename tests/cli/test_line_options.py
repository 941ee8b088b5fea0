"""A key, a filter, headers, and a line that cannot be sent: through the whole program, on real parts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import READER, Broker
from sandbox.world.sinks import gzip_lines, upload_all
from tests.cli.ground import DAY, Ground, ground

PUSH = ("--start-date", str(DAY), "--end-date", str(DAY), "--no-delete-backups", "--yes", "--json")
KEYED = [b'{"mid":"1","did":"a","kind":"LOG"}', b'{"mid":"2","kind":"LOG"}', b'{"mid":"3","did":"b","kind":"AUDIT"}\r']
BROKEN = b'{"mid":"4","did":'
LARGE = b'{"mid":"5","did":"c","kind":"LOG","x":"' + b"x" * 1_200_000 + b'"}'
NAME = f"options/{DAY}-1575230000000.json.gz"


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    with ground(azurite, broker, tmp_path) as made:
        upload_all(made.container, {NAME: gzip_lines([*KEYED, BROKEN, LARGE])})
        yield made


def configured(there: Ground, **keys: object) -> str:
    """A config with one source, which has these keys."""
    config = there.directory / "options.json"
    entry = {"outputKafkaTopic": "telemetry.valid", "dependentSinkSources": [], **keys}
    config.write_text(json.dumps({"options": entry}))
    return str(config)


def messages(there: Ground) -> list[Message]:
    consumer = Consumer(
        {"bootstrap.servers": there.broker.bootstrap, "group.id": "reader", "enable.partition.eof": True, **READER}
    )
    waiting = set(consumer.list_topics(timeout=20).topics[there.topic].partitions)
    consumer.assign([TopicPartition(there.topic, partition, 0) for partition in waiting])
    found = []
    while waiting:
        message = consumer.poll(20)
        assert message is not None, "the broker fell silent"
        error = message.error()
        if error is None:
            found.append(message)
        else:
            assert error.code() == KafkaError._PARTITION_EOF, error
            waiting.discard(int(message.partition() or 0))
    consumer.close()
    return found


def test_lines_are_keyed_filtered_marked_and_set_aside(there: Ground) -> None:
    """What is sent is what was stored, byte for byte; what cannot be is kept whole, and everything is counted."""
    config = configured(
        there,
        key="did",
        filters=[{"field": "kind", "equals": "LOG"}],
        headers=True,
        onBadLine="set-aside",
        checkSource="full",
    )
    done = there.replay("run", "options", *PUSH, REPLAY_CONFIG=config)
    assert done.code == 0, done
    day = done.days[str(DAY)]
    assert (day["lines_published"], day["filtered_lines"], day["set_aside_lines"]) == (2, 1, 2)
    assert "Set aside, whole, beside the journal: 2 lines" in done.err
    sent = {message.value(): (message.key(), dict(message.headers() or [])) for message in messages(there)}
    marks = {"replay-id": done.document["replay_id"].encode(), "replay-day": str(DAY).encode()}
    assert sent == {KEYED[0]: (b"a", marks), KEYED[1]: (None, marks)}
    aside = {name: there.state.download_blob(name).readall() for name in there.kept() if "/set-aside/" in name}
    assert sorted(aside.values()) == sorted([BROKEN, LARGE])
    assert all(NAME in name for name in aside)


@pytest.mark.parametrize(("options", "stage"), [((), "checked"), (("--check-source", "full"), "claimed")])
def test_a_line_that_cannot_be_sent_fails_the_day(there: Ground, options: tuple[str, ...], stage: str) -> None:
    """By default; a full check finds it one step earlier. Nothing is in the topic."""
    config = configured(there, key="did")
    done = there.replay("run", "options", *PUSH, *options, REPLAY_CONFIG=config)
    assert (done.code, f"Line 4 of {NAME}" in done.err) == (1, True), done
    (journal,) = (name for name in there.kept() if name.endswith("journal.jsonl"))
    entries = [json.loads(line) for line in there.state.download_blob(journal).readall().splitlines()]
    assert [entry["stage"] for entry in entries if entry["stage"]][-2] == stage
    assert messages(there) == []
