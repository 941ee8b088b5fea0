"""Serve a Starlette app from a thread of this process, on a free loopback port."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from sandbox.processes import PartFailedError


@contextmanager
def serve(app: Starlette, port: int = 0) -> Iterator[str]:
    """Yield the app's base URL (``http://127.0.0.1:<port>``, no slash at the end); stop serving on exit."""
    listener = _listener(port)
    # asyncio sets this only where it made the socket itself; without it answers wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="serve", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise PartFailedError(f"Port {port} is not free: name another one, or 0 for any.") from error
