"""A small HTTP/1.1 load generator on raw sockets: so light that the server is what is measured."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Load:
    """What one run saw. Times are seconds."""

    latencies: list[float] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, values: list[float], share: float) -> float:
        """Return a percentile of `values`, in milliseconds."""
        ordered = sorted(values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def request(body: bytes, key: str, path: str = "/v1/messages") -> bytes:
    """Return the bytes of a whole request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {key}\r\n"
        "anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _response(reader: asyncio.StreamReader) -> float:
    """Read one response; return when its first byte of body came."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert b" 200 " in head.split(b"\r\n", 1)[0], head
    if b"transfer-encoding: chunked" not in head:
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        return time.perf_counter()
    first = 0.0
    while True:
        size = int((await reader.readline()).strip(), 16)
        await reader.readexactly(size + 2)
        first = first or time.perf_counter()
        if size == 0:
            return first


async def _connection(port: int, data: bytes, count: int, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    for _ in range(count):
        start = time.perf_counter()
        writer.write(data)
        first = await _response(reader)
        load.first_bytes.append(first - start)
        load.latencies.append(time.perf_counter() - start)
    writer.close()
    await writer.wait_closed()


async def drive(port: int, data: bytes, *, count: int, connections: int) -> Load:
    """Send `data` `count` times over so many connections, each one request at a time."""
    load = Load()
    start = time.perf_counter()
    each = max(1, count // connections)
    await asyncio.gather(*(_connection(port, data, each, load) for _ in range(connections)))
    load.seconds = time.perf_counter() - start
    return load
