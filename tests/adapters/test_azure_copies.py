"""What a file keeps on its way to the backup and back, on Azurite through the adapter."""

from uuid import uuid4

from azure.storage.blob import BlobServiceClient, ContentSettings, StandardBlobTier

from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.adapters.clock import SystemClock
from replay_engine.day.verified_copy import copy
from sandbox.azurite import Azurite

NAME = "channel/é 1/raw/2019-12-01-1575224000000.json.gz"


def test_a_file_comes_back_with_everything_it_had(azurite: Azurite) -> None:
    """Bytes, headers, metadata, a chosen access tier and tags survive backup, clear and restore."""
    headers = ContentSettings("application/json", "gzip", "en", "attachment", "no-cache")
    with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        data, state = (AzureBlobs(account, f"copies-{uuid4().hex}") for _ in range(2))
        data.ensure()
        state.ensure()
        blob = account.get_blob_client(data.container, NAME)
        blob.upload_blob(
            b"content",
            content_settings=headers,
            metadata={"secor": "0.24"},
            tags={"team": "data", "kept": "yes"},
            standard_blob_tier=StandardBlobTier.COOL,
        )
        before = blob.get_blob_properties()
        (original,) = data.list("")
        kept = copy(data, original, state, f"backup/{NAME}", SystemClock(), lambda: None)
        data.delete([(original.name, original.etag)])
        copy(state, kept, data, NAME, SystemClock(), lambda: None)
        after = blob.get_blob_properties()
        assert b"".join(data.read(NAME)) == b"content"
        assert after.content_settings == before.content_settings
        assert after.metadata == before.metadata == {"secor": "0.24"}
        assert after.blob_tier == before.blob_tier == "Cool"
        assert blob.get_blob_tags() == {"team": "data", "kept": "yes"}
