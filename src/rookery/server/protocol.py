"""HTTP/1 on the socket: uvicorn's protocol, made safe against clients that mean harm."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rookery.errors import APIError, OverloadedError
from rookery.rules import http as rules
from rookery.server.aging import Age, Phase
from rookery.server.cycle import ClosingCycle, Cycle, ExpectingCycle
from rookery.server.head import MAX_HEAD, MAX_HEADERS, MAX_TARGET, check_head, check_size
from rookery.server.http import CUT
from rookery.server.origin import Hosts
from rookery.server.state import State
from rookery.settings import Settings
from rookery.wire.envelope import error_body
from rookery.wire.ids import Ids

MAX_WAITING = 100
"""Requests that may wait on a connection behind the one that runs."""

SMALLEST_CHUNK = 8
"""A body may have this many times its own size in frames, and `MAX_HEAD` on top."""

_UPGRADE_TOKENS = (b"upgrade", b"http2-settings")
_ids = Ids()


class Protocol(HttpToolsProtocol):
    """HTTP/1 as uvicorn speaks it, and beyond that:

    - An offer to upgrade (h2c by the JDK's client, a websocket) is ignored, as RFC 9110, 7.8
      allows. httptools stops reading there, so that uvicorn loses the body of such a request.
    - What is not HTTP, or could be read in two ways, is refused in the API's shape, after the
      responses that are still due.
    - Heads, waiting requests and connections are bounded, and so is the time that each may take
      (`grow_older`).
    - HTTP/1.0 knows no chunks: its responses end with the connection.
    - A request that runs while others wait behind it on the connection learns of its end too.
    """

    cycle: Cycle
    server_state: State
    _running: Cycle | None = None
    """The request that was started last."""
    _refusal: APIError | None = None
    """What is to be answered when nothing else is due; whatever comes after it is not read."""
    _in_head = False
    _in_body = False
    _alone = False
    """Whether all of this read belongs to the message that begins in it."""
    _read = 0
    """Bytes of the current read."""
    _size = 0
    """Bytes of the current message that came so far, without those of a read that it shares."""
    _body_size = 0
    messages = 0
    """Messages that began on this connection."""
    pauses = 0
    """Times that the client was too slow to take what was written."""

    def __init__(self, *args: Any, settings: Settings, hosts: Hosts, **more: Any) -> None:
        """Serve one connection within the limits of `settings`, under the names of `hosts`."""
        super().__init__(*args, **more)
        self._names = hosts
        self._settings = settings
        self._age = Age(settings)

    def connection_made(self, transport: Any) -> None:
        """Take a connection, or answer that there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._settings.max_connections:
            self.server_state.refused += 1
            self._refuse(OverloadedError("The server has too many connections."))

    # --- reading ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read what the client sent."""
        if self._refusal is not None:
            return
        self._read = len(data)
        self._size += self._read
        self._alone = not (self._in_head or self._in_body)
        try:
            self._feed(data)
        except HttpParserCallbackError as error:
            cause = error.__context__
            if not isinstance(cause, APIError):
                raise
            self._refuse(cause)
        except HttpParserError:
            self._refuse(rules.NOT_HTTP.error())

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                if self.parser.get_method() == b"CONNECT":
                    self._refuse(rules.CONNECT_UNSUPPORTED.error())
                    return
                head = self._head_without_upgrade()
                self.parser = HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
                data = head + data[upgrade.args[0] :]
            else:
                break
        if self._in_head and self._size > MAX_HEAD:
            self._refuse(rules.HEAD_TOO_LARGE.error())
        elif self._in_body and self._size > MAX_HEAD * 2 + SMALLEST_CHUNK * self._body_size:
            self._refuse(rules.CHUNKS_TOO_SMALL.error())

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            if name in _UPGRADE_TOKENS:
                continue
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                value = b", ".join(t for t in tokens if t.lower() not in _UPGRADE_TOKENS)  # noqa: PLW2901
            lines.append(b"%b: %b" % (name, value))
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self.messages += 1
        self.url = b""
        self.headers = []
        self._hosts: list[bytes] = []
        self._codings: list[bytes] = []
        self.expect_100_continue = False
        self._in_head = True
        self._body_size = 0
        self._size = self._read if self._alone else 0
        self._alone = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; those behind a chunked body are dropped (RFC 9110, 6.5.1)."""
        if not self._in_head:
            return
        name, value = name.lower(), value.rstrip(b" \t")  # the parser strips only what is before
        if name == b"host":
            self._hosts.append(value)
        elif name == b"transfer-encoding":
            self._codings.append(value)
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the request, unless it comes again without its offer to upgrade."""
        self._in_head = False
        parser = self.parser
        if parser.should_upgrade():
            return
        version, target = parser.get_http_version(), self.url
        if max(self._size, self._read) > MAX_TARGET or len(self.headers) > MAX_HEADERS:
            check_size(target, self.headers)
        check_head(version, target, self._hosts, self._codings)
        self._names.check(self._hosts)
        if len(self.pipeline) >= MAX_WAITING:
            raise OverloadedError("Too many requests wait on this connection.")
        self._in_body = True
        keep_alive = version == "1.1" and parser.should_keep_alive()
        self._start(self._cycle(self._scope(version, target, parser), keep_alive=keep_alive))

    def _scope(self, version: str, target: bytes, parser: HttpRequestParser) -> Any:
        raw_path, _, query = target.partition(b"?")
        path = raw_path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": parser.get_method().decode("ascii"),
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self.headers,
            "extensions": {CUT: self.cut},
        }

    def _cycle(self, scope: Any, *, keep_alive: bool) -> Cycle:
        old = scope["http_version"] == "1.0"
        expects = self.expect_100_continue and not old
        kind = ClosingCycle if old else ExpectingCycle if expects else Cycle
        return kind(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=expects,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    def _start(self, cycle: Cycle) -> None:
        if self._is_due():
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        else:
            self._start_asgi_task(cycle, self.app)
        self.cycle = cycle

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Hand on a part of the body."""
        self._body_size += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of the body, unless the request comes again."""
        if self.parser.should_upgrade():
            return
        self._in_body = False
        super().on_message_complete()

    # --- the end ---------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        """Go on with the request that waits, or with the refusal that was put off."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._answer_refusal()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the running request; uvicorn tells the one that came last."""
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection, or let its response be the last."""
        if self._is_due():
            self._running.keep_alive = False  # type: ignore[union-attr]  # it is due
            self.pipeline.clear()
        else:
            self.transport.close()

    def cut(self) -> None:
        """Send what is written, and close the connection amid the response."""
        if self._running is not None:
            self._running.disconnected = True
        self.transport.close()

    def _is_due(self) -> bool:
        """Whether a response is still to come, to a client that is there."""
        return self._running is not None and self._running.running

    def _refuse(self, error: APIError) -> None:
        """Read no more; answer `error` after the responses that are due, and close."""
        if self._refusal is not None or self.transport.is_closing():
            return
        self._refusal = error
        if self._in_body:
            broken = self.cycle
            if broken.response_started:  # it has its answer, the last
                broken.keep_alive = False
                if broken.response_complete:
                    self.transport.close()
                return
            broken.disconnected = True
            broken.message_event.set()
            if self.pipeline:
                self.pipeline.popleft()
        if not self._is_due():
            self._answer_refusal()

    def _answer_refusal(self) -> None:
        error = self._refusal
        if error is None:
            return
        request_id = _ids.new("req")
        body = error_body(error, request_id)
        self.transport.write(
            b"HTTP/1.1 %d Refused\r\ncontent-type: application/json\r\n"
            b"request-id: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (error.status, request_id.encode(), len(body), body)
        )
        self.transport.close()

    # --- slowness --------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Note that the client does not take what was written."""
        self.pauses += 1
        super().pause_writing()

    def grow_older(self, seconds: float) -> None:
        """End the wait for a client that has taken too long; to be called again and again."""
        phase = self._phase()
        if self._age.is_over(phase, self.messages + self.pauses, self._size, seconds):
            self._end(phase)

    def _phase(self) -> Phase:
        if self.transport.is_closing():
            return Phase.CLOSING
        if self.flow.write_paused:
            return Phase.STUCK
        if self._in_body and self.cycle.response_complete:
            return Phase.LINGER
        if (self._in_head or self._in_body) and not self.flow.read_paused:
            return Phase.HEAD if self._in_head else Phase.BODY
        return Phase.WORK if self._is_due() else Phase.IDLE

    def _end(self, phase: Phase) -> None:
        if phase is Phase.IDLE:
            self.transport.close()
        elif phase is Phase.HEAD:
            self._refuse(rules.HEAD_TIMEOUT.error())
        elif phase is Phase.BODY and self.cycle is self._running:
            self.cycle.fail(rules.BODY_TIMEOUT.error())
        elif phase is Phase.BODY:
            self._refuse(rules.BODY_TIMEOUT.error())
        else:
            self.transport.abort()
