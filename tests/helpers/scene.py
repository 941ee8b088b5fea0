"""A small platform in memory, and one replay on it: what most tests of the engine play on."""

import gzip
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from replay_engine.day.context import Day
from replay_engine.day.recall import Standing, recall
from replay_engine.day.replay import ReplayRunner
from replay_engine.model import LandingWait, Pace, Plan, ReplaySpec, Sink, SinkType
from replay_engine.plan import document as plan_document
from replay_engine.plan.planning import make_plan
from replay_engine.ports import BlobStore, Topic
from replay_engine.publish.shard_inputs import ShardInputs
from replay_engine.reports import ReplayReport
from replay_engine.state import names
from replay_engine.state.journal import Journal
from replay_engine.world import World
from tests.fakes.account import Account
from tests.fakes.background import MemoryBackground
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.clock import MemoryClock
from tests.fakes.downstream import GROUP, Downstream
from tests.fakes.publishers import MemoryPublishers
from tests.fakes.segments import MemorySegments
from tests.fakes.topics import MemoryTopic

DATA, STATE, TOPIC = "telemetry-data", "replay-state", "prod.telemetry.valid"
REPLAY, OTHER_REPLAY = "r20200110-083000-000001", "r20200110-083000-000002"
DAY, NEXT, THIRD = date(2019, 12, 1), date(2019, 12, 2), date(2019, 12, 3)
SECOND_SOURCE = f"raw/{DAY}-1-1575224000000.json.gz"
EVENTS = "telemetry-events"
SINKS = (Sink(SinkType.AZURE, "unique"), Sink(SinkType.AZURE, "channel"), Sink(SinkType.DRUID, EVENTS))
LANDING_FOLDERS = ("unique", "channel/in.ekstep/raw", "channel/8f3a12bc-4a/summary")


def lines_of(day: date, count: int = 40) -> list[bytes]:
    """A day's events, as stored: numbers that must not be reformatted, bytes that are no text."""
    return [f'{{"mid":"{day}:{number}","ets":1.566239401226E12}}'.encode() + b"\xff\x00" for number in range(count)]


class Onlooker:
    """A `Watch` that remembers, and does what it was told to when a step is about to be taken."""

    def __init__(self, **when: Callable[[], object]) -> None:
        self.seen: list[ReplayReport] = []
        self.stopped = False
        self._when = when

    def when(self, step: str, act: Callable[[], object]) -> None:
        """Do that when the step is about to be taken."""
        self._when[step] = act

    def saw(self, report: ReplayReport) -> None:
        self.seen.append(report)
        for step in [day.step for day in report.days if day.step in self._when]:
            self._when.pop(step)()

    def cancelled(self) -> bool:
        return self.stopped

    def stop(self) -> None:
        self.stopped = True

    def steps(self) -> list[str]:
        """The steps that were taken, in order, each once however often it was seen."""
        steps = [day.step for report in self.seen for day in report.days if day.step]
        return list(dict.fromkeys(steps))


def stopping_at(step: str) -> Onlooker:
    """A person asks to stop when that step is about to be taken."""
    watch = Onlooker()
    watch.when(step, watch.stop)
    return watch


