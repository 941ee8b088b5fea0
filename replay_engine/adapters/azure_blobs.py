"""Azure Blob Storage (azure-storage-blob) as the `BlobStore` port.

Facts used, from Microsoft's "Blob service REST API": `start_copy_from_url` is asynchronous and only
``success`` counts; conditions on ETags answer 412; Put Blob with If-None-Match answers 409 when the name is
taken; Delete Blob takes 256 sub-requests a batch, each with its own condition; Append Block takes
``x-ms-blob-condition-appendpos``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobPrefix, BlobProperties, BlobServiceClient, ContainerClient

from replay_engine.errors import BadConfig, CannotProceed, NotAllowed, TryAgain
from replay_engine.model import Blob
from replay_engine.ports import (
    BlobChanged,
    BlobExists,
    BlobMissing,
    BlobStore,
    CopyState,
    Deletion,
    Group,
)
from replay_engine.settings import Settings

#: Statuses that say "not now": throttling and outages.
_AWAY = {408, 429, 500, 502, 503, 504}
_BATCH = 256


def service(settings: Settings) -> BlobServiceClient:
    """The storage account; `BadConfig` when the settings name none."""
    if settings.azure_connection_string is not None:
        try:
            return BlobServiceClient.from_connection_string(settings.azure_connection_string.get_secret_value())
        except ValueError:
            raise BadConfig("REPLAY_AZURE_CONNECTION_STRING is no connection string.", advice="Copy it anew.") from None
    if settings.azure_account_url:
        return BlobServiceClient(settings.azure_account_url, credential=DefaultAzureCredential())
    raise BadConfig(
        "No storage account is configured.",
        advice="Set REPLAY_AZURE_CONNECTION_STRING or REPLAY_AZURE_ACCOUNT_URL.",
    )


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Let no vendor exception out."""
    try:
        yield
    except ResourceModifiedError as error:
        raise BlobChanged(what) from error
    except ResourceExistsError as error:
        raise BlobExists(what) from error
    except ResourceNotFoundError as error:
        raise BlobMissing(what) from error
    except ClientAuthenticationError as error:
        raise _not_allowed() from error
    except HttpResponseError as error:
        raise _of_status(error, what) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise TryAgain(
            f"The storage account does not answer ({what}).", advice="Check the account and network."
        ) from error


def _of_status(error: HttpResponseError, what: str) -> Exception:
    if error.status_code == 403:
        return _not_allowed()
    if error.status_code == 412:
        return BlobChanged(what)
    if error.status_code == 409:
        return BlobExists(what)
    if error.status_code in _AWAY:
        return TryAgain(f"The storage account is busy or away ({what}: {error.status_code}).")
    return CannotProceed(
        f"The storage account refused {what}: {getattr(error, 'error_code', None) or error.status_code}."
    )


def _not_allowed() -> NotAllowed:
    return NotAllowed(
        "The storage account rejected the credentials.",
        advice="Check REPLAY_AZURE_CONNECTION_STRING, or the identity's role on the account.",
    )


class AzureBlobs:
    """One container."""

    def __init__(self, account: BlobServiceClient, container: str) -> None:
        """No request is made yet."""
        self._client: ContainerClient = account.get_container_client(container)
        self.container = container

    def exists(self) -> bool:
        """Whether the container is there."""
        with _translated(self.container):
            return self._client.exists()

    def ensure(self) -> None:
        """Create the container if it is missing."""
        try:
            with _translated(self.container):
                self._client.create_container()
        except BlobExists:
            return

    def list(self, prefix: str) -> Iterator[Blob]:
        """Every blob whose name begins with ``prefix``, a page at a time."""
        with _translated(f"listing {prefix}"):
            for properties in self._client.list_blobs(name_starts_with=prefix):
                yield _blob(properties)

    def walk(self, prefix: str, delimiter: str) -> Iterator[Blob | Group]:
        """One level of names."""
        with _translated(f"listing {prefix}"):
            for entry in self._client.walk_blobs(name_starts_with=prefix, delimiter=delimiter):
                yield Group(entry.name) if isinstance(entry, BlobPrefix) else _blob(entry)

    def head(self, name: str) -> tuple[Blob, CopyState | None] | None:
        """The blob and the state of the copy that made it."""
        try:
            with _translated(name):
                properties = self._client.get_blob_client(name).get_blob_properties()
        except BlobMissing:
            return None
        status = properties.copy.status
        return _blob(properties), CopyState(status) if status else None

    def read(self, name: str, etag: str | None = None) -> Iterator[bytes]:
        """Its content, a chunk at a time; every chunk is asked for under the same ETag."""
        condition: dict[str, Any] = _if_match(etag) if etag else {}
        with _translated(name):
            yield from self._client.download_blob(name, **condition).chunks()

    def create(self, name: str, data: bytes) -> None:
        """Write it if the name is free."""
        with _translated(name):
            self._client.upload_blob(name, data, overwrite=False)

    def start_copy(
        self, source: BlobStore, source_name: str, source_etag: str, name: str, *, overwrite: bool
    ) -> CopyState:
        """Begin a server-side copy under the source's ETag."""
        condition: dict[str, Any] = {} if overwrite else {"match_condition": MatchConditions.IfMissing}
        with _translated(name):
            answer = self._client.get_blob_client(name).start_copy_from_url(
                source.url(source_name),
                source_etag=source_etag,
                source_match_condition=MatchConditions.IfNotModified,
                **condition,
            )
        return CopyState(str(answer["copy_status"]))

    def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
        """Delete each only under its ETag, in batches."""
        outcomes: list[Deletion] = []
        for start in range(0, len(items), _BATCH):
            part = [{"name": name, **_if_match(etag)} for name, etag in items[start : start + _BATCH]]
            with _translated("deleting"):
                answers = self._client.delete_blobs(*part, raise_on_any_failure=False)
                outcomes += [_deletion(answer.status_code) for answer in answers]
        return outcomes

    def url(self, name: str) -> str:
        """The blob's address."""
        return self._client.get_blob_client(name).url

    def create_log(self, name: str) -> None:
        """Make an empty append blob if the name is free."""
        with _translated(name):
            self._client.get_blob_client(name).create_append_blob(match_condition=MatchConditions.IfMissing)

    def append(self, name: str, data: bytes, position: int) -> None:
        """Append in one piece at exactly that position."""
        with _translated(name):
            self._client.get_blob_client(name).append_block(data, appendpos_condition=position)


def _if_match(etag: str) -> dict[str, Any]:
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}


def _blob(properties: BlobProperties) -> Blob:
    md5 = properties.content_settings.content_md5
    etag = properties.etag.strip('"')
    return Blob(properties.name, properties.size, etag, bytes(md5).hex() if md5 else "")


def _deletion(status_code: int) -> Deletion:
    if status_code == 202:
        return Deletion.DELETED
    if status_code == 404:
        return Deletion.MISSING
    if status_code == 412:
        return Deletion.CHANGED
    raise (
        TryAgain(f"The storage account answered a delete with {status_code}.")
        if status_code in _AWAY
        else CannotProceed(
            f"The storage account refused a delete with {status_code}.",
            advice="Check the identity's role on the account.",
        )
    )
