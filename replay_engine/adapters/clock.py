"""The machine's clocks."""

import time
from datetime import UTC, datetime

#: Linux's clock since boot goes on while the machine sleeps, as leases do; others have only one that stands still.
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Time as it passes."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds since boot; setting the machine's clock does not change it."""
        return time.clock_gettime(_ELAPSED)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
