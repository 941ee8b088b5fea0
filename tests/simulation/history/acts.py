"""What all processes did in one schedule: one `Act` for every call of a port, with its effects, in order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from replay_engine.state import names
from tests.fakes.account import Stored

#: Who acts beside the processes: the pipeline behind the topic, the store itself, and somebody else.
PIPELINE, STORE, OUTSIDER = "pipeline", "store", "somebody else"
WORLD = frozenset({PIPELINE, STORE, OUTSIDER})
#: The store refuses these of an overtaken runner; a publisher's commits the topic refuses.
OF_THE_LEASE = frozenset({"lease", "renew", "release", "break_lease", "append", "create_log"})


@dataclass(frozen=True, slots=True)
class Effect:
    """One blob that was created (``before`` is ``None``), written again, or deleted (``after`` is ``None``)."""

    container: str
    name: str
    before: Stored | None
    after: Stored | None

    @property
    def lost(self) -> bytes:
        """The bytes that stood there and do not stand there any more."""
        same = self.before is None or (self.after is not None and self.after.data == self.before.data)
        return b"" if same or self.before is None else self.before.data


@dataclass(frozen=True, slots=True)
class Act:
    """One call of a port, and its effect.

    ``walk`` is the order of the process that made it. It was ``sent`` when so many acts were over, and is ``late``
    when its sender had given it up before it was done. ``delivered`` are the lines that it brought into a topic,
    ``marked`` the segments that became used or unused by it. Of the pipeline, ``args`` are the replays whose lines
    it landed. An act that only reads ``mutates`` nothing.
    """

    number: int
    sent: int
    at: datetime
    process: str
    walk: str
    replay: str
    port: str
    method: str
    args: tuple[Any, ...] = ()
    answer: Any = None
    effects: tuple[Effect, ...] = ()
    delivered: tuple[bytes, ...] = ()
    marked: frozenset[str] = frozenset()
    late: bool = False
    mutates: bool = True

    @property
    def day(self) -> date | None:
        """The day of the replay that it speaks of, if its names say one."""
        found = re.search(r"\d{4}-\d\d-\d\d", self.port + " " + self.told())
        return names.parse_day(found[0]) if found else None

    def told(self) -> str:
        """The call, as people read it."""
        return f"{self.method}({', '.join(_short(arg) for arg in self.args)})"

    def __str__(self) -> str:
        answer = f" -> {type(self.answer).__name__}" if isinstance(self.answer, BaseException) else ""
        late = f", sent as {self.sent}" if self.late else ""
        return f"{self.number:4} {self.at:%H:%M:%S} {self.walk}: {self.port}.{self.told()}{answer}{late}"


def _short(arg: object) -> str:
    if isinstance(arg, bytes):
        return arg[:70].decode(errors="replace").strip()
    text = str(getattr(arg, "container", arg))
    return text if len(text) < 90 else text[:87] + "..."


@dataclass(slots=True)
class History:
    """What stood in the two containers at first, and every act since."""

    data: str
    before: Mapping[str, Mapping[str, Stored]]
    acts: list[Act] = field(default_factory=list)
