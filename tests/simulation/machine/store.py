"""The world as the processes of a schedule share it, and the history of what they did to it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.fakes.account import Stored
from tests.helpers.scene import Scene
from tests.simulation.history.acts import OUTSIDER, PIPELINE, STORE, Act, Effect, History
from tests.simulation.machine.ports import Request


class Store:
    """The world as the processes share it, and the history of it."""

    def __init__(self, scene: Scene, data: str, land_every: float) -> None:
        self.scene, self.data, self._land_every = scene, data, land_every
        self.landings: list[Callable[[], tuple[str, ...]]] = []
        self.history = History(data, {name: dict(blobs) for name, blobs in scene.account.containers.items()})
        self.crash: BaseException | None = None
        self._landed_at = 0.0

    def seen(self, request: Request, act: Callable[[], Any], args: tuple[Any, ...]) -> Any:
        """A request that changes nothing."""
        try:
            answer: Any = act()
        except Exception as error:
            self._note(request, args, error)
            raise
        self._note(request, args, None)
        return answer

    def done(self, request: Request, act: Callable[[], Any], args: tuple[Any, ...]) -> Any:
        """A request that may change something."""
        before = self._look(segments=request.port.name == "segments")
        try:
            answer: Any = act()
        except Exception as error:
            self._note(request, args, error, before)
            raise
        self._note(request, args, answer, before)
        return answer

    def late(self, request: Any) -> Callable[[], None]:
        """That request, done when nobody waits for its answer any more."""
        request.detach()

        def arrive() -> None:
            with suppress(Exception):
                request()

        return arrive

    def world_moves(self, time: float, *, lands: bool = False) -> None:
        """What the world does when time passes: copies end, the pipeline lands, at once if ``lands``."""
        if self.scene.account.pending:
            self.by(STORE, self.scene.account.end_copies)
        if lands or time >= self._landed_at + self._land_every:
            self._landed_at = time
            for land in self.landings:
                self.by(PIPELINE, land)

    def by(self, whom: str, act: Callable[[], Any]) -> None:
        """Somebody who is no process of ours does this."""
        before = self._look(segments=True)
        answer = act()
        effects, _, marked = self._changed(before)
        if effects or marked:
            number, at = len(self.history.acts), self.scene.clock.now()
            args = answer if isinstance(answer, tuple) else ()
            self.history.acts.append(
                Act(number, number, at, whom, whom, "", "store", "changed", args, None, effects, (), marked)
            )

    def outsider_writes(self, name: str, data: bytes) -> None:
        self.by(OUTSIDER, lambda: self.scene.account.put(self.data, name, data))

    def _look(self, *, segments: bool) -> "Seen":
        blobs = {name: dict(found) for name, found in self.scene.account.containers.items()}
        topics = {name: [len(part) for part in parts] for name, parts in self.scene.cluster.topics.items()}
        return Seen(blobs, topics, self.used() if segments else None)

    def used(self) -> frozenset[str]:
        """The used segments of all datasources."""
        state = self.scene.segments.state
        return frozenset(segment.id for source in state.datasources() for segment in state.used(source))

    def _changed(self, before: "Seen") -> tuple[tuple[Effect, ...], tuple[bytes, ...], frozenset[str]]:
        effects: list[Effect] = []
        for container, now in self.scene.account.containers.items():
            old = before.blobs.get(container, {})
            if old != now:
                touched = [name for name in sorted({*old, *now}) if old.get(name) is not now.get(name)]
                effects += [Effect(container, name, old.get(name), now.get(name)) for name in touched]
        lines = tuple(
            line
            for topic, parts in self.scene.cluster.topics.items()
            for length, part in zip(before.topics[topic], parts, strict=True)
            for line in part[length:]
            if line is not None
        )
        return tuple(effects), lines, frozenset() if before.used is None else self.used() ^ before.used

    def _note(self, request: Request, args: tuple[Any, ...], answer: Any, before: "Seen | None" = None) -> None:
        effects, lines, marked = self._changed(before) if before else ((), (), frozenset())
        number = len(self.history.acts)
        self.history.acts.append(
            Act(
                number,
                request.sent,
                self.scene.clock.now(),
                request.process.name,
                request.walk,
                request.process.plan.replay_id,
                request.port.name,
                request.method,
                args,
                answer,
                effects,
                lines,
                marked,
                request.late,
                request.mutates,
            )
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood there before an act; segments only where it may mark them."""

    blobs: dict[str, dict[str, Stored]]
    topics: dict[str, list[int]]
    used: frozenset[str] | None


def lines_since(parts: Sequence[Sequence[bytes | None]], done: dict[int, int]) -> list[bytes]:
    """What a topic holds after those offsets."""
    return [line for number, part in enumerate(parts) for line in part[done.get(number, 0) :] if line is not None]
