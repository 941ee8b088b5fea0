"""Everything started together: the parts, the container, the topics, and the settings that lead to them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.azurite import Azurite, azurite
from sandbox.druid.stand_in import Druid, druid
from sandbox.kafka.tansu import Broker, broker
from sandbox.valkey import Valkey, valkey
from sandbox.world.losses import Rules
from sandbox.world.pipeline import GROUP, Pipeline, running
from sandbox.world.sinks import TOPICS

CONTAINER = "telemetry-data"
STATE_CONTAINER = "replay-state"
TOPIC_PREFIX = "prod."
_DRUID_USERNAME, _DRUID_PASSWORD = "replay", "sandbox"


@dataclass(frozen=True, slots=True)
class World:
    """The running parts."""

    azurite: Azurite
    broker: Broker
    valkey: Valkey
    druid: Druid
    container: ContainerClient
    config: Path
    pipeline: Pipeline | None

    def environment(self) -> dict[str, str]:
        """Every setting of the engine, the bot and the worker but the Slack ones."""
        return {
            "REPLAY_CONFIG": str(self.config),
            "REPLAY_BUCKET": CONTAINER,
            "REPLAY_AZURE_CONNECTION_STRING": self.azurite.connection_string,
            "REPLAY_BROKER_LIST": self.broker.bootstrap,
            "REPLAY_TOPIC_PREFIX": TOPIC_PREFIX,
            "REPLAY_DRUID_URL": self.druid.url,
            "REPLAY_DRUID_USERNAME": _DRUID_USERNAME,
            "REPLAY_DRUID_PASSWORD": _DRUID_PASSWORD,
            "REPLAY_STATE_CONTAINER": STATE_CONTAINER,
            "REPLAY_REDIS_URL": self.valkey.url,
            # Its days of 2019 were stored a moment ago.
            "REPLAY_QUIET_MINUTES": "0",
        }


@contextmanager
def world(directory: Path, *, pipeline: bool = True, rules: Rules | None = None) -> Iterator[World]:
    """Run everything until the context ends; ``directory`` gets the logs and the config document.

    ``rules`` make the pipeline drop events, or write late.
    """
    with ExitStack() as parts:
        store = parts.enter_context(azurite(directory))
        kafka = parts.enter_context(broker(directory))
        redis = parts.enter_context(valkey(directory))
        segments = parts.enter_context(druid(username=_DRUID_USERNAME, password=_DRUID_PASSWORD))
        client = parts.enter_context(BlobServiceClient.from_connection_string(store.connection_string))
        container = client.create_container(CONTAINER)
        kafka.create_topics(TOPIC_PREFIX + topic for topic in TOPICS)
        refill = parts.enter_context(_downstream(store, kafka, segments, rules)) if pipeline else None
        yield World(store, kafka, redis, segments, container, _write_config(directory), refill)


@contextmanager
def _downstream(store: Azurite, kafka: Broker, segments: Druid, rules: Rules | None) -> Iterator[Pipeline]:
    pipeline = Pipeline(
        kafka.bootstrap,
        store.connection_string,
        CONTAINER,
        segments.state,
        topic_prefix=TOPIC_PREFIX,
        rules=rules,
    )
    with running(pipeline):
        yield pipeline


def _write_config(directory: Path) -> Path:
    """The shipped config document, told to wait for the downstream pipeline."""
    shipped = json.loads((files("replay_engine") / "replay_config.json").read_text())
    waiting = {name: entry | {"settle": [{"consumerGroup": GROUP}]} for name, entry in shipped.items()}
    config = directory / "replay_config.json"
    config.write_text(json.dumps(waiting, indent=2))
    return config
