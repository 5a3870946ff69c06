"""What each attempt consumed: one row per attempt, handed to a sink."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, Self

import msgspec
from msgspec import Struct

from rookery.errors import (
    APIError,
    ConnectionFailedError,
    InternalServerError,
    StreamError,
)
from rookery.gateway.limits import Reservation
from rookery.providers.base import Call
from rookery.wire.document import read
from rookery.wire.events import Event, MessageDelta, MessageStart
from rookery.wire.messages import Envelope, Reply
from rookery.wire.usage import Usage

_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""Gives the time, with its zone."""


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


EMPTY_DELTA = 85
"""Bytes of the event of a delta without its text."""


class UsageRow(Struct, frozen=True, kw_only=True):
    """One attempt: who, what, how many tokens, how long, and how it ended."""

    request_id: str
    at: datetime
    key_id: str
    workspace_id: str
    provider: str
    model: str
    stream: bool
    usage: Usage
    outcome: str
    """`ok`, `cancelled`, or the wire type of the error."""
    seconds: float
    inference_geo: str | None = None
    speed: str | None = None


class UsageSink(Protocol):
    """Takes the rows. `record` must return at once; a sink that writes does so elsewhere."""

    def record(self, row: UsageRow) -> None:
        """Take one row."""
        ...


class MemoryUsage:
    """Keeps the newest rows in memory."""

    def __init__(self, limit: int = 1_000) -> None:
        """Keep at most `limit` rows."""
        self.rows: deque[UsageRow] = deque(maxlen=limit)

    def record(self, row: UsageRow) -> None:
        """Take one row."""
        self.rows.append(row)


class _Metered(Struct):
    """What of a reply the meter reads; the rest stays bytes."""

    usage: Usage
    model: str


_metered = msgspec.json.Decoder(_Metered)


class Meter:
    """Watches one attempt: a context that records one row when it ends, however it ends.

    An exception that is no APIError leaves it as one, so that no caller sees a backend's own.
    """

    def __init__(
        self,
        sink: UsageSink | None,
        clock: Clock,
        call: Call,
        provider: str,
        envelope: Envelope,
        *,
        reservation: Reservation | None = None,
    ) -> None:
        """Start the clock; `reservation` is charged with what is seen to be used.

        Without a `sink` nobody is told.
        """
        self._reservation = reservation
        self._sink = sink
        self._call = call
        self._provider = provider
        self._envelope = envelope
        self._at = clock()
        self._start = time.perf_counter()
        self._model = envelope.model
        self._usage: Usage | None = None
        """That of a whole reply."""
        self._streamed: dict[str, object] = {}
        """That of a stream so far, as its events have it."""
        self._complete = False
        self._shown = False

    def reply(self, reply: Reply) -> None:
        """Read the usage of a whole reply; one that cannot be read counts nothing."""
        try:
            seen = read(_metered, reply.data)
        except msgspec.DecodeError:
            return
        self._usage, self._model = seen.usage, seen.model

    def event(self, event: Event) -> None:
        """Read the usage that this event brings, if it is one that does."""
        self._read(event)
        if self._reservation is not None:
            self._charge(self._reservation, event)

    def _charge(self, reservation: Reservation, event: Event) -> None:
        """Charge what this event says, or what its text may have cost."""
        if event.type == "content_block_delta":
            reservation.produce(max(len(event.data) - EMPTY_DELTA, 0))
        elif self._streamed and event.type in ("message_start", "message_delta"):
            reservation.settle(self._read_streamed(), complete=event.type == "message_delta")
        self._show(reservation)

    def _show(self, reservation: Reservation) -> None:
        """Add the figures to the headers of the response, which it starts with."""
        if not self._shown:
            self._shown = True
            reservation.show(self._call.headers)

    def _read(self, event: Event) -> None:
        if event.type == "message_stop":
            self._complete = True
        if event.type not in ("message_start", "message_delta"):
            return
        try:
            body = event.body
        except msgspec.DecodeError:
            return
        if isinstance(body, MessageStart):
            self._model = str(body.message.get("model") or self._model)
            usage = body.message.get("usage")
            self._streamed.update(usage if isinstance(usage, dict) else {})
        elif isinstance(body, MessageDelta):  # what is null there was said before
            self._streamed.update({k: v for k, v in body.usage.items() if v is not None})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        usage = self._usage or self._read_streamed()
        if self._sink is not None:
            self._record(self._sink, "ok" if self._complete else _outcome(error), usage)
        if self._reservation is not None:
            if self._usage or self._streamed or isinstance(error, Exception):  # else: who knows
                self._reservation.settle(usage, complete=self._complete or error is None)
            self._show(self._reservation)
        if isinstance(error, Exception) and not isinstance(error, APIError):
            raise translated(error) from error

    def _record(self, sink: UsageSink, outcome: str, usage: Usage) -> None:
        sink.record(
            UsageRow(
                request_id=self._call.request_id,
                at=self._at,
                key_id=self._call.key_id,
                workspace_id=self._call.workspace_id,
                provider=self._provider,
                model=self._model,
                stream=bool(self._envelope.stream),
                usage=usage,
                outcome=outcome,
                seconds=time.perf_counter() - self._start,
                inference_geo=self._envelope.inference_geo,
                speed=self._envelope.speed,
            )
        )

    def _read_streamed(self) -> Usage:
        try:
            return msgspec.convert(self._streamed, Usage)
        except msgspec.ValidationError:
            return Usage()


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "ok"
    if isinstance(error, APIError):
        return error.type
    return "api_error" if isinstance(error, Exception) else "cancelled"


def translated(error: Exception) -> APIError:
    """Return the error to answer with for one that is not of the API; the log has the cause."""
    if isinstance(error, StreamError):
        return ConnectionFailedError(f"The model backend broke the protocol. {error.message}")
    _log.exception("a provider failed", exc_info=error)
    return InternalServerError()
