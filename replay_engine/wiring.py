"""Settings -> the ports of the engine, with the adapters behind them. No connection is made here."""

from datetime import timedelta

from replay_engine.adapters.azure import blobs as azure_blobs
from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.adapters.druid.segments import DruidSegments
from replay_engine.adapters.id_reader_processes import IdReaderProcesses
from replay_engine.adapters.kafka.client import read_properties
from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.adapters.threads import BackgroundThread
from replay_engine.model import ReplaySpec
from replay_engine.ports import BlobStore, Clock, Publishers, Topic
from replay_engine.settings import Settings
from replay_engine.world import World

#: A day that was only seen to be refilled can be undone for so long, unless a person says otherwise.
_KEPT = timedelta(hours=24)


def store(settings: Settings, container: str) -> BlobStore:
    """A container of the account."""
    return AzureBlobs(azure_blobs.service(settings), container)


def data_store(settings: Settings, spec: ReplaySpec) -> BlobStore:
    """The container that a replay reads and clears."""
    return store(settings, spec.container)


def state_store(settings: Settings) -> BlobStore:
    """The container in which everything of ours is kept."""
    return store(settings, settings.state_container)


def topic(settings: Settings, spec: ReplaySpec) -> Topic:
    """The cluster that a replay publishes to."""
    return KafkaTopic(spec.broker_list, read_properties(settings.kafka_properties))


def world(settings: Settings, spec: ReplaySpec, publishers: Publishers, clock: Clock) -> World:
    """All that the steps of a replay are given."""
    account, kept = azure_blobs.service(settings), settings.keep_backups_for
    return World(
        data=AzureBlobs(account, spec.container),
        state=AzureBlobs(account, settings.state_container),
        segments=DruidSegments(settings) if settings.druid_url else None,
        topic=topic(settings, spec),
        clock=clock,
        background=BackgroundThread(),
        publishers=publishers,
        width=settings.store_concurrency,
        publishers_at_once=settings.publishers,
        shard_bytes=settings.shard_bytes,
        settle_timeout_seconds=settings.settle_timeout_seconds,
        landing_timeout_seconds=settings.landing_timeout_seconds,
        landing_patience_seconds=settings.landing_patience_seconds,
        days_landing=settings.days_landing,
        lease_seconds=settings.lease_seconds,
        keep_backups_for=_KEPT if kept is None else kept,
        keep_proved_for=kept or timedelta(0),
        outage_patience=settings.outage_patience,
        quiet=timedelta(minutes=settings.quiet_minutes),
        id_readers=IdReaderProcesses(),
    )
