"""A client that shows every byte, and small providers whose work can be watched."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import MemoryUsage, UsageRow
from rookery.providers.base import Call, Provider, fold_stream
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import Settings
from rookery.wire import fold
from rookery.wire.events import Event
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount

KEY = "sk-rookery-test"
MODEL = "claude-sonnet-5"
SECONDS = 10.0
"""The longest that anything is waited for."""


class Answer(NamedTuple):
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The message of an error, whose shape and id are checked in passing."""
        assert self.headers["content-type"] == "application/json"
        assert self.json["type"] == "error"
        assert self.json["request_id"] == self.headers["request-id"]
        return str(self.json["error"]["message"])


class Connection:
    """One connection to a server, read as HTTP or as bytes."""

    def __init__(self, server: LocalServer) -> None:
        self.socket = socket.create_connection(address(server), timeout=SECONDS)
        self._buffer = b""

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def head(self) -> tuple[int, dict[str, str]]:
        status = int(self.line().split(b" ")[1])
        headers = {}
        while line := self.line():
            name, _, value = line.decode("latin-1").partition(": ")
            assert name not in headers, f"{name} is sent twice"
            headers[name] = value
        return status, headers

    def chunk(self) -> bytes:
        """The next chunk of a chunked body; empty at its end."""
        data = self._exactly(int(self.line(), 16))
        assert self.line() == b""
        return data

    def answer(self, method: str = "POST") -> Answer:
        status, headers = self.head()
        if method == "HEAD":
            body = b""
        elif "content-length" in headers:
            body = self._exactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join(iter(self.chunk, b""))
        else:
            body = self.rest()
        return Answer(status, headers, body)

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        try:
            while True:
                self._more()
        except (EOFError, ConnectionResetError):
            data, self._buffer = self._buffer, b""
            return data

    def close(self) -> None:
        self.socket.close()


@contextmanager
def connect(server: LocalServer) -> Iterator[Connection]:
    connection = Connection(server)
    try:
        yield connection
    finally:
        connection.close()


def address(server: LocalServer) -> tuple[str, int]:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    return host, int(port)


AUTHORIZED = {"x-api-key": KEY, "anthropic-version": "2026-10-21"}


def head(
    method: str = "POST",
    path: str = "/v1/messages",
    headers: dict[str, str] | None = None,
    *,
    version: str = "1.1",
) -> bytes:
    fields = {"host": "test", **(AUTHORIZED if headers is None else headers)}
    lines = [f"{method} {path} HTTP/{version}", *(f"{n}: {v}" for n, v in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(
    body: bytes, headers: dict[str, str] | None = None, *, path: str = "/v1/messages", **more: str
) -> bytes:
    fields = {**(AUTHORIZED if headers is None else headers), "content-length": str(len(body))}
    return head("POST", path, fields, **more) + body


def ask(server: LocalServer, data: bytes) -> Answer:
    """Send one request on a new connection."""
    with connect(server) as connection:
        connection.send(data)
        return connection.answer(data.split(b" ")[0].decode())


def message(text: str = "hi", **fields: Any) -> bytes:
    body = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": text}]}
    return json.dumps({**body, **fields}).encode()


def prompt(text: str = "hi", **fields: Any) -> bytes:
    """The body of a token-counting request."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": text}], **fields}
    return json.dumps(body).encode()


def get(server: LocalServer, path: str, headers: dict[str, str] | None = None) -> Answer:
    return ask(server, head("GET", path, headers))


class SSE(NamedTuple):
    """One record of a stream."""

    event: str
    data: Any


def records(body: bytes) -> list[SSE]:
    """Read a stream strictly: two lines and a blank one for each record, and nothing else."""
    assert body.endswith(b"\n\n")
    found = []
    for record in body.decode().removesuffix("\n\n").split("\n\n"):
        first, second = record.split("\n")
        event = first.removeprefix("event: ")
        data = json.loads(second.removeprefix("data: "))
        assert data["type"] == event
        found.append(SSE(event, data))
    return found


# --- providers -----------------------------------------------------------------------------------

Play = Callable[[Request], AsyncGenerator[Event, None]]


class Playing:
    """A provider that plays a function, and tells whether its work has begun and ended."""

    name = "playing"
    emulated = False

    def __init__(self, play: Play) -> None:
        self.began = threading.Event()
        self.ended = threading.Event()
        self.closed = threading.Event()
        self._play = play

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        self.began.set()
        try:
            async for event in self._play(request):
                yield event
        finally:
            self.ended.set()

    async def create(self, request: Request, call: Call) -> Reply:
        return await fold_stream(self.stream(request, call))

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        async for _ in self.stream(request, call):
            pass
        return TokenCount(1)

    async def close(self) -> None:
        self.closed.set()


def reply(text: str = "hello") -> list[Event]:
    """The events of a short message."""
    usage = {"input_tokens": 3, "output_tokens": 5}
    plain = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "usage": usage}
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    body = {**plain, **ending, "content": [{"type": "text", "text": text}]}
    return list(fold.events(Reply(data=json.dumps(body).encode())))


@contextmanager
def serving(provider: Provider, **settings: Any) -> Iterator[tuple[LocalServer, MemoryUsage]]:
    """Serve a provider; `settings` are fields of Settings."""
    usage = MemoryUsage()
    gateway = Gateway(provider, usage=usage)
    with LocalServer(gateway, key=KEY, settings=Settings(**settings)) as server:
        yield server, usage


def always(text: str = "hello") -> ScriptedProvider:
    """Give the same answer to each request."""
    return ScriptedProvider({"rules": [{"reply": text}]})


def until(true: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def row(usage: MemoryUsage) -> UsageRow:
    """The one row that a request leaves."""
    until(lambda: bool(usage.rows))
    [only] = usage.rows
    return only
