"""Whatever the storage account does, what comes out of the adapter is one of our errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from replay_engine.adapters.azure import blobs as azure_blobs
from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.errors import BadConfig, CannotProceed, NotAllowed, ReplayError, TryAgain
from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, BlobStore, LeaseHeld, LeaseLost
from replay_engine.settings import Settings
from sandbox.azurite import ACCOUNT, KEY, Azurite
from sandbox.processes import free_port
from sandbox.serving import serve

NO_LEASE = "00000000-0000-0000-0000-000000000000"
Act = Callable[[BlobStore], object]

ACTS: dict[str, Act] = {
    "exists": lambda store: store.exists(),
    "ensure": lambda store: store.ensure(),
    "list": lambda store: list(store.list("")),
    "walk": lambda store: list(store.walk("", "/")),
    "head": lambda store: store.head("a"),
    "read": lambda store: b"".join(store.read("a", "0x1")),
    "create": lambda store: store.create("a", b"1"),
    "put": lambda store: store.put("a", b"1"),
    "touch": lambda store: store.touch("a", "0x1"),
    "start_copy": lambda store: store.start_copy(store, "a", "0x1", "b"),
    "delete": lambda store: store.delete([("a", "0x1")]),
    "create_log": lambda store: store.create_log("a"),
    "append": lambda store: store.append("a", b"1", 0, NO_LEASE),
    "lease": lambda store: store.lease("a", 15),
    "renew": lambda store: store.renew("a", NO_LEASE),
    "release": lambda store: store.release("a", NO_LEASE),
    "break_lease": lambda store: store.break_lease("a"),
    "leased": lambda store: store.leased("a"),
}
OURS = (ReplayError, BlobChanged, BlobExists, BlobMissing, LeaseHeld, LeaseLost)
every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@contextmanager
def store_at(url: str, key: str = KEY) -> Iterator[AzureBlobs]:
    """A container of an account there, whose client does not ask twice."""
    text = f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={url}/{ACCOUNT};"
    with BlobServiceClient.from_connection_string(text, retry_total=0) as account:
        yield AzureBlobs(account, f"errors-{uuid4().hex}")


@dataclass(slots=True)
class Account:
    """A server that answers everything alike, with whatever it is told to."""

    url: str = ""
    answer: Response = field(default_factory=Response)

    @contextmanager
    def answering(
        self, status: int, code: str = "", body: bytes = b"", length: int | None = None
    ) -> Iterator[AzureBlobs]:
        """``length`` promises more bytes than there are."""
        headers = {"x-ms-error-code": code} if code else {}
        self.answer = Response(body, status, {**headers, **({"Content-Length": str(length)} if length else {})})
        with store_at(self.url) as store:
            yield store


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    account = Account()

    async def answer(_: Request) -> Response:
        return account.answer

    methods = ["GET", "PUT", "POST", "HEAD", "DELETE"]
    with serve(Starlette(routes=[Route("/{rest:path}", answer, methods=methods)])) as account.url:
        yield account


def test_every_method_is_tried() -> None:
    """A method that is added to the port must be added here."""
    assert set(ACTS) == {name for name in vars(BlobStore) if not name.startswith("_")} - {"container"}


@every_act
def test_nobody_listens(act: Act) -> None:
    """An account that is away may be back later."""
    with store_at(f"http://127.0.0.1:{free_port()}") as store, pytest.raises(TryAgain):
        act(store)


@every_act
@pytest.mark.parametrize("key", ["A" * 86 + "==", "no key at all"], ids=["wrong", "malformed"])
def test_a_key_that_is_not_the_accounts(azurite: Azurite, act: Act, key: str) -> None:
    """A person must mend the credentials; the message does not tell them."""
    with store_at(azurite.url, key) as store, pytest.raises(NotAllowed) as refused:
        act(store)
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (503, "ServerBusy", TryAgain),
        (500, "InternalError", TryAgain),
        (500, "OperationTimedOut", TryAgain),
        (429, "", TryAgain),
        (409, "ContainerBeingDeleted", TryAgain),
        (409, "PendingCopyOperation", TryAgain),
        (409, "BlobImmutableDueToPolicy", CannotProceed),
        (409, "BlobAlreadyExists", BlobExists),
        (412, "ConditionNotMet", BlobChanged),
        (412, "LeaseIdMissing", BlobChanged),
        (400, "InvalidResourceName", CannotProceed),
        (403, "AuthorizationPermissionMismatch", NotAllowed),
        (404, "BlobNotFound", BlobMissing),
    ],
)
def test_what_an_answer_means(account: Account, status: int, code: str, expected: type[Exception]) -> None:
    """Each of Azure's statuses leads where the driver can do something about it."""
    with account.answering(status, code) as store, pytest.raises(expected):
        b"".join(store.read("a", "0x1"))


@pytest.mark.parametrize(
    ("status", "body", "length"),
    [
        (200, b"<html>a proxy's page", None),
        (200, b"<Results>", None),
        (200, b"cut", 1000),
        (302, b"", None),
        (418, b"{", None),
    ],
    ids=["page", "broken xml", "cut off", "redirect", "nonsense"],
)
def test_an_answer_of_somebody_else(account: Account, status: int, body: bytes, length: int | None) -> None:
    """A proxy or a broken connection: whatever it is taken for, no vendor exception escapes."""
    with account.answering(status, body=body, length=length) as store:
        for name, act in ACTS.items():
            try:
                act(store)
            except OURS:
                continue
            except Exception as error:  # noqa: BLE001 - any other kind is what must not be
                pytest.fail(f"{name} let {error!r} escape")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"azure_connection_string": SecretStr("AccountKey=hush")}, "REPLAY_AZURE_CONNECTION_STRING"),
        ({"azure_account_url": "http://"}, "REPLAY_AZURE_ACCOUNT_URL"),
        ({}, "REPLAY_AZURE_CONNECTION_STRING"),
    ],
)
def test_settings_that_name_no_account(settings: dict[str, object], name: str) -> None:
    """The setting to mend is named, its value is not told."""
    with pytest.raises(BadConfig, match=name) as refused:
        azure_blobs.service(Settings.model_validate(settings))
    assert "hush" not in str(refused.value)
