"""Settings -> adapters -> plan, run, resume, status: the facade that bot and CLI share."""

import getpass
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from replay_engine import catalog, names, plan_document, planning, request
from replay_engine.adapters import azure_blobs
from replay_engine.adapters.azure_blobs import AzureBlobs
from replay_engine.adapters.background_thread import BackgroundThread
from replay_engine.adapters.druid_segments import DruidSegments
from replay_engine.adapters.kafka_client import read_properties
from replay_engine.adapters.kafka_topic import KafkaTopic
from replay_engine.adapters.local_publishers import LocalPublishers
from replay_engine.adapters.system_clock import SystemClock
from replay_engine.catalog import Catalog
from replay_engine.day import World
from replay_engine.errors import CannotProceed, InDoubt, NotThere, Refused, Superseded, TryAgain, Unreachable
from replay_engine.journal import read_document
from replay_engine.model import Counts, Pace, Plan, ReplayReport, ReplaySpec, ReplayState, Request
from replay_engine.orders import order_pace, ordered_pace
from replay_engine.ports import BlobExists, BlobStore, Group, Publishers
from replay_engine.publishing import Orders
from replay_engine.replay import Walk, Watch
from replay_engine.settings import Settings
from replay_engine.shard_work import Desk, work


class Engine:
    """The engine, bound to one set of settings. Knows no Slack, no RQ, no Redis."""

    def __init__(
        self, settings: Settings, config: Path | None = None, by: str = "", publishers: Publishers | None = None
    ) -> None:
        """Load the config document; no connection is made yet. ``by`` names the person in journals and locks.

        ``publishers`` are where shards are published; by default processes of this machine.
        """
        self._publishers = publishers or LocalPublishers(settings.publishers)
        self._runner = f"{by or _person()} at {socket.gethostname()}:{os.getpid()}"
        self.settings = settings
        self.catalog: Catalog = catalog.load(config or settings.config)
        self._clock = SystemClock()

    def resolve(self, asked: Request) -> ReplaySpec:
        """Check what can be checked without looking at the world; `BadRequest` names the field."""
        return request.resolve(asked, self.catalog, self.settings)

    def plan(self, asked: Request, replay_id: str | None = None) -> Plan:
        """Look, and say what would be done. Writes nothing; any trouble is a `Refused`."""
        spec = self.resolve(asked)
        with _nothing_touched():
            return planning.make_plan(spec, self._world(spec), replay_id or self.new_id())

    def new_id(self) -> str:
        """A fresh replay id."""
        return names.new_replay_id(self._clock.now())

    def keep(self, plan: Plan) -> None:
        """Freeze a plan in the state container; keeping the same one twice is harmless."""
        state = self._state()
        try:
            with _nothing_touched():
                state.ensure()
                with suppress(BlobExists):
                    state.create(names.open_mark(plan.replay_id), b"")
                state.create(names.plan(plan.replay_id), plan_document.dump(plan))
        except BlobExists:
            if self.kept(plan.replay_id).hash != plan.hash:
                raise Refused(f"Replay {plan.replay_id} already has another plan.", advice="Plan anew.") from None

    def kept(self, replay_id: str) -> Plan:
        """The frozen plan of a replay; `NotThere` if there is none."""
        document = read_document(self._state(), names.plan(replay_id)) if names.is_replay_id(replay_id) else None
        if document is None:
            raise NotThere(f"There is no replay {replay_id}.", advice="See: replay status")
        return plan_document.load(document)

    def run(self, plan: Plan, watch: Watch) -> ReplayReport:
        """Carry a kept plan as far as it goes; what was held stays held."""
        return self._walk(plan, watch).run()

    def resume(self, replay_id: str, watch: Watch, *, take_over: bool = False) -> ReplayReport:
        """Carry a replay on because a person says so: held days too.

        ``take_over`` does not wait for another runner's lease but ends it.
        """
        return self._walk(self.kept(replay_id), watch, take_over=take_over).run(release_held=True)

    def restore(self, replay_id: str, day: date, watch: Watch) -> ReplayReport:
        """Turn one day back, or finish a restore that could not be finished."""
        return self._walk(self.kept(replay_id), watch).turn_back(day, self._runner)

    def undo(self, replay_id: str, day: date, watch: Watch) -> ReplayReport:
        """Put the old sinks of a closed day back while its backup is kept."""
        return self._walk(self.kept(replay_id), watch).undo(day, self._runner)

    def release(self, replay_id: str, day: date) -> ReplayReport:
        """Give up the locks of a held day; the person has taken care of it."""
        return self._walk(self.kept(replay_id), Nobody()).let_go(day, self._runner)

    def cancel(self, replay_id: str) -> None:
        """Ask whichever process runs a replay to stop at the next safe point."""
        self._walk(self.kept(replay_id), Nobody()).ask_to_stop()

    def publish_shard(
        self, replay_id: str, day: date, shard: int, of: int, orders: Orders, said: Callable[[Counts], None]
    ) -> Counts:
        """Be one publisher of a day that was cut into ``of`` shards, and say what is committed as it grows.

        Returns the counts of the whole shard. Raises the `ReplayError` that a run acts upon, `Stopped` when told to.
        """
        plan = self.kept(replay_id)
        data = AzureBlobs(azure_blobs.service(self.settings), plan.spec.container)
        often = timedelta(seconds=self.settings.commit_seconds)
        desk = Desk(data, self._state(), self._topic(plan.spec), self._clock, commit_interval=often)
        return work(desk, plan, day, shard, of, orders, said)

    def pace(self, replay_id: str) -> Pace:
        """How fast a replay may publish, as last ordered."""
        return ordered_pace(self._state(), self.kept(replay_id).replay_id)

    def set_pace(self, replay_id: str, pace: Pace) -> None:
        """Order it; whoever runs the replay keeps to it within seconds."""
        order_pace(self._state(), self.kept(replay_id).replay_id, pace, self._runner)

    def unpause(self, replay_id: str) -> bool:
        """Let a paused replay go on; false if it was not paused."""
        pace = self.pace(replay_id)
        if pace.paused:
            self.set_pace(replay_id, replace(pace, paused=False))
        return pace.paused

    def sweep(self) -> int:
        """Delete kept backups whose time is over; returns how many copies that were."""
        deleted = 0
        for replay_id in self._open():
            with suppress(InDoubt, Superseded):
                deleted += self._walk(self.kept(replay_id), Nobody()).sweep()
        return deleted

    def status(self, replay_id: str) -> ReplayReport:
        """How a replay stands by its journals. Writes nothing."""
        return self._walk(self.kept(replay_id), Nobody()).standing()

    def replays(self) -> Iterator[str]:
        """The ids of all replays that were ever confirmed, oldest first."""
        state = self._state()
        if state.exists():
            for entry in state.walk(f"{names.STATE}/", "/"):
                replay_id = names.replay_of_folder(entry.prefix) if isinstance(entry, Group) else None
                if replay_id and state.head(names.plan(replay_id)) is not None:
                    yield replay_id

    def interrupted(self) -> Iterator[str]:
        """Replays that were confirmed, are not finished, and that nobody carries on.

        One that cannot be read waits for a person, and does not keep the others.
        """
        for replay_id in self._open():
            with suppress(InDoubt):
                if self.status(replay_id).state is ReplayState.INTERRUPTED:
                    yield replay_id

    def _open(self) -> Iterator[str]:
        """Replays that are not known to need nobody any more: few, however many there ever were."""
        state = self._state()
        if state.exists():
            for mark in state.list(names.open_mark("")):
                replay_id = names.replay_of_mark(mark.name)
                if state.head(names.plan(replay_id)) is not None:
                    yield replay_id

    def _walk(self, plan: Plan, watch: Watch, *, take_over: bool = False) -> Walk:
        return Walk(plan, self._world(plan.spec), watch, self._runner, take_over=take_over)

    def _state(self) -> BlobStore:
        return AzureBlobs(azure_blobs.service(self.settings), self.settings.state_container)

    def _topic(self, spec: ReplaySpec) -> KafkaTopic:
        return KafkaTopic(spec.broker_list, read_properties(self.settings.kafka_properties))

    def _world(self, spec: ReplaySpec) -> World:
        account = azure_blobs.service(self.settings)
        return World(
            data=AzureBlobs(account, spec.container),
            state=AzureBlobs(account, self.settings.state_container),
            segments=DruidSegments(self.settings) if self.settings.druid_url else None,
            topic=self._topic(spec),
            clock=self._clock,
            background=BackgroundThread(),
            publishers=self._publishers,
            width=self.settings.store_concurrency,
            publishers_at_once=self.settings.publishers,
            shard_bytes=self.settings.shard_bytes,
            landing_timeout_seconds=self.settings.settle_timeout_seconds,
            lease_seconds=self.settings.lease_seconds,
            keep_backups_for=self.settings.keep_backups_for,
        )


@contextmanager
def _nothing_touched() -> Iterator[None]:
    """Whatever goes wrong before the first act is a refusal."""
    try:
        yield
    except TryAgain as error:
        raise Unreachable(error.message, advice=error.advice) from error
    except (CannotProceed, InDoubt) as error:
        raise Refused(error.message, advice=error.advice) from error


def _person() -> str:
    """The account that runs this process; a container's may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


class Nobody:
    """Watches without looking, and never asks to stop."""

    def saw(self, report: ReplayReport) -> None:
        """Nobody looks on."""

    def cancelled(self) -> bool:
        """Nobody asks to stop."""
        return False
