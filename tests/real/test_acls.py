"""A Kafka user who may do exactly what docs/configuration.md asks for, and one who may not read the output topic.

The broker has everything else closed: each kind of resource has a rule for somebody else, so that what is not
allowed is denied, also where no rule names the resource. Only what the broker itself needs, and who prepares these
tests, is open.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.storage.blob import ContainerClient
from confluent_kafka.admin._acl import AclBinding, AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.errors import NotAllowed
from replay_engine.model import Delivery
from replay_engine.ports import Committed
from replay_engine.state import names
from sandbox.azurite import Azurite
from sandbox.kafka.apache import RealBroker, real_broker
from sandbox.processes import wait_until
from sandbox.world.sinks import blob_name, gzip_lines, upload_all
from tests.real.clients import ANSWER_SECONDS, admin
from tests.real.conftest import has_coordinators
from tests.real.stored_day import DAY, environment

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

both_deliveries = pytest.mark.parametrize("transactions", [True, False], ids=["exactly once", "at least once"])

REPLAY = "r20191201-101500-0a1b2c"
_AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}
_ALLOWED, _WITHOUT_READ = "allowed", "without-read"
#: Everybody here; the listeners know no names.
_USER, _SOMEBODY_ELSE = "User:ANONYMOUS", "User:somebody-else"

_Rule = tuple[ResourceType, str, ResourcePatternType, tuple[AclOperation, ...]]
_TO_PUBLISH = (AclOperation.WRITE, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS)
#: What docs/configuration.md asks for, and a topic that cannot be read.
_DOCUMENTED: tuple[_Rule, ...] = (
    (ResourceType.TOPIC, _ALLOWED, ResourcePatternType.LITERAL, (*_TO_PUBLISH, AclOperation.READ)),
    (ResourceType.TOPIC, _WITHOUT_READ, ResourcePatternType.LITERAL, _TO_PUBLISH),
    (
        ResourceType.TRANSACTIONAL_ID,
        "r2",
        ResourcePatternType.PREFIXED,
        (AclOperation.WRITE, AclOperation.DESCRIBE),
    ),
    (
        ResourceType.GROUP,
        "r2",
        ResourcePatternType.PREFIXED,
        (AclOperation.READ, AclOperation.DELETE, AclOperation.DESCRIBE),
    ),
)
#: For the broker itself, which is a client of its own controller, and to see the rules.
_CLUSTER: _Rule = (
    ResourceType.BROKER,
    "kafka-cluster",
    ResourcePatternType.LITERAL,
    (AclOperation.CLUSTER_ACTION, AclOperation.ALTER, AclOperation.ALTER_CONFIGS, AclOperation.DESCRIBE),
)


@pytest.fixture(scope="module")
def closed_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    """A broker with those rules."""
    with real_broker(tmp_path_factory.mktemp("closed-kafka"), _AUTHORIZER) as running:
        running.create_topics(["warm-up", _ALLOWED, _WITHOUT_READ], partitions=1)
        wait_until(lambda: has_coordinators(running), "the coordinators")
        _allow(running, [_rule(*rule, _USER) for rule in (_CLUSTER, *_DOCUMENTED)])
        everything = (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID)
        closed = ((kind, "*", ResourcePatternType.LITERAL, (AclOperation.ALL,)) for kind in everything)
        _allow(running, [_rule(*rule, _SOMEBODY_ELSE) for rule in closed])
        yield running


@pytest.fixture
def cluster(closed_broker: RealBroker) -> KafkaTopic:
    return KafkaTopic(closed_broker.bootstrap, {})


@both_deliveries
def test_what_is_documented_is_enough(cluster: KafkaTopic, transactions: bool) -> None:
    """To look at the topic, try it, publish, find positions and ends, and forget the positions."""
    facts = cluster.check(_ALLOWED)
    assert (facts.partitions, facts.max_line_bytes is not None) == (1, True)
    assert cluster.has_transactions(names.preflight_group(REPLAY), _ALLOWED)
    before = cluster.end_offsets(_ALLOWED)[0]
    group = f"{names.shard_group(REPLAY, DAY, 0)}-{uuid4().hex}"
    producer = cluster.producer(_ALLOWED, group, facts, transactions=transactions, headers={})
    try:
        assert producer.begin() is None
        producer.send([b"one", b"two"])
        producer.commit(Committed(2, "note"))
    finally:
        producer.close()
    assert cluster.end_offsets(_ALLOWED)[0] >= before + 2
    assert cluster.holds_message(_ALLOWED, 0, before, before + 1)
    assert cluster.committed(group, _ALLOWED) == {0: 2}
    cluster.forget([group])
    assert cluster.committed(group, _ALLOWED) == {}


def test_a_position_is_tried_and_forgotten(cluster: KafkaTopic) -> None:
    """What the preflight of a replay without transactions does leaves nothing."""
    _check_positions(cluster, _ALLOWED)
    assert cluster.committed(names.preflight_group(REPLAY), _ALLOWED) == {}


def test_no_other_name_is_allowed(cluster: KafkaTopic) -> None:
    """The rules of these tests are closed: a transactional id that begins otherwise is denied."""
    with pytest.raises(NotAllowed):
        cluster.has_transactions("other.preflight", _ALLOWED)


def test_without_read_the_preflight_refuses_transactions(cluster: KafkaTopic) -> None:
    """A position in a transaction needs it."""
    with pytest.raises(NotAllowed):
        cluster.has_transactions(names.preflight_group(REPLAY), _WITHOUT_READ)


def test_without_read_the_preflight_refuses_positions(cluster: KafkaTopic) -> None:
    """And so does one without a transaction."""
    with pytest.raises(NotAllowed):
        _check_positions(cluster, _WITHOUT_READ)


@pytest.mark.parametrize("delivery", [Delivery.EXACTLY_ONCE, Delivery.AT_LEAST_ONCE])
def test_without_read_nothing_is_cleared(
    delivery: Delivery, closed_broker: RealBroker, azurite: Azurite, container: ContainerClient, tmp_path: Path
) -> None:
    """Whatever is to be delivered, the day ends before the first delete: its files keep their very ETags."""
    lines = [b'{"mid":"%d","ets":1575200000000}' % number for number in range(100)]
    upload_all(
        container, {blob_name(folder, DAY, 1_575_300_000_000): gzip_lines(lines) for folder in ("raw", "unique")}
    )
    before = _etags(container)
    config = tmp_path / "replay_config.json"
    sinks = [{"type": "azure", "prefix": "unique"}]
    config.write_text(json.dumps({"raw": {"outputKafkaTopic": _WITHOUT_READ, "dependentSinkSources": sinks}}))
    found = _run(
        {**environment(azurite, closed_broker, container), "REPLAY_CONFIG": str(config)}, "--delivery", str(delivery)
    )
    assert found.returncode != 0, found.stdout
    assert "Kafka does not allow" in found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    assert _etags(container) == before, "the day was cleared, and then found not to be allowed"


def _check_positions(cluster: KafkaTopic, topic: str) -> None:
    checking: Any = cluster
    checking.check_positions(names.preflight_group(REPLAY), topic)


def _rule(
    kind: ResourceType, name: str, pattern: ResourcePatternType, operations: tuple[AclOperation, ...], user: str
) -> list[AclBinding]:
    return [AclBinding(kind, name, pattern, user, "*", operation, AclPermissionType.ALLOW) for operation in operations]


def _allow(broker: RealBroker, rules: list[list[AclBinding]]) -> None:
    """Returns when the broker goes by them."""
    client = admin(broker)
    wanted = [binding for rule in rules for binding in rule]
    for created in client.create_acls(wanted, request_timeout=ANSWER_SECONDS).values():
        created.result()
    any_text: Any = None
    anything = AclBindingFilter(
        ResourceType.ANY,
        any_text,
        ResourcePatternType.ANY,
        any_text,
        any_text,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    there = lambda: set(wanted) <= set(client.describe_acls(anything).result(ANSWER_SECONDS))  # noqa: E731
    wait_until(there, "the new rules")


def _etags(container: ContainerClient) -> dict[str, str]:
    return {blob.name: str(blob.etag) for blob in container.list_blobs()}


def _run(settings: dict[str, str], *args: str) -> "subprocess.CompletedProcess[str]":
    """A whole replay of the day, by the command line."""
    days = ("--start-date", str(DAY), "--end-date", str(DAY))
    return subprocess.run(
        [sys.executable, "-m", "replay_engine", "run", "raw", *days, *args, "--yes", "--json"],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
