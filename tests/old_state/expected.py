"""What becomes of each day that an earlier version left: where a resume brings it, and which orders are taken."""

from dataclasses import dataclass, replace
from enum import Enum

from replay_engine.model import Stage


class May(Enum):
    """Whether an order is taken. ``EITHER`` is where this program may be more careful than the one before."""

    YES = "yes"
    NO = "no"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of a day: where a resume brings it, and which orders of a person are taken instead."""

    resumed: Stage
    restore: May = May.NO
    undo: May = May.NO
    mended: Stage | None = None
    """Where a resume brings a held day once what it is held for is mended."""
    kept: bool = False
    """Whether its backup is kept when it closes."""
    orphans: bool = False
    """Whether the earlier program left something behind of which no journal speaks: locks, or positions."""


FORWARD = Expected(Stage.CLOSED, restore=May.YES)
BACK = Expected(Stage.RESTORED, restore=May.YES)
GIVING_UP = Expected(Stage.CLOSED)
UNDOING = Expected(Stage.RESTORED, restore=May.EITHER, undo=May.EITHER)
EXPECTED = {
    "planned": Expected(Stage.CLOSED, restore=May.EITHER),
    "cancelled_before_begin": Expected(Stage.PLANNED, restore=May.EITHER),
    "claimed": FORWARD,
    "checked": FORWARD,
    "backed_up": FORWARD,
    "cleared": FORWARD,
    "published": FORWARD,
    "settled": FORWARD,
    "in_claim": FORWARD,
    "in_check": FORWARD,
    "in_back_up": FORWARD,
    "in_clear": FORWARD,
    # A position was opened, and the journal does not say so yet: a restore may leave it to expire.
    "in_publish_opening": replace(FORWARD, orphans=True),
    "in_publish": FORWARD,
    "in_publish_at_least_once": FORWARD,
    "in_settle": FORWARD,
    "in_clean_up_some_segments_unused": GIVING_UP,
    "in_clean_up_half_of_the_backup_deleted": GIVING_UP,
    "in_clean_up_some_locks_released": GIVING_UP,
    "in_clean_up_backup_kept": Expected(Stage.CLOSED, kept=True),
    "closed": Expected(Stage.CLOSED),
    "closed_backup_kept": Expected(Stage.CLOSED, undo=May.YES, kept=True),
    "closed_swept": Expected(Stage.CLOSED),
    "turned_back_from_checked": BACK,
    "turned_back_from_backed_up": BACK,
    "turned_back_from_cleared": BACK,
    "turned_back_in_publish": BACK,
    "cancelled_in_publish": BACK,
    "in_restore": BACK,
    "in_restore_a_copy_pending": BACK,
    "in_restore_nothing_published_a_copy_pending": BACK,
    "in_restore_noted": BACK,
    "restored": Expected(Stage.RESTORED),
    # Some locks were taken, and the journal does not say so yet.
    "undo_taking_locks": Expected(Stage.CLOSED, undo=May.YES, kept=True, orphans=True),
    "undo_turned_back": UNDOING,
    "undo_setting_aside": UNDOING,
    "undo_noted": UNDOING,
    "restored_after_undo": Expected(Stage.RESTORED),
    "held_in_publish": Expected(Stage.HELD, restore=May.YES),
    "held_in_settle": FORWARD,
    "held_in_restore": Expected(Stage.HELD, restore=May.YES, mended=Stage.RESTORED),
    "held_in_restore_a_copy_failed": BACK,
    # Its journal does not tell whether the backup was being deleted already: it may have been.
    "held_in_clean_up": Expected(Stage.HELD, mended=Stage.CLOSED),
    "held_released": Expected(Stage.HELD),
    "pushing_in_publish": FORWARD,
    "pushing_closed": Expected(Stage.CLOSED),
}
