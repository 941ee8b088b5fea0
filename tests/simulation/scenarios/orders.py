"""What a process of a scenario may be told to do."""

from replay_engine.day.locks import sweep_locks
from replay_engine.plan.planning import make_plan
from tests.helpers.scene import DAY, Onlooker, stopping_at
from tests.simulation.machine.decisions import What
from tests.simulation.machine.process import Order, Process


def resume(process: Process) -> object:
    """Carry on, a held day too."""
    return process.walk().run(release_held=True)


def run(process: Process) -> object:
    """Begin, or carry on."""
    return process.walk().run()


def stop_at(step: str) -> Order:
    """Begin, and ask to stop when that step is about to be taken."""

    def order(process: Process) -> object:
        process.watch = stopping_at(step)
        return process.walk().run()

    return order


def rewrite_at(step: str) -> Order:
    """Begin; somebody else writes an original anew when that step is about to be taken."""

    def order(process: Process) -> object:
        process.watch = Onlooker()
        process.watch.when(step, lambda: process.machine.at_outsider(process, What.REWRITE))
        return process.walk().run()

    return order


def damage_at(step: str) -> Order:
    """Begin; a copy of the backup becomes another when that step is about to be taken."""

    def order(process: Process) -> object:
        process.watch = Onlooker()
        process.watch.when(step, process.machine.at_damage)
        return process.walk().run()

    return order


def pause_at(step: str, seconds: float) -> Order:
    """Begin; others come to their turn when that step is about to be taken."""

    def order(process: Process) -> object:
        process.watch = Onlooker()
        process.watch.when(step, lambda: process.sleep(seconds))
        return process.walk().run()

    return order


def cancel(process: Process) -> None:
    """Ask whoever runs it to stop."""
    process.walk().ask_to_stop()


def restore(process: Process) -> object:
    """Put the day back."""
    return process.walk().turn_back(DAY, process.name)


def undo(process: Process) -> object:
    """Put a closed day back."""
    return process.walk().undo(DAY, process.name)


def run_until_held(process: Process) -> object:
    """Begin; Kafka forgets how far it is when a part of the day is in the topic, and the day is held."""
    scene, shards = process.machine.scene, iter(range(2))

    def before_shard(_: int) -> None:
        if next(shards, None) == 1:
            scene.cluster.positions.clear()

    scene.before_shard = before_shard
    try:
        return process.walk().run()
    finally:
        scene.before_shard = lambda _: None


def restore_held(process: Process) -> None:
    """A person looks at what is still held, or has not landed, and puts it back."""
    for day in process.plan.days:
        standing = process.machine.scene.standing(process.plan, day.day)
        if standing.held or standing.waits:
            process.walk().turn_back(day.day, process.name)


def accept(process: Process) -> object:
    """Close a day that has not landed as it is."""
    return process.walk().accept(DAY, process.name)


def release(process: Process) -> object:
    """Give up the locks of a held day."""
    return process.walk().let_go(DAY, process.name)


def sweep(process: Process) -> object:
    """Delete the backups whose time is over."""
    return process.walk().sweep()


def give_back(process: Process) -> object:
    """Bring back what a restore has set aside."""
    return process.walk().give_back(DAY, process.name)


def free_locks(process: Process) -> object:
    """Delete the locks that do not count."""
    return sweep_locks(process.world().state)


def plan_again(process: Process) -> None:
    """Look at it now, and make that the plan."""
    spec, replay, scene = process.plan.spec, process.plan.replay_id, process.machine.scene
    process.plan = scene.plans[replay] = scene.keep(make_plan(spec, process.world(), replay))


def wait_for(seconds: float) -> Order:
    """Come later."""
    return lambda process: process.sleep(seconds)
