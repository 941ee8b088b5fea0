"""The `SegmentStore` contract: of the adapter on the Druid stand-in, and of the one in memory (real: tests/real)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from replay_engine.adapters.druid.segments import DruidSegments
from replay_engine.settings import Settings
from sandbox.druid.stand_in import ETERNITY, Druid, DruidStandIn, druid
from sandbox.druid.state import Task
from tests.adapters.segment_contract import DAY, NEXT, Ground, SegmentStoreContract
from tests.fakes.segments import MemorySegments

EVENTS, OTHERS = "telemetry-events", "telemetry-log-events"


@dataclass(slots=True)
class StandInWorld:
    """The contract's world, done to the stand-in's state."""

    state: DruidStandIn
    _versions: int = field(default=0)

    def append(self, datasource: str, start: date, end: date) -> str:
        return self.state.add_segment(datasource, start, end).id

    def append_of_all_time(self, datasource: str) -> str:
        return self.state.add_segment(datasource, *ETERNITY).id

    def write_anew(self, datasource: str, day: date, partitions: int) -> Sequence[str]:
        self._versions += 1
        version = f"2020-01-{self._versions:02}T00:00:00.000Z"
        made = range(partitions)
        end = day + timedelta(days=1)
        return [
            self.state.add_segment(datasource, day, end, version=version, core_partitions=partitions).id for _ in made
        ]

    def begin(self, datasource: str, kind: str) -> str:
        task = Task(f"{kind}_{datasource}", kind, datasource)
        self.state.tasks.append(task)
        return task.id


@pytest.fixture(scope="module")
def nodes() -> Iterator[dict[str, Druid]]:
    with druid() as new, druid(username="replay", password="replay", version="0.22.1") as old:
        yield {"druid": new, "druid 0.22 with a password": old}


@pytest.fixture(params=["druid", "druid 0.22 with a password", "memory"])
def ground(request: pytest.FixtureRequest, nodes: dict[str, Druid]) -> Ground:
    if request.param == "memory":
        memory = MemorySegments()
        return Ground(memory, StandInWorld(memory.state), EVENTS, OTHERS)
    node = nodes[request.param]
    # One server for all tests here, each with a state of its own.
    node.state.__init__()  # type: ignore[misc]
    settings = {"druid_url": node.url, "druid_username": node.username, "druid_password": node.password}
    return Ground(DruidSegments(Settings.model_validate(settings)), StandInWorld(node.state), EVENTS, OTHERS)


class TestSegmentStore(SegmentStoreContract):
    """On the three."""


def test_no_segment_is_ever_killed(ground: Ground) -> None:
    """Marked unused they stay where they are."""
    world = ground.world
    assert isinstance(world, StandInWorld)
    old = [world.append(EVENTS, DAY, NEXT) for _ in range(3)]
    ground.port.mark_unused(EVENTS, old)
    assert (len(world.state.unused(EVENTS)), world.state.kills) == (3, [])


def test_tasks_of_every_state_and_kind(ground: Ground) -> None:
    """Those that wait, too; what appends from a stream or kills writes nothing anew."""
    world = ground.world
    assert isinstance(world, StandInWorld)
    world.state.tasks += [
        Task("b", "compact", EVENTS, "waiting"),
        Task("a", "index_parallel", EVENTS),
        Task("p", "index", EVENTS, "pending"),
        Task("k", "index_kafka", EVENTS),
        Task("d", "kill", EVENTS),
        Task("o", "compact", OTHERS),
    ]
    assert ground.port.written_by(EVENTS) == ("a", "b", "p")
