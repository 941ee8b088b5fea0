"""An `Engine` whose publishers do what a test tells them, in whatever process they are.

Test and publishers meet in a directory that the environment names. For every shard there is a script, a line a
command, and each command is carried out once, by whichever publisher has the shard then::

    {"say": 5}                  so many lines are committed
    {"end": 5}                  and that is all of them
    {"fail": "CorruptSource"}   raise that error
    {"break": "why"}            raise what is a bug
    {"hang": true}              hear no more orders
    {"last": 6}                 so many are committed when it is told to stop

What a publisher sees (its process, its pace, whether it is to stop) it writes there, too.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from replay_engine import Counts, Orders, Pace, Stopped, errors

DIRECTORY = "SCRIPTED_ENGINE"
_POLL_SECONDS = 0.01


class ScriptedEngine:
    """What a publisher uses of the engine."""

    def __init__(self, *_: object) -> None:
        self._directory = Path(os.environ[DIRECTORY])

    def publish_shard(
        self, replay_id: str, day: date, shard: int, of: int, orders: Orders, said: Callable[[Counts], None]
    ) -> Counts:
        stage = Stage(self._directory)
        hanging, last = False, None
        while True:
            if not hanging:
                seen = stage.see(shard, {"replay": replay_id, "day": str(day), "of": of}, orders)
                if seen["stopped"]:
                    if last is not None:
                        said(Counts(lines=last))
                    raise Stopped("It was told to.")
            match stage.next_command(shard):
                case {"say": int(lines)}:
                    said(Counts(lines=lines))
                case {"end": int(lines)}:
                    return Counts(lines=lines)
                case {"fail": str(kind)}:
                    raise getattr(errors, kind)(f"It is {kind}.", advice="Mend it.")
                case {"break": str(why)}:
                    raise ValueError(why)
                case {"hang": True}:
                    hanging = True
                case {"last": int(lines)}:
                    last = lines
            time.sleep(_POLL_SECONDS)


class Stage:
    """Where a test and its publishers meet."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def tell(self, shard: int, **command: object) -> None:
        """Have the publisher of a shard do that next, whoever it is."""
        with self._script(shard).open("a") as script:
            script.write(json.dumps(command) + "\n")

    def next_command(self, shard: int) -> Any:
        done = self._directory / f"{shard}.done"
        count = int(done.read_text()) if done.exists() else 0
        script = self._script(shard)
        commands = script.read_text().splitlines() if script.exists() else []
        if count >= len(commands):
            return None
        done.write_text(str(count + 1))
        return json.loads(commands[count])

    def see(self, shard: int, asked: dict[str, object], orders: Orders) -> dict[str, object]:
        """Write down what is asked of the publisher now; the same."""
        seen = {"pid": os.getpid(), "pace": asdict(orders.pace()), "stopped": orders.stopped(), **asked}
        new = self._directory / f"{shard}.{os.getpid()}.new"
        new.write_text(json.dumps(seen))
        new.replace(self._directory / f"{shard}.seen")
        return seen

    def seen(self, shard: int) -> dict[str, Any]:
        """What the last publisher of a shard has seen; empty when there was none."""
        path = self._directory / f"{shard}.seen"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def pace(self, shard: int) -> Pace | None:
        """What a publisher of a shard may do now."""
        seen = self.seen(shard)
        return Pace(**seen["pace"]) if seen else None

    def pid(self, shard: int) -> int:
        """The process that is at a shard."""
        return int(self.seen(shard)["pid"])

    def _script(self, shard: int) -> Path:
        return self._directory / f"{shard}.script"
