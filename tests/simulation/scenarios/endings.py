"""What must hold when a schedule is over, and nothing is on its way any more."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from replay_engine.day.recall import Standing
from replay_engine.model import Plan, Stage
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.helpers.scene import DATA, STATE, Scene, lines_of
from tests.simulation.history.documents import COPY, ReplayDay
from tests.simulation.history.story import Story

_REACHED = ("clear", "publish")


@dataclass(slots=True)
class Ending:
    """How a schedule ended. ``excuses`` are what somebody else did, which may leave a day held."""

    wrong: list[str] = field(default_factory=list)
    excuses: list[str] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)
    exempt: Counter[str] = field(default_factory=Counter)


def judge_end(ending: Ending, scene: Scene, plans: Mapping[str, Plan], story: Story, transactions: bool) -> None:
    """Write down what is wrong with the end of it."""
    end = _End(ending, scene, plans, story, transactions)
    ending.wrong += end.judge()


class _End:
    def __init__(
        self, ending: Ending, scene: Scene, plans: Mapping[str, Plan], story: Story, transactions: bool
    ) -> None:
        self._ending, self._scene, self._plans, self._story = ending, scene, plans, story
        self._transactions = transactions
        state = scene.segments.state
        self._used = {segment.id for source in state.datasources() for segment in state.used(source)}
        self._stored = scene.account.contents(DATA)

    def judge(self) -> list[str]:
        wrong = []
        for replay, plan in self._plans.items():
            for day in plan.days:
                wrong += [f"(e) {replay} {day.day}: {said}" for said in self._day((replay, day.day), plan)]
        return [*wrong, *self._locks(), *self._story_wrong()]

    def _story_wrong(self) -> Iterator[str]:
        """What only somebody who knows the plans can judge of the acts."""
        for first, second in sorted(self._story.met):
            if set(self._plans[first[0]].spec.sinks) & set(self._plans[second[0]].spec.sinks):
                yield f"(c) {second[0]} began to change {second[1]} while {first[0]} was at work on it."
        for day in sorted(self._story.early) if self._transactions else ():
            if self._plans[day[0]].spec.destructive:
                yield f"(a) {day[0]} gave up the old of {day[1]} while what it had published had not landed."

    def _day(self, day: ReplayDay, plan: Plan) -> Iterator[str]:
        standing = self._scene.standing(plan, day[1])
        stage = "released" if standing.let_go else str(standing.shown_stage)
        self._ending.stages[stage] += 1
        if day in self._story.closed:
            yield from self._published(day, plan)
        if not standing.finished:
            # A day that was never begun, or that an act of somebody else left for a person.
            excused = self._ending.excuses or self._story.stray_marks
            if standing.began_at is not None and not (standing.held and excused):
                yield f"it ends {stage}: {standing.error}"
            return
        if not plan.spec.destructive or standing.let_go:
            return
        if not self._touched_since(day, plan):
            yield from self._restored(day, plan) if standing.stage is Stage.RESTORED else self._closed(day, plan)
        yield from self._copies(day, plan, standing)

    def _touched_since(self, day: ReplayDay, plan: Plan) -> bool:
        """Whether another replay of these sinks went on after this one's last entry."""
        last = self._ended(day)
        for other, theirs in self._plans.items():
            if other != day[0] and set(theirs.spec.sinks) & set(plan.spec.sinks):
                entries = self._story.entries.get((other, day[1]), [])
                if any(number > last and entry.get("step") in (*_REACHED, "restore") for number, entry in entries):
                    return True
        return False

    def _ended(self, day: ReplayDay) -> int:
        """The act after which it changed its sinks no more: others may have their locks from then on."""
        entries = self._story.entries[day]
        noted = [n for n, entry in entries if entry["kind"] == "note" and entry.get("step") == "restore"]
        last = [n for n, entry in entries if entry["kind"] == "intent" and entry.get("step") in ("restore", "clean_up")]
        return (noted or last[-1:] or [entries[-1][0]])[0]

    def _restored(self, day: ReplayDay, plan: Plan) -> Iterator[str]:
        foreign, landed = self._story.foreign, self._story.landed
        returned = "return" in self._story.intents[day]
        for name, data in self._story.originals.get(day, {}).items():
            if self._stored.get(name) != foreign.get(name, data):
                yield f"restored, and {name} is not as it was."
        for name, data in self._stored.items():
            if landed.get((name, data)) == {day[0]} and names.day_of(name) == day[1] and not returned:
                yield f"restored, and what it made land is left: {name}."
        mine = {segment for segment, owners in self._story.segments.items() if owners == {day[0]}}
        mine = {segment for segment in mine if str(day[1]) in segment[:40]}
        gone, left = self._story.recorded.get(day, set()) - self._used, set() if returned else mine & self._used
        if gone or left:
            yield from self._excused(day, plan, f"restored, and of its segments {gone} are gone, {left} are left.")

    def _closed(self, day: ReplayDay, plan: Plan) -> Iterator[str]:
        originals = self._story.originals.get(day, {})
        for folder in {name.rpartition("/")[0] for name in originals} if day not in self._story.accepted else ():
            mine = {name: data for name, data in originals.items() if name.startswith(f"{folder}/")}
            landed = any(
                name.startswith(f"{folder}/") and names.day_of(name) == day[1] and data != mine.get(name)
                for name, data in self._stored.items()
            )
            if not landed and not mine.items() <= self._stored.items():
                yield f"closed, and nothing of it has landed in {folder}."
        left = self._story.recorded.get(day, set()) & self._used
        if left:
            yield from self._excused(day, plan, f"closed, and the segments {left} are used again.")

    def _excused(self, day: ReplayDay, plan: Plan, said: str) -> Iterator[str]:
        """Druid's calls carry no condition: one that came late may do this, but `verify` must say so."""
        if not self._story.stray_marks:
            yield said
        elif self._verify_is_content(plan, day[1]):
            yield f"{said} A mark came late, and verify does not say so."
        else:
            self._ending.exempt["a mark of Druid's came late"] += 1

    def _verify_is_content(self, plan: Plan, day: date) -> bool:
        found = verify(plan, self._scene.world(), ())
        return all(finding.right for of_day in found.days if of_day.day == day for finding in of_day.findings)

    def _copies(self, day: ReplayDay, plan: Plan, standing: Standing) -> Iterator[str]:
        prefix = names.backup(day[0], day[1], "")
        copies = {name.removeprefix(prefix): data for name, data in self._scene.kept(prefix).items()}
        kept = standing.stage is Stage.CLOSED and standing.kept_until is not None
        if kept and "sweep" not in self._story.intents[day]:
            missing = [name for name, data in self._story.originals[day].items() if copies.get(name) != data]
            if missing:
                yield f"closed with its backup kept, and there is no copy of {missing[0]}."
            return
        late = {found[4] for name in self._story.late_copies if (found := COPY.fullmatch(name))}
        left = [name for name in copies if name not in self._story.foreign]
        if [name for name in left if name not in late]:
            yield f"{standing.stage}, and copies are left: {left[0]}."
        elif left:
            self._ending.exempt["a copy came late"] += 1
            if self._verify_is_content(plan, day[1]):
                yield f"{standing.stage}, a copy came late and is left, and verify does not say so: {left[0]}."

    def _published(self, day: ReplayDay, plan: Plan) -> Iterator[str]:
        published, wanted = self._story.published[day], Counter(lines_of(day[1]))
        if plan.spec.source == "wfs":
            wanted = Counter(line.replace(b'"ets"', b'"wfs"') for line in wanted)
        if published.keys() != wanted.keys():
            yield f"(d) {len(wanted.keys() - published.keys())} lines of a closed day are not in the topic."
        elif self._transactions and published != wanted:
            yield f"(d) {sum((published - wanted).values())} lines of a closed day are twice in the topic."

    def _locks(self) -> Iterator[str]:
        for name, data in self._scene.account.contents(STATE, "state/locks/").items():
            document, day = json.loads(data), date.fromisoformat(name.rpartition("/")[2])
            holder = (str(document.get("replay")), day)
            last = self._story.entries[holder][-1][1].get("n", -1) if self._story.entries[holder] else -1
            over = holder in self._story.finished or not self._story.entries[holder]
            if over and not document.get("entry", last + 1) < last:
                yield f"(e) The lock {name} counts, and {holder[0]} has ended."
