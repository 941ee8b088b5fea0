"""One change of the engine, or of its world."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. ``made`` is a context in which the engine, or its world, is changed so.

    ``at`` says where it tells: the lines of a file, the first that is reached at all; or a method of the stores.
    """

    name: str
    kind: str
    made: Callable[[], AbstractContextManager[object]]
    at: tuple[tuple[str, int], ...] | str
