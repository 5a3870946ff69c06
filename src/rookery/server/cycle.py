"""One request and its response, as the app sees them: uvicorn's, with what it leaves open."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from rookery.errors import APIError


class Cycle(RequestResponseCycle):
    """A request whose body can fail to arrive."""

    failure: APIError | None = None

    def fail(self, error: APIError) -> None:
        """Let whoever reads the body get `error`; the connection ends with the response."""
        self.failure = error
        self.keep_alive = False
        self.message_event.set()

    @property
    def running(self) -> bool:
        """Whether a response is still due, to a client that is there."""
        return not (self.response_complete or self.disconnected)

    async def receive(self) -> Any:
        """Return the next part of the body, or that the client is gone. Raises what `fail` got."""
        message = await super().receive()
        if self.failure is not None and message["type"] == "http.request":
            raise self.failure
        return message


class ClosingCycle(Cycle):
    """A response to HTTP/1.0: without chunks, it ends when the connection does."""

    async def send(self, message: Any) -> None:
        """Send a part as it is."""
        if message["type"] == "http.response.start":
            self.chunked_encoding = False
        else:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)


class ExpectingCycle(Cycle):
    """A request with `Expect: 100-continue`, whose body is sent only when somebody reads it."""

    async def send(self, message: Any) -> None:
        """Send a part; a body that nobody asked for may never come, so nothing can follow it."""
        if self.waiting_for_100_continue and self.more_body:
            self.keep_alive = False
        await super().send(message)
