"""What must not be among the acts of a schedule.

`violations` is a pure function of the list: it folds the contents of the stores from act to act and says in sentences
what was wrong.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from replay_engine.ports import LeaseLost
from replay_engine.state import manifest, names
from tests.helpers.scene import STATE as CONTAINER
from tests.simulation.history.acts import OF_THE_LEASE, OUTSIDER, PIPELINE, WORLD, Act, Effect, History
from tests.simulation.history.documents import COPY, MANIFEST, ReplayDay, entries_of, journal_of
from tests.simulation.history.story import Story

_FIRST_PART = "/journal.jsonl"
#: As the scene's world takes it.
_LEASE = timedelta(seconds=30)


class _Fold:
    """The stores' contents and the days' standing, from act to act."""

    def __init__(self, history: History) -> None:
        self.history, self.story = history, Story()
        self.blobs = {container: dict(blobs) for container, blobs in history.before.items()}
        self.kept: Counter[bytes] = Counter()
        #: What ever stood in the data container, but for what its owner has written over.
        self.valuable = {stored.data for stored in history.before[history.data].values()}
        self.versions = {(name, stored.etag): stored.data for name, stored in history.before[history.data].items()}
        self.leases: Counter[ReplayDay] = Counter()
        self.lease_of: dict[tuple[str, ReplayDay], list[tuple[int, int]]] = defaultdict(list)
        #: Leases that ended another one before its time; and the acts in which runners learned that theirs was over.
        self.broken: defaultdict[ReplayDay, set[int]] = defaultdict(set)
        self.kept_at: dict[tuple[str, ReplayDay], datetime] = {}
        self.refused: defaultdict[tuple[str, date | None], list[int]] = defaultdict(list)
        #: The newest lease under which there is an entry, and the act that was its first.
        self.newest: dict[ReplayDay, tuple[int, int]] = {}

    def run(self) -> Iterator[str]:
        for act in self.history.acts:
            if act.method in OF_THE_LEASE:
                self._leased(act)
            if act.mutates:
                yield from map(partial(_said, act), self._judge_lease(act))
            if act.effects or act.delivered or act.marked:
                yield from map(partial(_said, act), self._judge(act))
                self._learn(act)

    def _leased(self, act: Act) -> None:
        day = journal_of(act.args[0])
        if isinstance(act.answer, LeaseLost) and not act.late:
            self.refused[act.walk, act.day].append(act.number)
        elif not day or not act.args[0].endswith(_FIRST_PART):
            return
        elif act.method == "break_lease":
            self.broken[day].add(self.leases[day] + 1)
        elif act.method in ("lease", "renew") and not isinstance(act.answer, BaseException) and not act.late:
            self.kept_at[act.walk, day] = act.at
        if day and act.method == "lease" and isinstance(act.answer, str) and act.args[0].endswith(_FIRST_PART):
            self.leases[day] += 1
            if not act.late:
                self.lease_of[act.walk, day].append((act.number, self.leases[day]))

    def lease(self, act: Act, day: ReplayDay) -> int:
        """The number of the lease that the sender had when it sent this; 0 when it had none."""
        return max((lease for number, lease in self.lease_of[act.walk, day] if number <= act.sent), default=0)

    def _judge_lease(self, act: Act) -> Iterator[str]:
        """Whoever has lost the day, and may know it, sends nothing more.

        It may know when its lease is over by the clock, or was refused. Of a lease that was broken before its time it
        knows nothing until then: what is sent meanwhile is judged by what it does, as is what was on its way.
        """
        if act.process in WORLD or act.method in OF_THE_LEASE or act.port.startswith("producer"):
            return
        if act.args and str(act.args[0]).endswith("/receipt.json"):
            # Anybody may leave it, and would leave the same: it is made of the journal alone, where there is none yet.
            return
        for day, (lease, since) in self.newest.items():
            overtaken = day == (act.replay, act.day) and 0 < self.lease(act, day) < lease and act.sent > since
            if overtaken and (lease not in self.broken[day] or self._over_by_the_clock(act, day)):
                yield f"(b) asked for after another runner's first entry for {day[1]}."
        if any(refused < act.sent for refused in self.refused[act.walk, act.day]):
            yield "(b) asked for after its lease was refused."

    def _unaware(self, act: Act, day: ReplayDay) -> bool:
        """Whether the sender's lease was broken, and neither the clock nor the store had told it when it sent this."""
        mine = self.lease(act, day)
        broken = mine > 0 and mine + 1 in self.broken[day] and mine < self.leases[day]
        refused = any(refused < act.sent for refused in self.refused[act.walk, day[1]])
        return broken and not refused and not self._over_by_the_clock(act, day)

    def _over_by_the_clock(self, act: Act, day: ReplayDay) -> bool:
        return self.history.acts[act.sent - 1].at - self.kept_at[act.walk, day] >= _LEASE

    def _judge(self, act: Act) -> Iterator[str]:
        """What is wrong with an act, as the stores stand before it."""
        for effect in act.effects if act.process not in WORLD else ():
            if effect.container == self.history.data:
                yield from self._judge_data(act, effect)
            else:
                yield from self._judge_state(act, effect)

    def _judge_data(self, act: Act, effect: Effect) -> Iterator[str]:
        day = names.day_of(effect.name)
        mine = self.story.originals.get((act.replay, day), {}) if day else {}
        lost = effect.lost
        # Of a lease that was broken before its time a runner knows nothing yet: that it loses nothing must be enough.
        unaware = day and effect.before is None and self._unaware(act, (act.replay, day))
        if day and (lost or effect.before is None) and not unaware and not self._holds_lock(act, effect.name, day):
            yield f"(c) {effect.name} was changed, and {act.replay} did not hold its lock."
        if lost:
            if not self.kept[lost]:
                yield f"(a) {effect.name} was deleted or overwritten, and no copy of its bytes stands anywhere."
            if self.story.foreign.get(effect.name) == lost:
                yield f"(c) {effect.name} was written by somebody else, and was deleted or overwritten."
            elif mine.get(effect.name) != lost and act.replay not in self.story.landed[effect.name, lost]:
                yield f"(c) {effect.name} was deleted or overwritten, and is none of {act.replay}'s."
        written = effect.after.data if effect.after else b""
        back = act.replay in self.story.landed[effect.name, written]
        new = written and written != (effect.before.data if effect.before else None)
        if new and mine.get(effect.name) != written and not back:
            yield f"(c) {effect.name} was written, and what was written is not what stood there."

    def _holds_lock(self, act: Act, name: str, day: date) -> bool:
        lock = self.blobs[CONTAINER].get(names.folder_lock(self.history.data, name, day))
        return lock is not None and json.loads(lock.data).get("replay") == act.replay

    def _judge_state(self, act: Act, effect: Effect) -> Iterator[str]:
        lost, copy = effect.lost, COPY.fullmatch(effect.name)
        if lost and copy:
            yield from self._judge_copy(effect, lost, copy)
        elif lost and (MANIFEST.fullmatch(effect.name) or effect.name.endswith("/receipt.json")):
            yield f"(c) {effect.name} was deleted or overwritten."
        elif lost and effect.name.startswith("state/locks/") and effect.after is None:
            holder = json.loads(lost).get("replay"), date.fromisoformat(effect.name.rpartition("/")[2])
            if holder[0] != act.replay and holder not in self.story.finished:
                yield f"(c) {effect.name} was given up, and {holder[0]} still needs it."
        day = journal_of(effect.name)
        if day:
            yield from self._judge_journal(act, effect, day)

    def _judge_copy(self, effect: Effect, lost: bytes, copy: re.Match[str]) -> Iterator[str]:
        folder, day, name = copy[1], (copy[2], date.fromisoformat(copy[3])), copy[4]
        there = self.blobs[self.history.data].get(name)
        if self.kept[lost] > 1 or (there is not None and there.data == lost) or lost not in self.valuable:
            return
        # What its owner replaced before anything of the day was touched is not missed.
        replaced = name in self.story.foreign and "clear" not in self.story.intents[day]
        if folder != "backup" or not (day in self.story.given_up or replaced):
            yield f"(a) {effect.name} was the last copy of its bytes, and was deleted or overwritten."

    def _judge_journal(self, act: Act, effect: Effect, day: ReplayDay) -> Iterator[str]:
        if effect.before and not (effect.after and effect.after.data.startswith(effect.before.data)):
            yield f"(b) {effect.name} was not appended to, but changed."
        elif entries_of(effect):
            lease = self.lease(act, day)
            newest = self.newest.get(day, (0, 0))
            if lease < newest[0]:
                yield f"(b) {effect.name} was appended to by a runner that was overtaken."
            if lease > newest[0]:
                self.newest[day] = lease, act.number

    def _learn(self, act: Act) -> None:
        for effect in act.effects:
            self._write(act, effect)
        group = act.port.removeprefix("producer ").split(".")
        if act.delivered:
            day = group[0], date.fromisoformat(group[1])
            self.story.published[day].update(act.delivered)
            self.story.unlanded.add(day)
        if act.process == PIPELINE:
            self.story.unlanded -= {day for day in self.story.unlanded if day[0] in act.args}
            for effect in act.effects:
                if effect.after is not None:
                    self.story.landed[effect.name, effect.after.data].update(act.args)
            for segment in act.marked:
                self.story.segments.setdefault(segment, set()).update(act.args)
        elif act.marked and self._stray(act):
            self.story.stray_marks.update(act.marked)

    def _stray(self, act: Act) -> bool:
        """Whether nobody waits for its answer any more, or its sender had been overtaken."""
        leases = [(self.lease(act, day), last) for day, last in self.leases.items() if day[0] == act.replay]
        return act.process not in WORLD and (act.late or any(0 < mine < last for mine, last in leases))

    def _write(self, act: Act, effect: Effect) -> None:
        blobs, name, after = self.blobs[effect.container], effect.name, effect.after
        if effect.container == self.history.data:
            if after is not None:
                self.versions[name, after.etag] = after.data
                self.valuable.add(after.data)
            if act.process == OUTSIDER and effect.lost:
                self.valuable.discard(effect.lost)
            if act.process == OUTSIDER and after is not None:
                self.story.foreign[name] = after.data
        elif COPY.fullmatch(name):
            self.kept.update([after.data] if after else [])
            self.kept.subtract([effect.before.data] if effect.before else [])
            if after is not None and self._stray(act):
                self.story.late_copies.add(name)
        if after is None:
            blobs.pop(name, None)
        else:
            blobs[name] = after
        self._give_up_lock(act, effect)
        self._read(act, effect)

    def _give_up_lock(self, act: Act, effect: Effect) -> None:
        """Whoever gives up its locks has changed the sinks for the last time."""
        if effect.after is None and effect.before is not None and effect.name.startswith("state/locks/"):
            own = json.loads(effect.before.data).get("replay") == act.replay
            if own:
                self.story.at_work.discard((act.replay, date.fromisoformat(effect.name.rpartition("/")[2])))

    def _read(self, act: Act, effect: Effect) -> None:
        """What a document says that was just written."""
        found = MANIFEST.fullmatch(effect.name)
        if found and effect.after is not None:
            day = found[1], date.fromisoformat(found[2])
            promise = manifest.load(effect.after.data)
            self.story.originals[day] = {b.name: self.versions.get((b.name, b.etag), b"") for b in promise.sink_blobs}
            self.story.recorded[day] = {s.id for found in promise.inventory.segments.values() for s in found}
        of = journal_of(effect.name)
        for entry in entries_of(effect) if of else ():
            if of is not None:
                self.story.hear(of, act.number, entry)


def _said(act: Act, sentence: str) -> str:
    return f"{sentence}  By {act}"


def judge(history: History) -> tuple[list[str], Story]:
    """What was wrong with the acts, and where the days stand after the last of them."""
    fold = _Fold(history)
    return list(fold.run()), fold.story


def violations(history: History) -> Sequence[str]:
    """What was wrong with the acts."""
    return judge(history)[0]
