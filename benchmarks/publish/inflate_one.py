"""The floor under every publisher: inflate stored files with isal, and nothing else.

Run: ``python -m benchmarks.publish.inflate_one FILE …``.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from isal import igzip_lib

from benchmarks.tools.usage import Working

_CHUNK_BYTES, _PIECE_BYTES = 4 << 20, 256 << 10


def main(files: Sequence[str]) -> None:
    """A piece at a time, in as little memory as a publisher; each file is one gzip member."""
    for name in files:
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        with Path(name).open("rb") as file:
            while not member.eof:
                member.decompress(file.read(_CHUNK_BYTES) if member.needs_input else b"", _PIECE_BYTES)


if __name__ == "__main__":
    working = Working()
    main(sys.argv[1:])
    working.say()
