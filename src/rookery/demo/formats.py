"""What a made-up service logs, and the formats in which services write it down."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a service logs."""

    at: float
    level: str
    logger: str
    message: str
    fields: tuple[tuple[str, str | int], ...] = ()
    trace: tuple[str, ...] = ()
    """Lines below the message: a stack trace."""
    is_cause: bool = False


Format = Callable[[str, Event], str]
"""Write the first line of an event of a named service."""


def plain(service: str, event: Event) -> str:
    """`2025-03-04T14:03:07.120Z ERROR [orders.http] message key=value`."""
    fields = "".join(f" {name}={_bare(value)}" for name, value in event.fields)
    return f"{_iso(event)} {event.level:<5} [{service}.{event.logger}] {event.message}{fields}"


def dashed(service: str, event: Event) -> str:
    """`2025-03-04 14:03:07,120 - orders.http - ERROR - message (key=value)`."""
    stamp = _iso(event)[:-1].replace("T", " ").replace(".", ",")
    fields = ", ".join(f"{name}={_bare(value)}" for name, value in event.fields)
    tail = f" ({fields})" if fields else ""
    level = {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(event.level, event.level)
    return f"{stamp} - {service}.{event.logger} - {level} - {event.message}{tail}"


def threaded(service: str, event: Event) -> str:
    """`2025-03-04 14:03:07.120 ERROR 2211 --- [exec-4] c.acme.orders.Http : message`."""
    stamp = _iso(event)[:-1].replace("T", " ")
    thread = int(event.at * 7) % 9
    fields = "".join(f" {name}={_bare(value)}" for name, value in event.fields)
    name = f"c.acme.{service}.{event.logger.title()}"
    return f"{stamp} {event.level:>5} 2211 --- [exec-{thread}] {name} : {event.message}{fields}"


def json_lines(service: str, event: Event) -> str:
    """One JSON object per line."""
    row: dict[str, str | int] = {
        "ts": _iso(event),
        "level": event.level.lower(),
        "service": service,
        "logger": event.logger,
        "msg": event.message,
        **dict(event.fields),
    }
    return json.dumps(row)


def logfmt(service: str, event: Event) -> str:
    """`time=... level=error msg="message" key=value`."""
    fields = "".join(f" {name}={_bare(value)}" for name, value in event.fields)
    message = json.dumps(event.message)
    return f"time={_iso(event)} level={event.level.lower()} msg={message} at={event.logger}{fields}"


def access(_service: str, event: Event) -> str:
    """The common log format: the message is the request, status and size."""
    stamp = datetime.fromtimestamp(event.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    fields = dict(event.fields)
    client = fields.pop("client")
    tail = "".join(f" {name}={value}" for name, value in fields.items())
    return f'{client} - - [{stamp}] {event.message} "-" "{event.logger}"{tail}'


def postgres(_service: str, event: Event) -> str:
    """`2025-03-04 14:03:07.120 UTC [2211] ERROR:  message`, as PostgreSQL writes it."""
    stamp = _iso(event)[:-1].replace("T", " ")
    level = {"INFO": "LOG", "WARN": "WARNING"}.get(event.level, event.level)
    return f"{stamp} UTC [{2200 + int(event.at * 7) % 40}] {level}:  {event.message}"


FORMATS: tuple[Format, ...] = (threaded, json_lines, plain, dashed, logfmt, json_lines)
"""What the services behind the gateway write; only the first has stack traces."""

TRACED: tuple[Format, ...] = (threaded, postgres)
"""Those that go on below a line: with a stack trace, or with the statement that it is about."""


def _iso(event: Event) -> str:
    whole = datetime.fromtimestamp(int(event.at), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{int(event.at % 1 * 1000):03d}Z"


def _bare(value: str | int) -> str:
    text = str(value)
    return json.dumps(text) if " " in text else text
