"""The downstream pipeline refills the sinks of each topic, and its offsets never promise what has not landed."""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

import pytest
from azure.storage.blob import ContainerClient
from confluent_kafka import Consumer, Producer, TopicPartition

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import Broker
from sandbox.processes import PartFailedError, wait_until
from sandbox.world.pipeline import GROUP, Pipeline, running
from sandbox.world.sinks import RAW, SINK, VALID, WORKFLOW_SUMMARY
from sandbox.world.telemetry import Event, batches, events, parse_lines, summaries

DAY, OTHER_DAY = date(2019, 12, 1), date(2019, 12, 2)
LINES = events(DAY, 40)
EVENTS = parse_lines(LINES)


@pytest.fixture
def pipeline(azurite: Azurite, broker: Broker, container: ContainerClient, druid: Druid, topic_prefix: str) -> Pipeline:
    """Not started yet: a test runs it when it wants to."""
    return Pipeline(
        broker.bootstrap,
        azurite.connection_string,
        container.container_name,
        druid.state,
        topic_prefix=topic_prefix,
        quiet_seconds=0.1,
    )


@pytest.fixture
def offsets(broker: Broker) -> Iterator[Consumer]:
    """A client that only looks at the group's offsets."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": GROUP})
    yield consumer
    consumer.close()


def publish(broker: Broker, topic: str, lines: Iterable[bytes], *, transaction: str = "") -> None:
    settings: dict[str, str | int | float | bool] = {"bootstrap.servers": broker.bootstrap}
    if transaction:
        settings["transactional.id"] = transaction
    producer = Producer(settings)
    if transaction:
        producer.init_transactions(30)
        producer.begin_transaction()
    for line in lines:
        producer.produce(topic, line)
    if transaction:
        producer.commit_transaction(30)
    assert producer.flush(30) == 0


def wait_landed(pipeline: Pipeline, count: int) -> None:
    def landed() -> bool:
        pipeline.check()
        return pipeline.landed_events >= count

    wait_until(landed, "landing", 30)


def stored(container: ContainerClient, folder: str) -> Counter[bytes]:
    """The lines in the files under a folder, each as often as it is there."""
    names = [blob.name for blob in container.list_blobs(name_starts_with=folder + "/")]
    contents = [gzip.decompress(container.download_blob(name).readall()) for name in names]
    return Counter(line for content in contents for line in content.split(b"\n")[:-1])


def lines_of(found: Iterable[Event], channel: str = "", kind: str = "raw") -> Counter[bytes]:
    return Counter(
        e.line
        for e in found
        if (not channel or e.channel == channel) and (e.eid == WORKFLOW_SUMMARY) == (kind == "summary")
    )


@pytest.mark.parametrize(
    ("topic", "on_the_way"), [(RAW, ["raw", "unique"]), (VALID, ["unique"]), (SINK, [])], ids=[RAW, VALID, SINK]
)
def test_each_topic_fills_its_sinks(
    pipeline: Pipeline,
    broker: Broker,
    container: ContainerClient,
    druid: Druid,
    topic_prefix: str,
    topic: str,
    on_the_way: list[str],
) -> None:
    """Every event is once, byte for byte, in each folder the topic leads to, and in one datasource by its kind."""
    publish(broker, topic_prefix + topic, LINES)
    with running(pipeline):
        wait_landed(pipeline, len(LINES))
    for folder in on_the_way:
        assert stored(container, folder) == Counter(LINES)
    for kind in ("raw", "summary"):
        assert stored(container, f"telemetry-denormalized/{kind}") == lines_of(EVENTS, kind=kind)
        for channel in {e.channel for e in EVENTS}:
            assert stored(container, f"channel/{channel}/{kind}") == lines_of(EVENTS, channel, kind)
    assert sorted(druid.state.rows("telemetry-log-events", DAY)) == sorted(e.mid for e in EVENTS if e.eid == "LOG")
    everywhere = [row for name in druid.state.datasources() for row in druid.state.rows(name, DAY)]
    assert sorted(everywhere) == sorted(e.mid for e in EVENTS)
    folders = {blob.name.split("/")[0] for blob in container.list_blobs()}
    assert folders == {*on_the_way, "channel", "telemetry-denormalized"}


def test_files_are_named_by_sync_day(
    pipeline: Pipeline, broker: Broker, container: ContainerClient, topic_prefix: str
) -> None:
    """Events of two days published together are in files of their own days, which overwrite nothing."""
    lines = [*events(DAY, 5), *events(OTHER_DAY, 5)]
    publish(broker, topic_prefix + VALID, lines)
    with running(pipeline):
        wait_landed(pipeline, 10)
        publish(broker, topic_prefix + VALID, lines)
        wait_landed(pipeline, 20)
    for day in (DAY, OTHER_DAY):
        assert stored_day(container, day) == Counter(events(day, 5) * 2)


def stored_day(container: ContainerClient, day: date) -> Counter[bytes]:
    names = [blob.name for blob in container.list_blobs(name_starts_with=f"unique/{day}-")]
    contents = [gzip.decompress(container.download_blob(name).readall()) for name in names]
    return Counter(line for content in contents for line in content.split(b"\n")[:-1])


def test_batches_are_unpacked(
    pipeline: Pipeline, broker: Broker, container: ContainerClient, druid: Druid, topic_prefix: str
) -> None:
    """A line of ``ingest`` becomes its events."""
    publish(broker, topic_prefix + RAW, batches(LINES, 15))
    with running(pipeline):
        wait_landed(pipeline, len(LINES))
    mids = [e.mid for e in parse_lines(list(stored(container, "raw").elements()))]
    assert sorted(mids) == sorted(e.mid for e in EVENTS)


def test_derived_summaries_go_to_their_own_datasource_and_folders(
    pipeline: Pipeline, broker: Broker, container: ContainerClient, druid: Druid, topic_prefix: str
) -> None:
    """What ``wfs`` holds lands in ``summary-events``, in no other datasource, and in the folders of summaries only."""
    lines = summaries(DAY, 5)
    publish(broker, topic_prefix + SINK, lines)
    with running(pipeline):
        wait_landed(pipeline, 5)
    assert druid.state.datasources() == ["summary-events"]
    assert sorted(druid.state.rows("summary-events", DAY)) == sorted(e.mid for e in parse_lines(lines))
    assert stored(container, "telemetry-denormalized/summary") == Counter(lines)
    assert {blob.name.split("/")[-2] for blob in container.list_blobs()} == {"summary"}


def test_offsets_reach_the_end_of_a_transaction(
    pipeline: Pipeline, broker: Broker, container: ContainerClient, offsets: Consumer, topic_prefix: str
) -> None:
    """The committed offsets pass a transaction's markers too, so that waiting for the end of the topic ends."""
    topic = topic_prefix + VALID
    publish(broker, topic, LINES, transaction=topic)
    partitions = [TopicPartition(topic, number) for number in (0, 1)]
    ends = [offsets.get_watermark_offsets(p, timeout=30)[1] for p in partitions]
    assert sum(ends) > len(LINES)

    def passed() -> bool:
        pipeline.check()
        return [p.offset for p in offsets.committed(partitions, timeout=30)] == ends

    with running(pipeline):
        wait_until(passed, "the commit of everything", 30)
    assert stored(container, "unique") == Counter(LINES)


