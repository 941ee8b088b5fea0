"""The machine's own Java and Maven, and the jars that Maven fetches for the sandbox on first use.

A folder of the sandbox says what to fetch (``pom.xml``) and what must come (``jars.sha256``); its ``jars`` is
the cache. Neither file names a host: Maven's own settings say where from. What came is believed only by its
hash.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.installing import once
from sandbox.processes import PartFailedError

JAVA_AT_LEAST = 17
_NEEDED = (
    f"a real Apache Kafka or Druid needs Java {JAVA_AT_LEAST} or newer and Maven: install both"
    " (on Debian and Ubuntu: apt-get install openjdk-17-jre-headless maven)"
)


def java() -> Path:
    """The Java of JAVA_HOME, or else of the PATH; `PartFailedError` when there is none or it is too old."""
    program = _find("java", f"{os.environ['JAVA_HOME']}/bin" if "JAVA_HOME" in os.environ else None)
    said = subprocess.run([program, "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', said.stderr)
    if version is None or int(version[1]) < JAVA_AT_LEAST:
        raise PartFailedError(f"{program} is not Java {JAVA_AT_LEAST} or newer; {_NEEDED}")
    return program


def fetch_jars(folder: Path) -> Path:
    """The ``jars`` of the folder, exactly as pinned; only the first call takes long, and only it needs Maven."""
    jars = folder / "jars"
    once(jars / ".installed", [folder / "pom.xml", folder / "jars.sha256"], lambda: _fetch(folder, jars))
    return jars


def _find(name: str, folder: str | None = None) -> Path:
    program = (folder and shutil.which(name, path=folder)) or shutil.which(name)
    if program is None:
        raise PartFailedError(f"there is no {name} here; {_NEEDED}")
    return Path(program)


def _fetch(folder: Path, jars: Path) -> None:
    java()
    maven = _find("mvn")
    print(f"fetching the jars of {folder.name} (once)", file=sys.stderr, flush=True)  # noqa: T201 - the person waits
    shutil.rmtree(jars, ignore_errors=True)
    done = subprocess.run(
        [maven, "--batch-mode", "--quiet", "--strict-checksums", "dependency:copy-dependencies"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = (done.stdout + done.stderr).strip()
        raise PartFailedError(f"Maven could not fetch the jars of {folder.name}; is Maven Central reachable?\n{why}")
    _check(jars, folder / "jars.sha256")


def _check(jars: Path, pinned: Path) -> None:
    """Hold what came against the pins (lines as ``sha256sum`` writes them)."""
    lines = (line.split() for line in pinned.read_text().splitlines())
    wanted = {name: digest for digest, name in lines}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars.glob("*.jar")}
    if wrong := sorted(name for name, _ in wanted.items() ^ found.items()):
        raise PartFailedError(f"Maven brought other jars than {pinned.name} pins: {', '.join(dict.fromkeys(wrong))}")
