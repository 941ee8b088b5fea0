"""The files of the day's two shards, and publishers that die."""

from collections.abc import Callable

from tests.helpers.scene import DAY

FIRST, SECOND = (f"raw/{DAY}-{number}-1575224000000.json.gz" for number in range(2))


def raising(*troubles: Exception) -> Callable[[int], None]:
    """Publishers that die so when they begin, one after the other, and then live."""
    left = list(troubles)

    def act(_: int) -> None:
        if left:
            raise left.pop(0)

    return act
