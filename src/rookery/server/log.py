"""Structured logs on stderr: text for people, or one JSON object a line.

Requests have a log of their own, since `logging` would cost more CPU than the rest of a small
request. Both write the same lines, and neither writes a header, a key or a word of a prompt.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from rookery.server.http import Exchange
from rookery.server.origin import Clients
from rookery.settings import Settings

FLUSH_SECONDS = 0.1

Fields = dict[str, Any]
Line = Callable[[datetime, str, str, Fields], str]
"""Makes a line of a time, a level, a message and fields."""

_encode = msgspec.json.Encoder().encode


def text_line(at: datetime, level: str, message: str, fields: Fields) -> str:
    """Return `time level message name=value ...`."""
    shown = "".join(f" {name}={value}" for name, value in fields.items() if value)
    # What a client sent may hold line breaks, which would forge lines.
    safe = message if message.isprintable() else ascii(message)[1:-1]
    return f"{at.isoformat(timespec='milliseconds')} {level} {safe}{shown}\n"


def json_line(at: datetime, level: str, message: str, fields: Fields) -> str:
    """Return a JSON object."""
    entry = {"time": at.isoformat(timespec="milliseconds"), "level": level, "message": message}
    entry.update({name: value for name, value in fields.items() if value})
    return _encode(entry).decode() + "\n"


def _line(settings: Settings) -> Line:
    return json_line if settings.log_format == "json" else text_line


def configure(settings: Settings) -> None:
    """Send the logs of rookery, and the warnings of its libraries, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.terminator = ""
    handler.setFormatter(Formatter(_line(settings)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("rookery").setLevel(settings.log_level.upper())


class Formatter(logging.Formatter):
    """Formats the records of `logging`; a traceback follows its line, or is a field of it."""

    def __init__(self, line: Line) -> None:
        """Make lines with `line`."""
        super().__init__()
        self._line = line

    def format(self, record: logging.LogRecord) -> str:
        """Return one record, ended by a line break."""
        fields = {"logger": record.name, "request_id": getattr(record, "request_id", "")}
        trace = _trace(record.exc_info[1]) if record.exc_info else ""
        if self._line is json_line:
            fields["exception"] = trace
            trace = ""
        at = datetime.fromtimestamp(record.created, UTC)
        line = self._line(at, record.levelname.lower(), record.getMessage(), fields)
        return line + trace + "\n" if trace else line


def _trace(error: BaseException | None) -> str:
    """Return where errors came from and of what type; their texts may quote a prompt or a key."""
    parts: list[str] = []
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        parts.append(f"{frames}{type(error).__qualname__}{reason}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter\n".join(parts)


class RequestLog:
    """One line for each request, written in batches: what is not yet out waits 0.1 s at most."""

    def __init__(self, settings: Settings, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default stderr; nothing where the level is above info."""
        self.enabled = settings.log_level in ("debug", "info")
        self._line = _line(settings)
        self._stream = stream
        self._clients = Clients(settings)
        self._lines: list[str] = []

    def write(self, exchange: Exchange, seconds: float) -> None:
        """Take who asked for what and how it went."""
        if not self.enabled:
            return
        fields = {
            "request_id": exchange.request_id,
            "client": self._clients.address(exchange),
            "key_id": exchange.key_id,
            "ms": round(seconds * 1000, 2),
            "failure": exchange.failure,
            "rule": exchange.rule,
        }
        message = f"{exchange.method} {exchange.path} {exchange.status}"
        self._lines.append(self._line(datetime.now(UTC), "info", message, fields))
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what is waiting."""
        lines, self._lines = self._lines, []
        stream = self._stream or sys.stderr
        stream.write("".join(lines))
        stream.flush()
