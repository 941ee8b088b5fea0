"""Azure Blob Storage (azure-storage-blob) as the `BlobStore` port.

Facts used, from Microsoft's "Blob service REST API": `start_copy_from_url` is asynchronous and only
``success`` counts; conditions on ETags answer 412; Put Blob with If-None-Match answers 409 when the name is
taken; Delete Blob takes 256 sub-requests a batch, each with its own condition; Append Block takes
``x-ms-blob-condition-appendpos``.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any
from uuid import uuid4

import requests
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import (
    BlobClient,
    BlobLeaseClient,
    BlobPrefix,
    BlobProperties,
    BlobServiceClient,
    ContainerClient,
    ExponentialRetry,
    StandardBlobTier,
)

from replay_engine.adapters.azure.errors import AWAY, somebody_else, translated
from replay_engine.errors import BadConfig, CannotProceed, TryAgain
from replay_engine.model import Blob
from replay_engine.ports import BlobExists, BlobMissing, BlobStore, CopyState, Deletion, Group, LeaseLost
from replay_engine.settings import Settings

_BATCH = 256
_NO_SUCH_RANGE = 416
#: A file is read in pieces of this size: large enough to be few requests, small enough to be read ahead.
_CHUNK_BYTES = 4 << 20


def service(settings: Settings) -> BlobServiceClient:
    """The storage account; `BadConfig` when the settings name none."""
    # Short: patience is the driver's, and a wrong address should be told soon.
    retries = ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=2, random_jitter_range=1)
    client_options: dict[str, Any] = {
        "retry_policy": retries,
        "transport": _transport(settings),
        "max_single_get_size": _CHUNK_BYTES,
        "max_chunk_get_size": _CHUNK_BYTES,
    }
    if settings.azure_connection_string is not None:
        try:
            secret = settings.azure_connection_string.get_secret_value()
            return BlobServiceClient.from_connection_string(secret, **client_options)
        except ValueError:
            raise BadConfig("REPLAY_AZURE_CONNECTION_STRING is no connection string.", advice="Copy it anew.") from None
    if settings.azure_account_url:
        # Slow to import, and most starts do without.
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        try:
            return BlobServiceClient(settings.azure_account_url, DefaultAzureCredential(), **client_options)
        except ValueError:
            raise BadConfig("REPLAY_AZURE_ACCOUNT_URL is no URL of an account.", advice="Mend it.") from None
    raise BadConfig(
        "No storage account is configured.",
        advice="Set REPLAY_AZURE_CONNECTION_STRING or REPLAY_AZURE_ACCOUNT_URL.",
    )


def _transport(settings: Settings) -> RequestsTransport:
    """A connection for each request that may be under way: of its own accord the SDK keeps ten."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=settings.store_concurrency))
    return RequestsTransport(session=session)


