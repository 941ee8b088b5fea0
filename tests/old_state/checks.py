"""Orders given to a day of an earlier version, and what the world must look like after them."""

from collections import Counter
from collections.abc import Callable, Mapping

from replay_engine.errors import Refused
from replay_engine.model import Stage
from replay_engine.reports import DayReport, ReplayReport
from replay_engine.state import names
from tests.helpers.scene import DATA, DAY, LANDING_FOLDERS, REPLAY, STATE, lines_of
from tests.old_state.expected import Expected, May
from tests.old_state.trees import OldState

BY = "an operator"


def resume(old: OldState) -> DayReport:
    """A person resumes it, held or not."""
    (day,) = old.scene.walk(old.plan).run(release_held=True).days
    return day


def ask(old: OldState, may: May, order: Callable[[], ReplayReport]) -> DayReport | None:
    """The end of an order that was taken; none for one that was refused, and has changed nothing."""
    before = snapshot(old)
    try:
        (day,) = order().days
    except Refused:
        assert may is not May.YES
        assert snapshot(old) == before
        return None
    assert may is not May.NO
    return day


def snapshot(old: OldState) -> object:
    """Everything an order may change, but for the records of who asked, and for leases."""
    account, cluster = old.scene.account, old.scene.cluster
    unimportant = (names.audit_log(REPLAY), names.open_mark(""))
    blobs = {
        (container, name): stored.etag
        for container in (DATA, STATE)
        for name, stored in account.containers[container].items()
        # An empty journal is none.
        if not name.startswith(unimportant) and not (stored.is_log and not stored.data)
    }
    partitions = {topic: [list(part) for part in parts] for topic, parts in cluster.topics.items()}
    return blobs, old.scene.used(), partitions, dict(cluster.positions)


def check(old: OldState, expected: Expected, day: DayReport, stage: Stage) -> None:
    """The day stands where it should, and the world is as that demands."""
    assert day.stage is stage, f"{day.stage}: {day.error}"
    if stage is Stage.CLOSED:
        _check_closed(old, expected)
    elif stage is Stage.RESTORED:
        _check_restored(old)
    elif stage is Stage.PLANNED:
        assert (old.scene.stored(), old.scene.used()) == (old.scene.before, old.scene.segments_before)
    if stage in (Stage.CLOSED, Stage.RESTORED):
        _check_nothing_left_over(old, expected, stage)


def _check_closed(old: OldState, expected: Expected) -> None:
    """Every event in the topic, once where the cluster has transactions, and what is in the topic in every sink."""
    scene, plan = old.scene, old.plan
    published, everything = Counter(scene.published()), Counter(lines_of(DAY))
    assert published.keys() == everything.keys()
    assert not scene.cluster.transactional or published == everything
    others = {name: data for name, data in scene.before.items() if name not in _sinks(scene.before)}
    assert scene.stored().items() >= (others if plan.spec.destructive else scene.before).items()
    for folder in LANDING_FOLDERS if plan.spec.destructive else ():
        landed = Counter(line for data in scene.stored(f"{folder}/{DAY}").values() for line in data.split(b"\n"))
        assert landed == published, f"{folder} does not hold what is in the topic"
    if plan.spec.destructive:
        assert not set(scene.segments_before) & set(scene.used_of())


def _check_restored(old: OldState) -> None:
    """As before; what the replay made land was set aside and not deleted."""
    scene, published = old.scene, Counter(old.scene.published())
    if not old.plan.spec.destructive:
        assert scene.stored().items() >= scene.before.items()
        return
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    aside = scene.kept("quarantine/")
    for folder in LANDING_FOLDERS:
        kept = [data for name, data in aside.items() if f"/{folder}/" in name]
        assert Counter(line for data in kept for line in data.split(b"\n") if line) == published


def _check_nothing_left_over(old: OldState, expected: Expected, stage: Stage) -> None:
    """No lock, no position; a backup only where it is kept, and then whole."""
    scene, closed = old.scene, stage is Stage.CLOSED
    backup = {names.backup(REPLAY, DAY, name): data for name, data in _sinks(scene.before).items()}
    assert scene.kept("backup/") == (backup if expected.kept and closed else {})
    assert scene.kept("state/locks/") == {} or (expected.orphans and closed)
    assert scene.cluster.positions == {} or (expected.orphans and not closed)


def _sinks(stored: Mapping[str, bytes]) -> dict[str, bytes]:
    """The day's files in the sinks."""
    return {n: data for n, data in stored.items() if n.startswith(("unique/", "channel/")) and names.day_of(n) == DAY}
