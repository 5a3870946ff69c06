"""Errors on the wire: `{"type": "error", "error": {}, "request_id"}` (platform docs, "Errors")."""

from __future__ import annotations

from typing import Any

import msgspec

from rookery.errors import BY_TYPE, APIError, InternalServerError, class_of_status
from rookery.wire.document import read
from rookery.wire.events import ErrorEvent, Event

_encode = msgspec.json.Encoder().encode


def error_object(error: APIError) -> dict[str, Any]:
    """Return the `error` member: type, message and, where there are any, details."""
    result: dict[str, Any] = {"type": error.type, "message": error.message}
    if error.details is not None:
        result["details"] = error.details
    return result


def error_body(error: APIError, request_id: str) -> bytes:
    """Return the JSON body of an error response."""
    return _encode({"type": "error", "error": error_object(error), "request_id": request_id})


def error_event(error: APIError, request_id: str) -> Event:
    """Return the event that ends a stream which failed after its first event."""
    return Event(body=ErrorEvent(error=error_object(error), request_id=request_id))


class _Outer(msgspec.Struct):
    error: dict[str, Any]


_outer = msgspec.json.Decoder(_Outer)


def parse_error(status: int, body: bytes, headers: dict[str, str] | None = None) -> APIError:
    """Return the exception of a backend's error response.

    The wire type decides the class, else the status does; the status is kept as it was. A body
    that is not of the API's shape becomes the message, shortened.
    """
    by_status = class_of_status(status)
    try:
        error = read(_outer, body).error
    except msgspec.DecodeError:
        text = body[:500].decode("utf-8", "replace").strip()
        return by_status(text or None, status=status, headers=headers)
    return _exception(error, by_status, status, headers)


def parse_error_object(error: dict[str, Any]) -> APIError:
    """Return the exception of the `error` member of an error event."""
    return _exception(error, InternalServerError)


def _exception(
    error: dict[str, Any],
    default: type[APIError],
    status: int | None = None,
    headers: dict[str, str] | None = None,
) -> APIError:
    kind = BY_TYPE.get(str(error.get("type")), default)
    message, details = error.get("message"), error.get("details")
    return kind(
        str(message) if message else None,
        details=details if isinstance(details, dict) else None,
        status=status,
        headers=headers,
    )
