"""Every way a replay can go wrong, named by what happened and grouped by what the driver does next.

::

    ReplayError
    ├── Refused            nothing was touched: say so and stop
    │   ├── BadRequest         one input is wrong
    │   ├── BadConfig          the config document or a setting cannot be used
    │   ├── NotThere           a container, topic, file or replay does not exist
    │   ├── NotAllowed         a system rejected our credentials
    │   ├── Unreachable        a system did not answer while planning
    │   ├── EmptySource        the day has nothing to replay
    │   ├── StalePlan          the world is not the one that was confirmed
    │   ├── Claimed            another replay holds a sink or the source of the day
    │   └── UnsafeSegments     Druid segments that cannot be removed without hiding others
    ├── TryAgain           the world is away: the driver waits and takes the step again
    ├── CannotProceed      the day turns back: restore
    │   ├── CorruptSource      a stored file cannot be read to its end
    │   ├── CopyFailed         a server-side copy did not end in ``success``
    │   ├── LineRefused        Kafka will never take this line
    │   └── Cancelled          a person asked to stop
    ├── InDoubt            world and journal disagree: touch nothing more, call a person
    ├── NotLanded          what was published has not come back yet: the day waits, and the next one goes on
    ├── Superseded         another runner (or publisher) carries this on: stop at once, journal nothing
    └── Stopped            a publisher was told to stop

Each carries one line of ``advice`` for the person who reads it. Anything else that is raised is a bug: the
process dies, the journal stands, and the day is resumed; a bug never triggers a restore.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class ReplayError(Exception):
    """What happened, in one sentence, and the way out of it."""

    kind: ClassVar[str] = "error"

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class Refused(ReplayError):
    """Nothing was touched; ``field`` is the input that is wrong, by the mission's name, or empty."""

    kind = "refused"

    def __init__(self, message: str, *, field: str = "", advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.field = field


class BadRequest(Refused):
    """One input is wrong: ``startDate``, ``filePath`` …"""

    def __init__(self, field: str, message: str, *, advice: str = "") -> None:
        super().__init__(message, field=field, advice=advice)


class BadConfig(Refused):
    """The config document or a setting cannot be used."""


class NotThere(Refused):
    """A container, topic, file or replay does not exist."""


class NotAllowed(Refused):
    """A system rejected our credentials."""


class Unreachable(Refused):
    """A system did not answer while nothing had been touched yet."""


class EmptySource(Refused):
    """The day has nothing to replay; clearing its sinks would lose what they hold."""


class StalePlan(Refused):
    """The world is not the one that was confirmed."""


class Claimed(Refused):
    """Another replay holds a sink or the source of the day."""


class UnsafeSegments(Refused):
    """Druid segments that cannot be removed without hiding others or reach beyond the day."""


class TryAgain(ReplayError):
    """A system is away or too busy; the same call may succeed later."""

    kind = "try_again"


class CannotProceed(ReplayError):
    """The day cannot go forward and turns back."""

    kind = "cannot_proceed"


class CorruptSource(CannotProceed):
    """A stored file cannot be read to its end."""


class CopyFailed(CannotProceed):
    """A server-side copy did not end in ``success`` or is not equal to its original."""


class LineRefused(CannotProceed):
    """Kafka will never take this line."""


class Cancelled(CannotProceed):
    """A person asked to stop."""


class InDoubt(ReplayError):
    """World and journal disagree; the day is held."""

    kind = "in_doubt"


class NotLanded(ReplayError):
    """What was published has not come back yet; ``facts`` are small JSON with the numbers, for the journal."""

    kind = "not_landed"

    def __init__(self, message: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.facts = facts


class Superseded(ReplayError):
    """Another runner has written to this day's journal since we read it, or another publisher has our shard."""

    kind = "superseded"


class Stopped(ReplayError):
    """A publisher was told to stop, or nobody is left to tell it anything."""

    kind = "stopped"