class AzureBlobs:
    """One container."""

    def __init__(self, account: BlobServiceClient, container: str) -> None:
        """No request is made yet."""
        self._account = account
        self._client: ContainerClient = account.get_container_client(container)
        self.container = container

    def _translated(self, subject: str) -> AbstractContextManager[None]:
        return translated(subject, self.container)

    def exists(self) -> bool:
        """Whether the container is there."""
        with self._translated(self.container):
            return self._client.exists()

    def ensure(self) -> None:
        """Create the container if it is missing."""
        try:
            with self._translated(self.container):
                self._client.create_container()
        except BlobExists:
            return

    def list(self, prefix: str) -> Iterator[Blob]:
        """Every blob whose name begins with ``prefix``, a page at a time."""
        with self._translated(f"listing {prefix}"):
            for properties in self._client.list_blobs(name_starts_with=prefix):
                yield _blob(properties)

    def walk(self, prefix: str, delimiter: str) -> Iterator[Blob | Group]:
        """One level of names."""
        with self._translated(f"listing {prefix}"):
            for entry in self._client.walk_blobs(name_starts_with=prefix, delimiter=delimiter):
                yield Group(entry.name) if isinstance(entry, BlobPrefix) else _blob(entry)

    def head(self, name: str) -> tuple[Blob, CopyState | None] | None:
        """The blob and the state of the copy that made it."""
        try:
            with self._translated(name):
                properties = self._client.get_blob_client(name).get_blob_properties()
        except BlobMissing:
            return None
        status = properties.copy.status
        return _blob(properties), CopyState(status) if status else None

    def read(self, name: str, etag: str | None = None, most_bytes: int | None = None) -> Iterator[bytes]:
        """Its content, a chunk at a time; every chunk is asked for under the same ETag.

        Always the stored bytes: the SDK would inflate a file that says ``Content-Encoding: gzip`` by itself.
        """
        condition: dict[str, Any] = _if_match(etag) if etag else {}
        first = None if most_bytes is None else 0
        with self._translated(name):
            try:
                yield from self._client.download_blob(name, first, most_bytes, decompress=False, **condition).chunks()
            except HttpResponseError as error:
                if error.status_code != _NO_SUCH_RANGE:
                    raise
                # An empty blob has no first bytes; whether it is the right one is still to be asked.
                self._client.get_blob_client(name).get_blob_properties(**condition)

    def create(self, name: str, data: bytes) -> None:
        """Write it if the name is free."""
        with self._translated(name):
            self._client.upload_blob(name, data, overwrite=False)

    def put(self, name: str, data: bytes) -> None:
        """Write it over whatever was there."""
        with self._translated(name):
            self._client.upload_blob(name, data, overwrite=True)

    def touch(self, name: str, etag: str) -> None:
        """Set the metadata that it has: that changes the ETag, and nothing else."""
        blob = self._client.get_blob_client(name)
        with self._translated(name):
            # Without a condition: one on what is not there is answered 412 by some, 404 by others.
            metadata = blob.get_blob_properties().metadata
            blob.set_blob_metadata(metadata, **_if_match(etag))

    def start_copy(self, source: BlobStore, source_name: str, source_etag: str, name: str) -> CopyState:
        """Begin a server-side copy under the source's ETag, with its tier and tags, where nothing is.

        The service copies content, metadata and headers; the tier it sets anew and tags it leaves behind.
        """
        original = self._account.get_blob_client(source.container, source_name)
        with self._translated(name):
            answer = self._client.get_blob_client(name).start_copy_from_url(
                original.url,
                source_etag=source_etag,
                source_match_condition=MatchConditions.IfNotModified,
                match_condition=MatchConditions.IfMissing,
                **_kept(original),
            )
        return CopyState(str(answer.get("copy_status") or CopyState.ABORTED))

    def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
        """Delete each only under its ETag, in batches."""
        outcomes: list[Deletion] = []
        for start in range(0, len(items), _BATCH):
            part = [{"name": name, **_if_match(etag)} for name, etag in items[start : start + _BATCH]]
            with self._translated("deleting"):
                statuses = [a.status_code for a in self._client.delete_blobs(*part, raise_on_any_failure=False)]
            names = (name for name, _ in items[start:])
            outcomes += [self._deletion(name, status) for name, status in zip(names, statuses, strict=False)]
        return outcomes

    def _deletion(self, name: str, status_code: int) -> Deletion:
        """What became of one; a condition on what is not there is answered 412 by some, 404 by others."""
        outcome = _deletion(status_code)
        gone = outcome is Deletion.CHANGED and self.head(name) is None
        return Deletion.MISSING if gone else outcome

    def create_log(self, name: str) -> None:
        """Make an empty append blob if the name is free."""
        with self._translated(name):
            self._client.get_blob_client(name).create_append_blob(match_condition=MatchConditions.IfMissing)

    def append(self, name: str, data: bytes, position: int, lease: str) -> None:
        """Append in one piece at exactly that position, under the lease."""
        with self._translated(name):
            self._client.get_blob_client(name).append_block(data, appendpos_condition=position, lease=lease)

    def lease(self, name: str, seconds: int) -> str:
        """Take the lease under an id of our own, so that a retried request finds it ours."""
        lease = BlobLeaseClient(self._client.get_blob_client(name), lease_id=str(uuid4()))
        with self._translated(name):
            lease.acquire(lease_duration=seconds)
        return lease.id

    def renew(self, name: str, lease: str) -> None:
        """Make it run its full time again."""
        with self._translated(name):
            BlobLeaseClient(self._client.get_blob_client(name), lease_id=lease).renew()

    def release(self, name: str, lease: str) -> None:
        """Give it up."""
        with suppress(LeaseLost), self._translated(name):
            BlobLeaseClient(self._client.get_blob_client(name), lease_id=lease).release()

    def break_lease(self, name: str) -> None:
        """End whoever's lease it is, at once."""
        with suppress(LeaseLost, BlobMissing), self._translated(name):
            BlobLeaseClient(self._client.get_blob_client(name)).break_lease(lease_break_period=0)

    def leased(self, name: str) -> bool:
        """Whether anybody's lease runs."""
        try:
            with self._translated(name):
                return str(self._client.get_blob_client(name).get_blob_properties().lease.state) == "leased"
        except BlobMissing:
            return False


def _if_match(etag: str) -> dict[str, Any]:
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}


def _kept(original: BlobClient) -> dict[str, Any]:
    """What a copy must be told: a tier that somebody chose, and the tags."""
    properties = original.get_blob_properties()
    kept: dict[str, Any] = {}
    if properties.blob_tier and not properties.blob_tier_inferred:
        kept["standard_blob_tier"] = StandardBlobTier(properties.blob_tier)
    if properties.tag_count:
        kept["tags"] = original.get_blob_tags()
    return kept


def _blob(properties: BlobProperties) -> Blob:
    if not properties.etag:
        raise somebody_else()
    md5 = properties.content_settings.content_md5
    etag = properties.etag.strip('"')
    return Blob(properties.name, properties.size, etag, bytes(md5).hex() if md5 else "", properties.last_modified)


def _deletion(status_code: int) -> Deletion:
    if status_code == 202:
        return Deletion.DELETED
    if status_code == 404:
        return Deletion.MISSING
    if status_code == 412:
        return Deletion.CHANGED
    raise (
        TryAgain(f"The storage account answered a delete with {status_code}.")
        if status_code in AWAY
        else CannotProceed(
            f"The storage account refused a delete with {status_code}.",
            advice="Check the identity's role on the account.",
        )
    )
