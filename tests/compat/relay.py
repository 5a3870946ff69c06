"""A relay that stands before a server and keeps what passes: for clients that only show results."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

SECONDS = 60.0
_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}
"""Headers that are of one connection, not of the request."""


@dataclass(frozen=True)
class Passed:
    """One request that passed, and the status of its answer."""

    method: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """Names in lower case; of a repeated one, the values with commas between them."""
    body: bytes
    status: int
    answer: bytes
    """What came back, as far as the client read it."""

    @property
    def json(self) -> dict[str, Any]:
        """The body, decoded."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


class Relay:
    """A context manager: what is sent to `url` goes to the upstream, and is kept in `passed`."""

    def __init__(self, upstream: str) -> None:
        """Relay to `upstream`, an http URL of the loopback without a path."""
        self.passed: list[Passed] = []
        """In the order in which the answers ended."""
        relay, address = self, urlsplit(upstream).netloc

        class Handler(_Handler):
            def pass_on(self) -> None:
                self._pass_on(address, relay.passed)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join(SECONDS)
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on and its answer back; the connection ends with it."""

    def pass_on(self) -> None:
        """Answer any request."""
        raise AssertionError("a relay sets this")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method
            return self.pass_on
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base has it so
        """Say nothing."""

    def _pass_on(self, address: str, passed: list[Passed]) -> None:
        names = {name.lower() for name in self.headers}
        headers = {name: ",".join(self.headers.get_all(name, ())) for name in sorted(names)}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        client = http.client.HTTPConnection(address, timeout=SECONDS)
        sent = {name: value for name, value in headers.items() if name not in _HOP}
        answer, status = bytearray(), 0
        try:
            client.request(self.command, self.path, body, sent)
            response = client.getresponse()
            status = response.status
            self._begin(response)
            while piece := response.read1(65536):
                answer += piece
                self.wfile.write(piece)
        except ConnectionError:
            pass  # whoever has gone, what passed until then is kept
        finally:
            client.close()
            passed.append(Passed(self.command, self.path, headers, body, status, bytes(answer)))

    def _begin(self, response: http.client.HTTPResponse) -> None:
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("connection", "close")
        self.end_headers()