@dataclass
class Scene:
    """The platform, before anything was replayed."""

    days: Sequence[date] = (DAY,)
    account: Account = field(default_factory=lambda: Account({DATA: {}, STATE: {}}))
    clock: MemoryClock = field(default_factory=MemoryClock)
    segments: MemorySegments = field(default_factory=MemorySegments)
    cluster: MemoryTopic = field(default_factory=lambda: MemoryTopic([TOPIC]))
    stores: Callable[[BlobStore], BlobStore] = lambda store: store

    width: int = 2
    keep_backups_for: timedelta = timedelta(0)
    days_landing: int = 3
    outage_patience: timedelta = timedelta(hours=6)
    quiet_minutes: float = 0
    plans: dict[str, Plan] = field(default_factory=dict)
    before_shard: Callable[[int], object] = lambda _: None
    """What happens when a publisher begins with a shard."""
    lost: dict[str, bytes] = field(default_factory=dict)
    """What a test took away, to bring it back."""
    _held: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.account.now = self.clock.now
        for day in (*self.days, self.days[0] - timedelta(days=1), self.days[-1] + timedelta(days=1)):
            self._seed(day)
        for name in (
            "raw-archive/2019-12-01-1.json.gz",
            "unique_old/2019-12-01-1.json.gz",
            "channel/audit-2019-12-01.csv",
        ):
            self.account.put(DATA, name, name.encode())
        self.before = self.stored()
        self.segments_before = self.used()

    def _seed(self, day: date) -> None:
        lines = lines_of(day)
        for number, part in enumerate((lines[:25], lines[25:])):
            self.account.put(
                DATA, f"raw/{day}-{number}-1575224000000.json.gz", gzip.compress(b"\n".join(part), mtime=0)
            )
        for folder in LANDING_FOLDERS:
            for number in range(2):
                name, has_md5 = f"{folder}/{day}-157522400000{number}.json.gz", number == 0
                self.account.put(DATA, name, name.encode() * 9, has_md5=has_md5)
        for number in range(2):
            self.segments.state.add_segment(EVENTS, day, day + timedelta(days=1), rows=[f"old {number}"])

    def world(self, topic: Topic | None = None) -> World:
        """The ports of a runner and its publishers."""
        data, state = self.stores(MemoryBlobs(self.account, DATA)), self.stores(MemoryBlobs(self.account, STATE))
        topic = topic or self.cluster
        return World(
            data=data,
            state=state,
            segments=self.segments,
            topic=topic,
            clock=self.clock,
            background=MemoryBackground(self.clock),
            publishers=MemoryPublishers(
                ShardInputs(data, state, topic, self.clock, iter), self.plans.__getitem__, self.before_shard
            ),
            width=self.width,
            publishers_at_once=self.width,
            shard_bytes=1,
            settle_timeout_seconds=60.0,
            landing_timeout_seconds=3600.0,
            landing_patience_seconds=60.0,
            days_landing=self.days_landing,
            lease_seconds=30,
            keep_backups_for=self.keep_backups_for,
            keep_proved_for=self.keep_backups_for,
            outage_patience=self.outage_patience,
            quiet=timedelta(minutes=self.quiet_minutes),
        )

    def spec(self) -> ReplaySpec:
        """What is asked for."""
        return ReplaySpec(
            source="raw",
            container=DATA,
            folder="raw",
            file_path=None,
            days=tuple(self.days),
            topic=TOPIC,
            broker_list="broker:9092",
            delete_backups=True,
            sinks=SINKS,
            landing_waits=(LandingWait(GROUP, TOPIC),),
        )

    def plan(self, replay_id: str = REPLAY, spec: ReplaySpec | None = None) -> Plan:
        """Look at it now."""
        plan = make_plan(spec or self.spec(), self.world(), replay_id)
        self.plans[replay_id] = plan
        return plan

    def keep(self, plan: Plan) -> Plan:
        """Freeze it, as it is when somebody confirms it: other replays can read it then."""
        self.account.put(STATE, names.plan(plan.replay_id), plan_document.dump(plan))
        return plan

    def pushing_plan(self, replay_id: str = REPLAY) -> Plan:
        """A plan that deletes nothing."""
        return self.plan(replay_id, replace(self.spec(), delete_backups=False))

    def walk(self, plan: Plan, watch: Onlooker | None = None) -> ReplayRunner:
        """A new runner, as after a death: it knows only what is stored."""
        self._held.close()
        return ReplayRunner(plan, self.world(), watch or Onlooker(), "the test")

    def day(self, plan: Plan, watch: Onlooker | None = None, progressed: Callable[[Any], None] | None = None) -> Day:
        """The first day of a plan, as its steps see it."""
        world, first = self.world(), plan.days[0]
        return Day(
            replay_id=plan.replay_id,
            spec=plan.spec,
            plan=first,
            world=world,
            journal=self.hold(Journal(world.state, names.journal(plan.replay_id, first.day), world.clock)),
            runner="the test",
            cancelled=(watch or Onlooker()).cancelled,
            progressed=progressed or (lambda _: None),
            waiting=lambda _: None,
            pace=Pace,
        )

    def hold(self, journal: Journal) -> Journal:
        """Become the runner of a journal, whoever was before, until the test ends."""
        self._held.enter_context(journal.held(30, MemoryBackground(self.clock), take_over=True))
        return journal

    def refill(self, day: date = DAY) -> Downstream:
        """The pipeline after the topic; from now on it lands what was published whenever time passes."""
        pipeline = Downstream(self.account, DATA, self.segments.state, self.cluster, TOPIC, day)
        pipeline.folders, pipeline.datasources = LANDING_FOLDERS, (EVENTS,)
        self.clock.at_sleep.append(pipeline.land)
        return pipeline

    def standing(self, plan: Plan, day: date = DAY) -> Standing:
        """Where a day stands by its journal."""
        journal = Journal(MemoryBlobs(self.account, STATE), names.journal(plan.replay_id, day), self.clock)
        return recall(journal.entries)

    def stored(self, prefix: str = "") -> dict[str, bytes]:
        """The platform's blobs."""
        return self.account.contents(DATA, prefix)

    def sinks(self, day: date = DAY) -> dict[str, bytes]:
        """The day's blobs in the sinks."""
        return {
            name: data
            for name, data in self.stored().items()
            if names.day_of(name) == day and name.startswith(("unique/", "channel/"))
        }

    def kept(self, prefix: str) -> dict[str, bytes]:
        """What lies in the state container below one of our own folders."""
        return self.account.contents(STATE, prefix)

    def used(self) -> list[str]:
        """The used segments, of all days."""
        return [segment.id for segment in self.segments.state.used(EVENTS)]

    def used_of(self, day: date = DAY) -> list[str]:
        """The used segments of one day."""
        return [segment_id for segment_id in self.used() if segment_id.startswith(f"{EVENTS}_{day}")]

    def published(self) -> list[bytes]:
        """What is in the topic."""
        return sorted(self.cluster.lines(TOPIC))


def refilled(scene: Scene) -> Plan:
    """A plan that waits for no group; its sinks are refilled whenever time passes."""
    scene.refill()
    return scene.plan(spec=replace(scene.spec(), landing_waits=()))
