"""The life of a day: every stage, every step and every order as complete tables. `replay_engine.day.runner` takes them.

Everything that decides what may happen to a day lives here. A day is changed by *steps* (`FORWARD`, `BACK` and those
that are taken aside of the way) and by *orders* of people or of the worker (`ORDERS`): for each place where a day can
stand, each order has one row that says what it does there, or with which sentence it is refused. Orders are judged on
the journal as it is read under its lease, never on what somebody saw before. Nothing else deletes, copies or unlocks.

Each step is taken the same way: journal the intent, act, journal the proof. If the process dies anywhere the
next run recalls the journal and takes the step again; every act is idempotent.

    planned -> claimed -> checked -> backed_up -> cleared -> published -> settled -> landed -> closed
                  |          |           |           |           |           |         |
                  +----------+-----------+-----------+-----------+-----------+---------+--> restored

What is wrong with the source or a line turns a day back, and so does a cancel, until everything is published. An
outage does so only while nothing was cleared or committed; after that it is waited for. A person may restore a day
until its backup begins to be deleted.

A day whose lines are published waits until they have come back: nothing is given up before that. It keeps no other day
from being run; whoever looks later closes it, and a person may accept it as it is or restore it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from replay_engine.day.context import Day
from replay_engine.day.recall import Place, Standing
from replay_engine.day.steps import (
    back_up,
    check,
    claim,
    clean_up,
    clear,
    give_back,
    land,
    publish,
    release,
    restore,
    settle,
    sweep,
    undo,
)
from replay_engine.errors import Refused
from replay_engine.model import Stage


@dataclass(frozen=True, slots=True)
class Step:
    """An arrow of the table.

    ``destructive_only`` steps are passed over by a replay that deletes nothing; a day whose step fails goes
    back to where it began if ``turns_back``, and is held for a person otherwise.
    """

    name: str
    to: Stage | None
    act: Callable[[Day], dict[str, Any]]
    destructive_only: bool = False
    turns_back: bool = False


FORWARD = (
    Step("claim", Stage.CLAIMED, claim.claim, turns_back=True),
    Step("check", Stage.CHECKED, check.check, turns_back=True),
    Step("back_up", Stage.BACKED_UP, back_up.back_up, destructive_only=True, turns_back=True),
    Step("clear", Stage.CLEARED, clear.clear, destructive_only=True, turns_back=True),
    Step("publish", Stage.PUBLISHED, publish.publish, turns_back=True),
    Step("settle", Stage.SETTLED, settle.settle),
    Step("land", Stage.LANDED, land.land),
    Step("clean_up", Stage.CLOSED, clean_up.clean_up),
)
BACK = Step("restore", Stage.RESTORED, restore.restore)
#: Steps of a day that has ended, and of one that a person takes care of: they lead to no stage of their own.
UNDO = Step("undo", None, undo.undo)
SWEEP = Step("sweep", None, sweep.sweep)
RETURN = Step("return", None, give_back.give_back)
RELEASE = Step("release", None, release.release)
ASIDE = (UNDO, SWEEP, RETURN, RELEASE)


class Order(StrEnum):
    """What people, or the worker, may have done to a day."""

    CARRY_ON = "carry_on"
    RESUME = "resume"
    TAKE_OVER = "take_over"
    ACCEPT = "accept"
    RESTORE = "restore"
    UNDO = "undo"
    SWEEP = "sweep"
    RELEASE = "release"
    RETURN = "return"
    CANCEL = "cancel"
    RETRY = "retry"


class Does(StrEnum):
    """What an order does to a day."""

    NOTHING = "nothing is left to do"
    GOES_ON = "the day goes on from where it stands"
    ACCEPTS = "it is on record who accepts what has landed, and the day goes on to its end"
    FREES = "the hold ends, and the day goes on from where it stands"
    TURNS_BACK = "the day is restored"
    UNDOES = "its locks are taken again, and the day is restored"
    SWEEPS = "its backup is deleted"
    RETURNS = "what was set aside is copied back to where it was"
    RELEASES = "its locks are given up; backup and sinks are left to the person"
    STOPS = "the day turns back at the next safe point, unless everything is published by then"
    KEEPS_OUT = "the day is not begun"
    PLANS_AGAIN = "the day is planned again"
    PLANS_AGAIN_IF_CANCELLED = "the day is planned again if the replay was cancelled"
    LEAVES_OUT = "the day is left out"


@dataclass(frozen=True, slots=True)
class No:
    """With which sentence an order is refused, and the way out. Both may name ``day``, ``replay`` and ``error``."""

    message: str
    advice: str = ""

    def refusal(self, day: date, replay_id: str, error: str) -> Refused:
        """To be raised."""
        words = {"day": str(day), "replay": replay_id, "error": error}
        return Refused(self.message.format(**words), advice=self.advice.format(**words))


_ENDED = No("{day} of {replay} has ended.", "Nothing is left to stop.")
_ONLY_FORWARD = No("{day} has landed and is deleting its backup: it only goes forward.", "replay resume {replay}")
_NOT_CLOSED = No("{day} is not closed.", "A day that is not closed is restored with: replay restore")
_CLOSED = No("{day} is closed.", "While its backup is kept it is undone with: replay undo {replay} --day {day}")
_NO_BACKUP = No("{day} has no backup to go back to.", "Set REPLAY_KEEP_BACKUPS_FOR before the next replay.")
_RESTORED = No("{day} is restored already.", "Nothing is left to put back.")
_RELEASED = No("{day} was released: a person has taken care of it.", "Nothing of it is touched any more.")
_NOT_HELD = No("{day} is not held.", "Only a day that is held or being restored is released; see: replay status")
_NOT_OVER = No(
    "{day} of {replay} has not come to its end.",
    "Wait for it, carry it on (replay resume {replay}) or end it (replay cancel {replay}).",
)
_NOT_LANDING = No("{day} does not wait for its landing.", "See: replay status {replay}")
_HELD = No("{day} of {replay} is held: {error}", "First: replay resume {replay}, or restore or release that day.")
_NOT_RESTORED = No("{day} is not restored: nothing of it is brought back.", "See: replay status {replay}")

_RESUMED: Mapping[Place, Does | No] = {
    Place.NOT_BEGUN: Does.GOES_ON,
    Place.GOING_FORWARD: Does.GOES_ON,
    Place.LANDING: Does.GOES_ON,
    Place.GIVING_UP: Does.GOES_ON,
    Place.TURNING_BACK: Does.GOES_ON,
    Place.HELD: Does.FREES,
    Place.HELD_GIVING_UP: Does.FREES,
    Place.HELD_TURNING_BACK: Does.FREES,
    Place.CLOSED: Does.NOTHING,
    Place.KEPT: Does.NOTHING,
    Place.OVERDUE: Does.NOTHING,
    Place.SWEEPING: Does.NOTHING,
    Place.UNDOING: Does.GOES_ON,
    Place.RESTORED: Does.NOTHING,
    Place.RETURNING: Does.GOES_ON,
    Place.RELEASED: Does.NOTHING,
}

ORDERS: Mapping[Order, Mapping[Place, Does | No]] = {
    # The worker's own: what a person must look at waits for them.
    Order.CARRY_ON: {
        **_RESUMED,
        Place.HELD: Does.NOTHING,
        Place.HELD_GIVING_UP: Does.NOTHING,
        Place.HELD_TURNING_BACK: Does.NOTHING,
    },
    Order.RESUME: _RESUMED,
    # The same, after another runner's lease was broken.
    Order.TAKE_OVER: _RESUMED,
    Order.ACCEPT: {
        **dict.fromkeys(Place, _NOT_LANDING),
        Place.LANDING: Does.ACCEPTS,
    },
    Order.RESTORE: {
        Place.NOT_BEGUN: No("{day} was not begun: there is nothing to put back.", "replay cancel {replay}"),
        Place.GOING_FORWARD: Does.TURNS_BACK,
        Place.LANDING: Does.TURNS_BACK,
        Place.GIVING_UP: _ONLY_FORWARD,
        Place.TURNING_BACK: Does.GOES_ON,
        Place.HELD: Does.TURNS_BACK,
        Place.HELD_GIVING_UP: _ONLY_FORWARD,
        Place.HELD_TURNING_BACK: Does.FREES,
        Place.CLOSED: _CLOSED,
        Place.KEPT: _CLOSED,
        Place.OVERDUE: _CLOSED,
        Place.SWEEPING: _CLOSED,
        Place.UNDOING: Does.GOES_ON,
        Place.RESTORED: _RESTORED,
        Place.RETURNING: _RESTORED,
        Place.RELEASED: _RELEASED,
    },
    Order.UNDO: {
        Place.NOT_BEGUN: _NOT_CLOSED,
        Place.GOING_FORWARD: _NOT_CLOSED,
        Place.LANDING: _NOT_CLOSED,
        Place.GIVING_UP: _NOT_CLOSED,
        Place.TURNING_BACK: _NOT_CLOSED,
        Place.HELD: _NOT_CLOSED,
        Place.HELD_GIVING_UP: _NOT_CLOSED,
        Place.HELD_TURNING_BACK: _HELD,
        Place.CLOSED: _NO_BACKUP,
        Place.KEPT: Does.UNDOES,
        Place.OVERDUE: No("The time of {day}'s backup is over: it may be deleted at any moment.", _NO_BACKUP.advice),
        Place.SWEEPING: No("{day}'s backup is being deleted.", _NO_BACKUP.advice),
        Place.UNDOING: Does.GOES_ON,
        Place.RESTORED: _RESTORED,
        Place.RETURNING: _RESTORED,
        Place.RELEASED: _RELEASED,
    },
    Order.SWEEP: {
        **dict.fromkeys(Place, Does.NOTHING),
        Place.OVERDUE: Does.SWEEPS,
        Place.SWEEPING: Does.SWEEPS,
    },
    Order.RELEASE: {
        **dict.fromkeys(Place, _NOT_HELD),
        Place.TURNING_BACK: Does.RELEASES,
        Place.UNDOING: Does.RELEASES,
        Place.HELD: Does.RELEASES,
        Place.HELD_GIVING_UP: Does.RELEASES,
        Place.HELD_TURNING_BACK: Does.RELEASES,
        # Again, for what a release that died has left.
        Place.RELEASED: Does.RELEASES,
    },
    Order.RETURN: {
        **dict.fromkeys(Place, _NOT_RESTORED),
        Place.RESTORED: Does.RETURNS,
        Place.RETURNING: Does.GOES_ON,
    },
    # Asked of whichever process runs the replay, now or later: that one judges it again, before each step.
    Order.CANCEL: {
        Place.NOT_BEGUN: Does.KEEPS_OUT,
        Place.GOING_FORWARD: Does.STOPS,
        Place.LANDING: No(
            "{day} of {replay} is published and waits for its landing: a cancel does not end that.",
            "To put it back: replay restore {replay} --day {day}",
        ),
        Place.GIVING_UP: No("{day} of {replay} has landed and goes to its end.", "It is closed in a moment."),
        Place.TURNING_BACK: Does.GOES_ON,
        Place.HELD: Does.STOPS,
        Place.HELD_GIVING_UP: _HELD,
        Place.HELD_TURNING_BACK: _HELD,
        Place.CLOSED: _ENDED,
        Place.KEPT: _ENDED,
        Place.OVERDUE: _ENDED,
        Place.SWEEPING: _ENDED,
        Place.UNDOING: _ENDED,
        Place.RESTORED: _ENDED,
        Place.RETURNING: _ENDED,
        Place.RELEASED: _ENDED,
    },
    # Touches nothing of the day: it is planned again as a day of another replay.
    Order.RETRY: {
        Place.NOT_BEGUN: Does.PLANS_AGAIN_IF_CANCELLED,
        Place.GOING_FORWARD: _NOT_OVER,
        Place.LANDING: _NOT_OVER,
        Place.GIVING_UP: _NOT_OVER,
        Place.TURNING_BACK: _NOT_OVER,
        Place.HELD: _HELD,
        Place.HELD_GIVING_UP: _HELD,
        Place.HELD_TURNING_BACK: _HELD,
        Place.CLOSED: Does.LEAVES_OUT,
        Place.KEPT: Does.LEAVES_OUT,
        Place.OVERDUE: Does.LEAVES_OUT,
        Place.SWEEPING: Does.LEAVES_OUT,
        Place.UNDOING: _NOT_OVER,
        Place.RESTORED: Does.PLANS_AGAIN,
        Place.RETURNING: _NOT_OVER,
        Place.RELEASED: Does.LEAVES_OUT,
    },
}


def next_step(standing: Standing, *, destructive: bool) -> Step:
    """The arrow out of where an unfinished day stands."""
    if standing.asked == "undo":
        return UNDO
    if standing.asked == "return":
        return RETURN
    if standing.turned_back:
        return BACK
    reached = next((n for n, step in enumerate(FORWARD, 1) if step.to is standing.stage), 0)
    return next(step for step in FORWARD[reached:] if destructive or not step.destructive_only)


def row(order: Order, place: Place) -> Does | No:
    """What the order does to a day that stands there."""
    return ORDERS[order][place]
