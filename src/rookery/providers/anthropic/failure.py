"""What an upstream says when it fails, as errors.APIError; also when it does not say it well."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import msgspec

from rookery.errors import APIError, InternalServerError, class_of_status
from rookery.wire.document import read
from rookery.wire.envelope import parse_error, parse_error_object

UPSTREAM_REQUEST_ID = "upstream-request-id"
"""The upstream's own `request-id`, under the name that a response carries it by."""

_PASSED_ON = ("retry-after", "retry-after-ms", "x-should-retry")
_FIGURES = ("anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-")

_TITLE = re.compile(rb"<title[^>]*>(.{1,200}?)</title>", re.IGNORECASE | re.DOTALL)


class _Kind(msgspec.Struct):
    """What of a JSON reply tells an error from the rest."""

    type: str = ""
    error: dict[str, object] | None = None


_kind = msgspec.json.Decoder(_Kind)


def passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an upstream's error that go on to the caller."""
    kept = figures(headers)
    kept.update((name, headers[name]) for name in _PASSED_ON if _plain(headers.get(name, "")))
    return kept


def figures(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of any reply that go on: its limits, and its id under another name."""
    kept = {
        name: value
        for name, value in headers.items()
        if name.startswith(_FIGURES) and _plain(value)
    }
    upstream_id = headers.get("request-id", "")
    if _plain(upstream_id):
        kept[UPSTREAM_REQUEST_ID] = upstream_id
    return kept


def _plain(value: str) -> bool:
    return value != "" and value.isascii() and value.isprintable()


def refused(status: int, headers: Mapping[str, str], body: bytes) -> APIError:
    """Return the error of a reply whose status is not 200."""
    kept = passed_on(headers)
    if status < 400:
        return _nonsense(f"answered {status}, which the Claude API never does", kept)
    if _is_page(headers, body):
        return _by_status(status, f"an HTML page{_title(body)}", kept)
    if not body.strip():
        return _by_status(status, "no body", kept)
    return parse_error(status, body, kept)


def not_a_stream(headers: Mapping[str, str], body: bytes) -> APIError:
    """Return the error of a 200 that has no events, where events were asked for."""
    return _own_error(headers, body) or _nonsense(
        f"answered {_described(headers, body)} where a stream of events was asked for",
        passed_on(headers),
    )


def not_expected(headers: Mapping[str, str], body: bytes, wanted: str) -> APIError:
    """Return the error of a 200 whose body is not `wanted`."""
    return _own_error(headers, body) or _nonsense(
        f"answered {_described(headers, body)} that is not {wanted}", passed_on(headers)
    )


def in_stream(headers: Mapping[str, str], data: bytes) -> APIError:
    """Return the error of an `error` event."""
    return _own_error(headers, data) or _nonsense(
        "broke off with an error event that cannot be read", passed_on(headers)
    )


def _own_error(headers: Mapping[str, str], body: bytes) -> APIError | None:
    """Return the error that a body of the API's error shape holds, whatever came before it."""
    try:
        kind = read(_kind, body)
    except msgspec.DecodeError:
        return None
    if kind.type != "error" or kind.error is None:
        return None
    error = parse_error_object(kind.error)
    error.headers.update(passed_on(headers))
    return error


def _nonsense(what: str, headers: dict[str, str]) -> APIError:
    return InternalServerError(
        f"The model backend {what}. Is its base URL that of a Claude API?",
        status=502,
        headers=headers,
    )


def _by_status(status: int, what: str, headers: dict[str, str]) -> APIError:
    message = f"The model backend answered {status} with {what}."
    return class_of_status(status)(message, status=status, headers=headers)


def _described(headers: Mapping[str, str], body: bytes) -> str:
    if not body.strip():
        return "an empty body"
    if _is_page(headers, body):
        return f"an HTML page{_title(body)}"
    return headers.get("content-type", "").partition(";")[0].strip()[:80] or "something"


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    start = body[:100].lstrip().lower()
    return "text/html" in headers.get("content-type", "") or start.startswith((b"<!doc", b"<html"))


def _title(body: bytes) -> str:
    """Return the page's title, which is what a proxy says; its markup is for nobody."""
    found = _TITLE.search(body[:4096])
    if found is None:
        return ""
    title = " ".join(html.unescape(found[1].decode("utf-8", "replace")).split())
    return f" ({title[:100]})" if title else ""
