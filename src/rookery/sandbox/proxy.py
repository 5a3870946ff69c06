"""The one way out of a sandbox that has domains: an HTTP proxy on this side of its wall.

It listens on a unix socket that is mounted in the sandbox. Names are resolved here, only public
addresses are connected to, and to those that were checked. What goes through a tunnel (HTTPS) is
not looked into: a server that answers for an allowed name can serve others, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import tempfile
import threading
import weakref
from collections.abc import Coroutine
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rookery.errors import AgentError, SandboxError
from rookery.internet.addresses import is_public
from rookery.internet.domains import Domains

PORTS = frozenset({80, 443})
"""Ports that are reached at allowed hosts."""

MAX_HEAD = 64 * 1024
_FIRST = re.compile(r"(?P<method>[A-Z]{1,20}) (?P<target>[!-~]+) HTTP/1\.[01]")
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*")
_CONNECT_SECONDS = 20
_IDLE_SECONDS = 300
_CONNECTIONS = 128


class _ProxyError(Exception):
    """A status and a sentence for the program that asked."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


class Proxy:
    """A proxy for some domains, in a thread of its own; `address` is its socket."""

    def __init__(self, domains: tuple[str, ...]) -> None:
        """Start to listen. Raises SandboxError for what is no domain."""
        try:
            self._domains = Domains(domains)
        except AgentError as error:
            raise SandboxError(error.message) from error
        folder = tempfile.mkdtemp(prefix="rookery-proxy-")
        self.address = Path(folder, "socket")
        self._loop = asyncio.new_event_loop()
        self._open = 0
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="rookery-proxy", daemon=True
        )
        self._thread.start()
        self._end = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        ready.wait()

    def close(self) -> None:
        """Stop to listen."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._end()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_unix_server(self._serve, self.address, limit=MAX_HEAD)
        server = self._loop.run_until_complete(serving)
        ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # connections are closed by the loop
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            await self._answer(reader, writer)
        except _ProxyError as refused:
            text = f"{refused}\n".encode()
            head = f"HTTP/1.1 {refused.status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            writer.write(f"{head}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode())
            writer.write(text)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open > _CONNECTIONS:
            raise _ProxyError("503 Service Unavailable", "The sandbox has too many connections.")
        async with asyncio.timeout(_IDLE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, target, fields = _parse(head)
        host, port = _authority(method, target)
        far_reader, far_writer = await self._connect(host, port)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                there = _copy(reader, far_writer)
            else:
                length = _length(fields)
                far_writer.write(_forwarded(method, target, fields))
                there = _copy(reader, far_writer, length)
            await _both(there, _copy(far_reader, writer))
        finally:
            far_writer.close()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        allowed = ", ".join(self._domains.names)
        if not self._domains.allow(host):
            raise _ProxyError(
                "403 Forbidden", f"{host} is not one of the domains allowed: {allowed}."
            )
        if port not in PORTS:
            raise _ProxyError("403 Forbidden", f"Port {port} is not allowed, only 80 and 443.")
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                found = await resolve(host, port)
                for address in found:
                    if not is_public(ip_address(address)):
                        raise _ProxyError("403 Forbidden", f"{host} is not on the public internet.")
                return await _first(found, port)
        except (OSError, TimeoutError) as error:
            raise _ProxyError("502 Bad Gateway", f"{host} cannot be reached: {error}.") from error


async def _first(
    addresses: list[str], port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the first address that answers."""
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return await asyncio.open_connection(address, port)
    return await asyncio.open_connection(addresses[-1], port)


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def _parse(head: bytes) -> tuple[str, str, list[tuple[str, str]]]:
    text = head.decode("latin-1")[:-4]
    match = _FIRST.fullmatch(text.partition("\r\n")[0])
    lines = text.split("\r\n")[1:]
    if match is None or not all(_FIELD.fullmatch(line) for line in lines):
        raise _ProxyError("400 Bad Request", "That is not a request of HTTP/1.1.")
    fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return match["method"], match["target"], fields


def _authority(method: str, target: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if method == "CONNECT" and parts.hostname and port:
        return parts.hostname.removesuffix("."), port
    if method != "CONNECT" and parts.scheme == "http" and parts.hostname:
        return parts.hostname.removesuffix("."), port or 80
    raise _ProxyError(
        "400 Bad Request", "The proxy takes CONNECT host:port, and http:// addresses."
    )


def _length(fields: list[tuple[str, str]]) -> int:
    """Return how many bytes of a body follow: one request goes through, and no other behind it."""
    given = {value for name, value in fields if name.lower() == "content-length"}
    if any(name.lower() == "transfer-encoding" for name, _ in fields):
        raise _ProxyError("411 Length Required", "The proxy takes no body without Content-Length.")
    if not given:
        return 0
    text = given.pop()
    if given or not (text.isascii() and text.isdigit()):
        raise _ProxyError("400 Bad Request", "The Content-Length cannot be read.")
    return int(text)


_OWN = frozenset({"host", "connection", "keep-alive", "proxy-connection", "upgrade", "te"})


def _forwarded(method: str, target: str, fields: list[tuple[str, str]]) -> bytes:
    """Return the head as the server gets it: with the host that was checked, for one request."""
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    kept = [
        f"{name}: {value}"
        for name, value in fields
        if name.lower() not in _OWN and not name.lower().startswith("proxy-")
    ]
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *kept]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: int | None = None
) -> None:
    while length is None or length > 0:
        async with asyncio.timeout(_IDLE_SECONDS):
            data = await reader.read(65536 if length is None else min(65536, length))
        if not data:
            break
        length = None if length is None else length - len(data)
        writer.write(data)
        await writer.drain()
    if length is None and writer.can_write_eof():
        writer.write_eof()


async def _both(*directions: Coroutine[Any, Any, None]) -> None:
    """Wait for both directions; an error of one ends the other."""
    tasks = [asyncio.ensure_future(direction) for direction in directions]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


@lru_cache(maxsize=16)
def proxy(domains: tuple[str, ...]) -> Proxy:
    """Return the one proxy of the process for these domains."""
    return Proxy(domains)
