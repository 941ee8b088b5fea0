"""What *Slower* and *Faster* order. Pure."""

from dataclasses import replace

from replay_engine import Pace

#: Below this a replay hardly moves; who wants less pauses it.
_SLOWEST_BYTES_PER_SECOND = 100_000.0
#: Beyond this there is no limit any more.
_NO_LIMIT_BYTES_PER_SECOND = 1e9


def slower(before: Pace, bytes_per_second: float) -> tuple[Pace, str]:
    """Half of the limit or, where there is none, of the speed it goes at; and what the person hears."""
    current = before.bytes_per_second or bytes_per_second
    if not current:
        return before, "Nothing is being published now; say how fast with: /replay rate ID 20MB/s"
    limit = max(_round(current / 2), _SLOWEST_BYTES_PER_SECOND)
    return replace(before, bytes_per_second=limit), f"Slower: at most {limit / 1e6:g} MB/s from now on."


def faster(before: Pace) -> tuple[Pace, str]:
    """Twice the limit."""
    if before.bytes_per_second is None:
        return before, "It goes as fast as it can already."
    limit = _round(before.bytes_per_second * 2)
    if limit > _NO_LIMIT_BYTES_PER_SECOND:
        return replace(before, bytes_per_second=None), "Faster: without a limit from now on."
    return replace(before, bytes_per_second=limit), f"Faster: at most {limit / 1e6:g} MB/s from now on."


def _round(bytes_per_second: float) -> float:
    """To two figures, as it is then shown everywhere."""
    return float(f"{bytes_per_second:.2g}")
