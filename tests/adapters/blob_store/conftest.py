"""Every test here runs on Azurite through the adapter, and on the store in memory."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient

from replay_engine.adapters.azure.blobs import AzureBlobs
from sandbox.azurite import Azurite
from tests.adapters.blob_store.stores import Stores
from tests.fakes.account import Account
from tests.fakes.blobs import MemoryBlobs


@pytest.fixture(params=["azurite", "memory"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "azurite":
        yield from _on_azurite(request.getfixturevalue("azurite"))
    else:
        account = Account({"data": {}, "state": {}})
        data, state, missing = (MemoryBlobs(account, name) for name in ("data", "state", "missing"))
        yield Stores(data, state, missing, lambda name, content: account.put("data", name, content))


def _on_azurite(azurite: Azurite) -> Iterator[Stores]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        clients = [account.create_container(f"contract-{uuid4().hex}") for _ in range(2)]
        data, state = (AzureBlobs(account, client.container_name) for client in clients)
        missing = AzureBlobs(account, f"contract-{uuid4().hex}")
        yield Stores(data, state, missing, lambda name, content: clients[0].upload_blob(name, content, overwrite=True))
