"""A line to a distant server: a TCP proxy that hands on what a client sends so many milliseconds later.

Connections are kept as client and server keep them, so what is added is added to every request and not to
every connection; answers come back at once. A request in several pieces is late by the same time as a whole,
and requests on different connections do not wait for each other. Nothing of HTTP is read.

Run: ``python -m benchmarks.store.slow_proxy PORT SERVER_PORT MILLISECONDS``, all on loopback, until it is ended.
"""

import asyncio
import sys


class _Answers(asyncio.Protocol):
    """The server's side: what it says goes straight back."""

    def __init__(self, client: asyncio.WriteTransport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        self._client.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._client.close()


class _Requests(asyncio.Protocol):
    """A client's side: what it says waits in line."""

    def __init__(self, server_port: int, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._server_port, self._seconds = server_port, seconds
        self._line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._task = self._loop.create_task(self._hand_on(transport))

    def data_received(self, data: bytes) -> None:
        self._line.put_nowait((self._loop.time() + self._seconds, data))

    def connection_lost(self, _: Exception | None) -> None:
        self._line.put_nowait((self._loop.time() + self._seconds, b""))

    async def _hand_on(self, client: asyncio.WriteTransport) -> None:
        server, _ = await self._loop.create_connection(lambda: _Answers(client), "127.0.0.1", self._server_port)
        while True:
            due, data = await self._line.get()
            await asyncio.sleep(due - self._loop.time())
            if not data:
                return server.close()
            server.write(data)


async def serve(port: int, server_port: int, seconds: float) -> None:
    """Proxy until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Requests(server_port, seconds), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
