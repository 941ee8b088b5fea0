"""A proxy on loopback that holds requests back: a network in which some requests arrive long after they were sent.

It stands between one process and Azurite. A request that matches is kept whole until it is released, also when
the process that sent it has died or closed its connection meanwhile; then it is delivered as if nothing had
happened, and its answer is kept for whoever wants to see it. Everything else passes at once.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from sandbox.processes import wait_until

_PATIENCE_SECONDS = 60
_NO_BODY = {204, 304}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent; header names are in small letters, ``raw`` is all of it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; ``raw`` is all of it."""

    status: int
    body: bytes
    raw: bytes


class HeldRequest:
    """A request that matched. It waits until it is released, or is dropped when the proxy ends."""

    def __init__(self, request: Request) -> None:
        """Not released yet."""
        self.request = request
        self._go, self._over = threading.Event(), threading.Event()
        self._answer: Answer | None = None
        self._dropped = False

    def release(self) -> None:
        """Let it arrive now."""
        self._go.set()

    def answer(self) -> Answer:
        """What the server answered, once it has: from then on the request has had its effect."""
        assert self._over.wait(_PATIENCE_SECONDS), f"no answer to {self.request.method} {self.request.target}"
        assert self._answer is not None, f"{self.request.method} {self.request.target} did not get through"
        return self._answer

    def drop(self) -> None:
        """It never arrives, unless it has been released."""
        if not self._go.is_set():
            self._dropped = True
            self._go.set()

    def wait(self) -> bool:
        """For its release; false when it was dropped instead."""
        self._go.wait()
        return not self._dropped

    def ended(self, answer: Answer | None) -> None:
        """It has been answered, or cannot be any more."""
        self._answer = answer
        self._over.set()


class HoldingProxy:
    """The running proxy: its URL, and the requests it holds, in the order in which they came."""

    def __init__(self, target: str, holds: Callable[[Request], bool]) -> None:
        """``target`` is the server's URL; ``holds`` says which requests are kept back."""
        where = urlsplit(target)
        self._target, self._holds = (str(where.hostname), where.port or 80), holds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._held: list[HeldRequest] = []
        self._connections: set[socket.socket] = set()
        self._open = self._closed = False
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    @property
    def held(self) -> tuple[HeldRequest, ...]:
        """Every request that was ever kept back."""
        with self._lock:
            return tuple(self._held)

    def wait_for(self, count: int) -> tuple[HeldRequest, ...]:
        """Once so many are kept back: those."""
        wait_until(lambda: len(self.held) >= count, f"request {count} to hold back", _PATIENCE_SECONDS)
        return self.held[:count]

    def let_all_through(self) -> None:
        """Those that wait, and every one that comes from now on."""
        with self._lock:
            self._open = True
        for one in self.held:
            one.release()

    def close(self) -> None:
        """End; what is still held back never arrives."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        with suppress(OSError):
            # What wakes a thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self.held:
            one.drop()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    self._connections.add(client)
                threading.Thread(target=self._serve, args=(client,), name="proxied", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One request after the other, as long as the connection lasts."""
        with suppress(OSError), client, client.makefile("rb") as sent:
            while (request := _read_request(sent)) is not None and not self._closed:
                held = self._hold(request)
                if held is not None and not held.wait():
                    break
                answer = self._forward(request)
                if held is not None:
                    held.ended(answer)
                if answer is None:
                    break
                client.sendall(answer.raw)
        with self._lock:
            self._connections.discard(client)

    def _hold(self, request: Request) -> HeldRequest | None:
        with self._lock:
            if self._open or not self._holds(request):
                return None
            self._held.append(held := HeldRequest(request))
            return held

    def _forward(self, request: Request) -> Answer | None:
        """On a connection of its own: a server ends one on which nothing was said for seconds."""
        try:
            with socket.create_connection(self._target) as server, server.makefile("rb") as said:
                server.sendall(request.raw)
                return _read_answer(said, request.method)
        except OSError:
            return None


@contextmanager
def holding_proxy(target: str, holds: Callable[[Request], bool]) -> Iterator[HoldingProxy]:
    """Run one until the context ends."""
    with ExitStack() as ending:
        proxy = HoldingProxy(target, holds)
        ending.callback(proxy.close)
        yield proxy


def _read_request(sent: BinaryIO) -> Request | None:
    """The next one, whole; ``None`` when the connection ends before it does."""
    first, headers, head = _read_head(sent)
    if not first:
        return None
    method, target, _ = first.split(" ", 2)
    body, raw = _read_body(sent, headers) if {"content-length", "transfer-encoding"} & headers.keys() else (b"", b"")
    return Request(method, target, headers, body, head + raw)


def _read_answer(said: BinaryIO, method: str) -> Answer | None:
    first, headers, head = _read_head(said)
    if not first:
        return None
    status = int(first.split(" ", 2)[1])
    body, raw = (b"", b"") if method == "HEAD" or status in _NO_BODY else _read_body(said, headers)
    return Answer(status, body, head + raw)


def _read_head(stream: BinaryIO) -> tuple[str, dict[str, str], bytes]:
    """The first line, the headers, and both as they came; an empty first line where the stream ends."""
    lines: list[bytes] = []
    while (line := stream.readline()) not in (b"\r\n", b"\n"):
        if not line.endswith(b"\n"):
            return "", {}, b""
        lines.append(line)
    if not lines:
        return "", {}, b""
    pairs = (header.decode("latin-1").partition(":") for header in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return lines[0].decode("latin-1").strip(), headers, b"".join(lines) + line


def _read_body(stream: BinaryIO, headers: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What is said, and how it came."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _read_chunks(stream)
    body = _exactly(stream, int(headers["content-length"])) if "content-length" in headers else stream.read()
    return body, body


def _read_chunks(stream: BinaryIO) -> tuple[bytes, bytes]:
    body, raw = bytearray(), bytearray()
    size = 1
    while size:
        line = stream.readline()
        size = int(line.split(b";")[0], 16)
        # The last one, of no bytes, is followed by the end of the message; nobody here sends trailers.
        chunk = _exactly(stream, size + 2)
        body += chunk[:size]
        raw += line + chunk
    return bytes(body), bytes(raw)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise ConnectionResetError("the message ended too early")
    return found
