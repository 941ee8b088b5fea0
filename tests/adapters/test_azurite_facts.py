"""What the protocols rest on, of Azurite itself: ETags, conditions of copies, and which write forgets a copy's status.

Where Azurite is known to differ from Azure it is said here, with Azure's own word from "Get Blob Properties": a
copy's status is gone once the blob was modified by Set Blob Properties, Put Blob or Put Block List. Two things
cannot be had of Azurite: a copy is always over, in success, when its request is answered, so none is ever pending,
failed or aborted (`tests/fakes` has those); and its clock is that of this machine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, BlobClient, BlobServiceClient, ContainerClient, ContentSettings
from azure.storage.blob import StandardBlobTier as Tier

from sandbox.azurite import Azurite

NAME = "unique/2019-12-01-1575224000000.json.gz"
HEADERS = ContentSettings("application/json", "gzip", "en", "attachment", "no-cache")
_SUCCESS = "success"


@pytest.fixture
def data(azurite: Azurite) -> Iterator[ContainerClient]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        yield account.create_container(f"facts-{uuid4().hex}")


@pytest.fixture
def original(data: ContainerClient) -> BlobClient:
    """A file with everything a file can have."""
    blob = data.get_blob_client(NAME)
    kept: dict[str, Any] = {"metadata": {"secor": "0.24"}, "tags": {"team": "data"}, "standard_blob_tier": Tier.COOL}
    blob.upload_blob(b"content", content_settings=HEADERS, **kept)
    return blob


@pytest.fixture
def copied(data: ContainerClient, original: BlobClient) -> BlobClient:
    """A server-side copy of it."""
    blob = data.get_blob_client("backup")
    assert blob.start_copy_from_url(original.url)["copy_status"] == _SUCCESS
    return blob


def test_setting_the_same_metadata_again_changes_the_etag_and_nothing_else(original: BlobClient) -> None:
    """Content, headers with the MD5, metadata, tier and tags are kept; a request under the old ETag is refused."""
    before = original.get_blob_properties()
    original.set_blob_metadata(before.metadata, **_if_match(before.etag))
    after = original.get_blob_properties()
    assert after.etag != before.etag
    assert after.content_settings == before.content_settings
    assert after.content_settings.content_md5 is not None
    assert (after.metadata, after.size) == (before.metadata, before.size) == ({"secor": "0.24"}, 7)
    assert (
        (after.blob_tier, after.blob_tier_inferred)
        == (before.blob_tier, before.blob_tier_inferred)
        == (Tier.COOL, False)
    )
    assert original.get_blob_tags() == {"team": "data"}
    assert original.download_blob(decompress=False).readall() == b"content"
    assert _refusal(lambda: original.delete_blob(**_if_match(before.etag))) == (412, "ConditionNotMet")
    assert _refusal(lambda: original.set_blob_metadata({}, **_if_match(before.etag))) == (412, "ConditionNotMet")


def test_a_blob_without_metadata_gets_a_new_etag_too(data: ContainerClient) -> None:
    """Setting none where there is none counts; a blob made of blocks still has no MD5, and no chosen tier."""
    blob = data.get_blob_client(NAME)
    blob.stage_block("MDE=", b"content")
    blob.commit_block_list([BlobBlock("MDE=")])
    before = blob.get_blob_properties()
    blob.set_blob_metadata({})
    after = blob.get_blob_properties()
    assert after.etag != before.etag
    assert (after.content_settings.content_md5, after.blob_tier_inferred) == (None, True)


def test_tags_and_tier_leave_the_etag(original: BlobClient) -> None:
    """Whoever changes those has not changed the file."""
    before = original.get_blob_properties().etag
    original.set_blob_tags({"team": "other"})
    original.set_standard_blob_tier(Tier.HOT)
    assert original.get_blob_properties().etag == before


def test_a_copy_says_that_it_is_one(copied: BlobClient, data: ContainerClient) -> None:
    """In its properties, and in a listing; it has what the file had, but its tags."""
    assert _status(copied) == _SUCCESS
    assert {blob.name: blob.copy.status for blob in data.list_blobs()} == {NAME: None, "backup": _SUCCESS}
    found = copied.get_blob_properties()
    assert (found.metadata, found.content_settings.content_encoding) == ({"secor": "0.24"}, "gzip")
    assert copied.get_blob_tags() == {}


def test_put_blob_over_a_copy_clears_its_status(copied: BlobClient) -> None:
    """As on Azure."""
    copied.upload_blob(b"somebody else's", overwrite=True)
    assert _status(copied) is None


def test_set_metadata_on_a_copy_keeps_its_status(copied: BlobClient) -> None:
    """With another ETag. Azure does not count it among the writes that clear the status either."""
    before = copied.get_blob_properties().etag
    copied.set_blob_metadata({"touched": "yes"})
    assert copied.get_blob_properties().etag != before
    assert _status(copied) == _SUCCESS


def test_what_azure_would_clear_the_status_for(copied: BlobClient) -> None:
    """Set Blob Properties and Put Block List leave it on Azurite: the ETag tells, and the size, not the status."""
    before = copied.get_blob_properties().etag
    copied.set_http_headers(ContentSettings("text/plain"))
    headers = copied.get_blob_properties().etag
    assert (headers != before, _status(copied)) == (True, _SUCCESS)
    copied.stage_block("MDE=", b"in blocks")
    copied.commit_block_list([BlobBlock("MDE=")])
    assert (copied.get_blob_properties().etag != headers, _status(copied)) == (True, _SUCCESS)
    assert copied.download_blob().readall() == b"in blocks"


def test_a_copy_to_a_name_that_is_taken_is_refused(copied: BlobClient, original: BlobClient) -> None:
    """If-None-Match: * is about the name it goes to; what is there stays as it is, ETag and all."""
    before = copied.get_blob_properties().etag
    create_only: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
    assert _refusal(lambda: copied.start_copy_from_url(original.url, **create_only)) == (409, "BlobAlreadyExists")
    assert copied.get_blob_properties().etag == before


def test_a_copy_of_what_has_changed_or_gone_is_refused(data: ContainerClient, original: BlobClient) -> None:
    """The condition on the source is asked before the one on the name; nothing is there afterwards."""
    target, before = data.get_blob_client("backup"), original.get_blob_properties().etag
    source: dict[str, Any] = {"source_etag": before, "source_match_condition": MatchConditions.IfNotModified}
    original.set_blob_metadata({"secor": "0.24"})
    assert _refusal(lambda: target.start_copy_from_url(original.url, **source)) == (412, "ConditionNotMet")
    taken: dict[str, Any] = {**source, "match_condition": MatchConditions.IfMissing}
    assert _refusal(lambda: original.start_copy_from_url(original.url, **taken)) == (412, "ConditionNotMet")
    original.delete_blob()
    assert _refusal(lambda: target.start_copy_from_url(original.url, **source)) == (404, "BlobNotFound")
    assert not target.exists()


def test_a_copy_is_over_when_it_is_answered(data: ContainerClient) -> None:
    """However large: a pending one cannot be had here, nor one that is aborted."""
    large, target = data.get_blob_client("large"), data.get_blob_client("copy of it")
    large.upload_blob(bytes(64 << 20))
    answer = target.start_copy_from_url(large.url)
    assert (answer["copy_status"], _status(target)) == (_SUCCESS, _SUCCESS)
    assert _refusal(lambda: target.abort_copy(str(answer["copy_id"]))) == (409, "NoPendingCopyOperation")


def test_listings_say_when_a_blob_was_last_modified(data: ContainerClient, original: BlobClient) -> None:
    """To the second, by the store's clock, and the same as its properties say."""
    (listed,) = data.list_blobs()
    moment = listed.last_modified
    assert moment == original.get_blob_properties().last_modified
    assert isinstance(moment, datetime)
    assert (moment.utcoffset(), moment.microsecond) == (timedelta(0), 0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def _if_match(etag: str | None) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _status(blob: BlobClient) -> str | None:
    return blob.get_blob_properties().copy.status


def _refusal(act: Any) -> tuple[int | None, str]:
    """Status and code of what the store does not do."""
    with pytest.raises(HttpResponseError) as refused:
        act()
    error: Any = refused.value
    return error.status_code, str(getattr(error.error_code, "value", error.error_code))
