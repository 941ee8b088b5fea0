"""Write the trees that `tests.old_state.trees` reads; run on the tree of the program whose state is wanted::

    PYTHONPATH=. python -m tests.old_state.write_trees <directory for the trees>

The same commit writes the same bytes. The trees here are of commit d402332, which had no such writer of its own: they
were written by the one of the commit after it, ``git show 86db355:tests/old_state/write_trees.py``.
"""

import gzip
import json
import sys
from pathlib import Path

from tests.old_state.write_trees.document import document
from tests.old_state.write_trees.situations import SITUATIONS


def main(directory: Path) -> None:
    """Write every tree."""
    directory.mkdir(parents=True, exist_ok=True)
    for situation, make in SITUATIONS.items():
        told = json.dumps(document(make()), sort_keys=True, separators=(",", ":")).encode()
        (directory / f"{situation}.json.gz").write_bytes(gzip.compress(told, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