def test_a_successor_goes_on_where_it_ended(
    pipeline: Pipeline,
    azurite: Azurite,
    broker: Broker,
    container: ContainerClient,
    druid: Druid,
    topic_prefix: str,
) -> None:
    """What one pipeline has written and committed, the next one does not write again."""
    publish(broker, topic_prefix + VALID, LINES[:20])
    with running(pipeline):
        wait_landed(pipeline, 20)
    successor = Pipeline(
        broker.bootstrap,
        azurite.connection_string,
        container.container_name,
        druid.state,
        topic_prefix=topic_prefix,
        quiet_seconds=0.1,
    )
    publish(broker, topic_prefix + VALID, LINES[20:])
    with running(successor):
        wait_landed(successor, 20)
    assert stored(container, "unique") == Counter(LINES)


def test_what_cannot_be_written_is_not_committed(
    pipeline: Pipeline, broker: Broker, container: ContainerClient, offsets: Consumer, topic_prefix: str
) -> None:
    """A pipeline that cannot write dies visibly, and its offsets do not claim that anything landed."""
    topic = topic_prefix + VALID
    publish(broker, topic, LINES)
    container.delete_container()
    pipeline.start()
    wait_until(lambda: pipeline.failure is not None, "the end of the pipeline", 30)
    with pytest.raises(PartFailedError, match="the downstream pipeline died"):
        pipeline.stop()
    partitions = [TopicPartition(topic, number) for number in (0, 1)]
    assert all(p.offset <= 0 for p in offsets.committed(partitions, timeout=30))
