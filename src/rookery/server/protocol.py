"""uvicorn's HTTP/1 protocol, with four things put right that this server needs."""

from __future__ import annotations

from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from rookery.errors import APIError, InvalidRequestError
from rookery.server.http import CUT
from rookery.wire.envelope import error_body
from rookery.wire.ids import Ids

MAX_HEAD = 256 * 1024
"""Bytes of a request line with its headers; more are refused while they come in."""

_UPGRADE_TOKENS = (b"upgrade", b"http2-settings")
_ids = Ids()


class Protocol(HttpToolsProtocol):
    """HTTP/1 as uvicorn speaks it, and beyond that:

    - An offer to upgrade (h2c by the JDK's client, a websocket) is ignored, as RFC 9110, 7.8
      allows. httptools stops reading there, so that uvicorn loses the body of such a request.
    - What is not HTTP is refused in the API's shape, a head without end too.
    - HTTP/1.0 knows no chunks: its responses end with the connection.
    - A request that runs while others wait behind it on the connection learns of its end too.
    """

    _running: RequestResponseCycle | None = None
    _in_head = False
    _head_size = 0

    def data_received(self, data: bytes) -> None:
        """Read what the client sent."""
        self._unset_keepalive_if_required()
        while data:
            try:
                self.parser.feed_data(data)
            except HttpParserError:
                self.send_400_response("The request is not valid HTTP/1.1.")
                return
            except HttpParserUpgrade as upgrade:
                if self.parser.get_method() == b"CONNECT":
                    self.send_400_response("CONNECT is not supported.")
                    return
                head = self._head_without_upgrade()
                self.parser = HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
                data = head + data[upgrade.args[0] :]
            else:
                self._measure_head(len(data))
                return

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

    def _measure_head(self, size: int) -> None:
        if self._in_head:
            self._head_size += size
            if self._head_size > MAX_HEAD:
                self._refuse(InvalidRequestError("The headers are too large.", status=431))

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self._in_head = True
        self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the request, unless it comes again without its offer to upgrade."""
        self._in_head = False
        if self.parser.should_upgrade():
            return
        super().on_headers_complete()
        scope: Any = self.scope
        scope["extensions"] = {CUT: self.cut}
        if scope["http_version"] == "1.0":
            self.cycle.__class__ = ClosingCycle

    def on_message_complete(self) -> None:
        """Note the end of the body, unless the request comes again."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the running request; uvicorn tells the one that came last."""
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)

    def cut(self) -> None:
        """Send what is written, and close the connection amid the response."""
        if self._running is not None:
            self._running.disconnected = True
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read."""
        self._refuse(InvalidRequestError(msg))

    def _refuse(self, error: APIError) -> None:
        """Answer what cannot be read, unless another response is due first, and close."""
        if self.transport.is_closing():
            return
        running = self._running
        if running is None or running.response_complete or _is_unread(running):
            request_id = _ids.new("req")
            body = error_body(error, request_id)
            self.transport.write(
                b"HTTP/1.1 %d Refused\r\ncontent-type: application/json\r\n"
                b"request-id: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (error.status, request_id.encode(), len(body), body)
            )
        self.transport.close()


def _is_unread(cycle: RequestResponseCycle) -> bool:
    return cycle.more_body and not cycle.response_started


class ClosingCycle(RequestResponseCycle):
    """A response to HTTP/1.0: without chunks, it ends when the connection does."""

    async def send(self, message: Any) -> None:
        """Send a part as it is."""
        if message["type"] == "http.response.start":
            self.chunked_encoding = False
        else:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)
