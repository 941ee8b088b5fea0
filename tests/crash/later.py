"""The command line, with a clock that is ahead: ``python -m tests.crash.later SECONDS ARGUMENT…``.

What would happen after hours, a kept backup whose time is over, happens at once; nothing else is different.
"""

import sys
from datetime import UTC, datetime, timedelta

from replay_engine.adapters.clock import SystemClock
from replay_engine.cli.commands import main


def ahead(seconds: int) -> None:
    """From now on it is so much later for the engine in this process."""
    difference = timedelta(seconds=seconds)

    def now(_clock: SystemClock) -> datetime:
        return datetime.now(UTC) + difference

    setattr(SystemClock, "now", now)  # noqa: B010 - an assignment would be one to a method


if __name__ == "__main__":
    ahead(int(sys.argv.pop(1)))
    main()
