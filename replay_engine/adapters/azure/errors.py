"""What azure-storage-blob raises, in the engine's words: no vendor exception leaves the adapter.

Codes from Microsoft's "Blob service error codes" and "Status and error codes".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from replay_engine.errors import CannotProceed, NotAllowed, NotThere, TryAgain
from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, LeaseHeld, LeaseLost

#: Statuses that say "not now": throttling, outages, and an answer that broke off after its head.
AWAY = {None, 200, 206, 408, 429, 500, 502, 503, 504}
_TAKEN = {"BlobAlreadyExists", "ContainerAlreadyExists", "TargetConditionNotMet"}
_BUSY = {"PendingCopyOperation", "ContainerBeingDeleted"}
_LEASE_LOST = {
    "LeaseIdMismatchWithBlobOperation",
    "LeaseIdMismatchWithLeaseOperation",
    "LeaseIsBrokenAndCannotBeRenewed",
    "LeaseLost",
    "LeaseNotPresentWithBlobOperation",
    "LeaseNotPresentWithLeaseOperation",
}


@contextmanager
def translated(subject: str, container: str) -> Iterator[None]:
    """Let no vendor exception out."""
    try:
        yield
    except ClientAuthenticationError as error:
        raise _not_allowed() from error
    except HttpResponseError as error:
        raise _of_answer(error, subject, container) from error
    except AzureError as error:
        raise TryAgain(
            f"The storage account does not answer ({subject}).", advice="Check the account and network."
        ) from error
    except ValueError as error:
        # The SDK's word for an answer that lacks what every answer of the service has.
        raise somebody_else() from error


def _of_answer(error: HttpResponseError, subject: str, container: str) -> Exception:
    status, code = error.status_code, _code(error)
    if status in (401, 403):
        return _not_allowed()
    if code == "ContainerNotFound":
        return NotThere(f"There is no container {container}.", advice="Check its name.")
    if code == "LeaseAlreadyPresent":
        return LeaseHeld(subject)
    if code in _LEASE_LOST:
        return LeaseLost(subject)
    if status == 404:
        return BlobMissing(subject)
    if code in _TAKEN:
        return BlobExists(subject)
    if status == 412:
        return BlobChanged(subject)
    if status in AWAY or code in _BUSY:
        return TryAgain(f"The storage account is busy or away ({subject}: {code or status}).")
    return CannotProceed(f"The storage account refused {subject}: {code or status}.")


def _code(error: HttpResponseError) -> str:
    code: Any = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def somebody_else() -> CannotProceed:
    return CannotProceed(
        "Something else answers in place of the storage account.", advice="Check its address and the proxies."
    )


def _not_allowed() -> NotAllowed:
    return NotAllowed(
        "The storage account rejected the credentials.",
        advice="Check REPLAY_AZURE_CONNECTION_STRING, or the identity's role on the account.",
    )
