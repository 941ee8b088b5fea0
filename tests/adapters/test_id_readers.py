"""Processes that read stored files for their event ids: what they find, and what becomes of those that die."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.adapters.id_reader_processes import IdReaderProcesses
from replay_engine.day.id_reading import sample_of
from replay_engine.errors import TryAgain
from replay_engine.event_ids import EventId
from replay_engine.model import Blob
from sandbox.azurite import Azurite

MID = EventId("mid")
LINES = b"\n".join(b'{"mid":"LOG:%d"}' % number for number in range(3000))
FILES = {
    "unique/2019-12-01-1.json.gz": gzip.compress(LINES),
    "unique/2019-12-01-2.json": b'{"ets":1}\n\n' + LINES,
    "unique/2019-12-01-3.json.gz": b"this is no gzip file",
    "unique/2019-12-01-4.json.gz": gzip.compress(LINES)[:-9],
    "unique/2019-12-01-5.json": b"",
}


@pytest.fixture
def store(azurite: Azurite, container: ContainerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureBlobs]:
    """The files, and settings with which a process finds them."""
    monkeypatch.setenv("REPLAY_AZURE_CONNECTION_STRING", azurite.connection_string)
    for name, data in FILES.items():
        container.upload_blob(name, data)
    with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        yield AzureBlobs(account, container.container_name)


@pytest.mark.parametrize("modulus", [1, 16])
def test_a_process_finds_what_this_one_would(store: AzureBlobs, modulus: int) -> None:
    """Of gzip and plain files, of one cut short, empty, or no gzip at all."""
    with IdReaderProcesses().open() as read:
        for blob in store.list("unique/"):
            there, here = read(store.container, blob, MID, modulus), sample_of(store, blob, MID, modulus)
            assert (there.ids.tolist(), there.events, there.lines) == (here.ids.tolist(), here.events, here.lines)
            assert there.lines_without_id == here.lines_without_id


def test_a_file_that_was_written_again_is_looked_at_later(store: AzureBlobs, container: ContainerClient) -> None:
    """Or deleted; and the process reads the next one."""
    stored = list(store.list("unique/"))
    container.upload_blob(stored[0].name, b"another", overwrite=True)
    container.delete_blob(stored[3].name)
    with IdReaderProcesses().open() as read:
        for changed in (stored[0], stored[3]):
            with pytest.raises(TryAgain, match="written again"):
                read(store.container, changed, MID, 1)
        assert read(store.container, stored[1], MID, 1).events == 3000


ANSWERS = """
import os, signal, sys
for line in sys.stdin:
    {act}
    sys.stdout.write('{{"ids": 0, "events": 1, "lines_without_id": 0, "lines": 1}}\\n')
    sys.stdout.flush()
"""


def readers(act: str) -> IdReaderProcesses:
    return IdReaderProcesses([sys.executable, "-c", ANSWERS.format(act=act)])


BLOB = Blob("a", 1, "e")


@pytest.mark.parametrize("spoken", ["", "sys.stdout.write('{\"ids\": 3, '); sys.stdout.flush(); "])
def test_one_that_is_killed_is_tried_again(spoken: str) -> None:
    """Also in the middle of a word; it is not given another file."""
    with readers(f"{spoken}os.kill(os.getpid(), signal.SIGKILL)").open() as read:
        for _ in range(2):
            with pytest.raises(TryAgain, match="was killed"):
                read("data", BLOB, MID, 1)


def test_one_that_breaks_off_is_a_bug() -> None:
    with readers("sys.exit(3)").open() as read, pytest.raises(RuntimeError, match="exit code 3"):
        read("data", BLOB, MID, 1)


def test_processes_end_with_the_block() -> None:
    """One process reads many files."""
    before = _children()
    with readers("pass").open() as read:
        assert [read("data", BLOB, MID, 1).events for _ in range(3)] == [1, 1, 1]
        assert len(_children() - before) == 1
    assert _children() == before


def _children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children").read_text().split())


def test_one_whose_run_is_gone_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stdin ends, whoever was killed."""
    monkeypatch.setenv("REPLAY_AZURE_CONNECTION_STRING", "UseDevelopmentStorage=true")
    command = [sys.executable, "-m", "replay_engine.id_reader"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0
