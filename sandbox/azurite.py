"""Azurite, Microsoft's emulator of Azure Blob Storage, in memory, with its well-known account."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.node import NODE, install_packages
from sandbox.processes import Child, answers, child, free_port

ACCOUNT = "devstoreaccount1"
# Public: every Azurite and every document about it has this key.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running blob store."""

    url: str

    @property
    def connection_string(self) -> str:
        account = f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY}"
        return f"{account};BlobEndpoint={self.url}/{ACCOUNT};"


@contextmanager
def azurite(directory: Path) -> Iterator[Azurite]:
    """Run Azurite until the context ends; ``directory`` gets its log and nothing else."""
    server = install_packages() / "azurite" / "dist" / "src" / "blob" / "main.js"
    port = free_port()
    command: list[str | Path] = [
        NODE,
        server,
        *("--blobHost", "127.0.0.1", "--blobPort", str(port)),
        # Today's SDK speaks a newer API version than Azurite knows by name.
        "--skipApiVersionCheck",
        *("--inMemoryPersistence", "--disableTelemetry", "--silent"),
    ]
    log = directory / "azurite.log"

    def ready(_: Child) -> bool:
        return answers(port)

    # It keeps nothing, and asked politely it would wait for idle connections.
    with child("Azurite", command, log=log, directory=directory, ready=ready, grace_seconds=0.2):
        yield Azurite(f"http://127.0.0.1:{port}")
