"""Why bytes are no JSON, in the words of the API's parser: `<reason>: line 1 column 7 (char 6)`.

The reasons are those of orjson, which the API's refusals quote. The standard library finds the
place; msgspec, which refused the bytes, does not say it exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NoReturn

DEEP = "depth limit exceeded"


class _FaultError(Exception):
    def __init__(self, reason: str, at: int) -> None:
        self.reason = reason
        self.at = at


_REASONS = {
    "Expecting property name enclosed in double quotes": "unexpected character, expected a string "
    "key",
    "Expecting ':' delimiter": "unexpected character, expected ':' after key",
    "Expecting value": "unexpected character, expected a JSON value",
    "Extra data": "unexpected content after document",
    "Invalid control character at": "unexpected control character in string",
    "Invalid \\escape": "invalid escaped sequence in string",
    "Invalid \\uXXXX escape": "invalid escaped sequence in string",
    "Unterminated string starting at": "unexpected end of data",
}
"""What the standard library says, and what orjson says of it."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def reason(data: bytes) -> str:
    """Return why bytes are no JSON; of bytes that are, that they cannot be read."""
    if not data:
        return _place("Input is a zero-length, empty document", "", 0)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _place("str is not valid UTF-8: surrogates not allowed", "", 0)
    finite = _finite(text)
    try:
        json.loads(text, parse_constant=_refused(text), parse_float=finite, parse_int=finite)
        _check_surrogates(text)
    except json.JSONDecodeError as error:
        return _of_json(text, error)
    except _FaultError as fault:
        return _place(fault.reason, text, fault.at)
    except RecursionError:
        return DEEP
    return "unexpected character"


def _of_json(text: str, error: json.JSONDecodeError) -> str:
    try:
        _check_surrogates(text[: error.pos])
    except _FaultError as fault:
        return _place(fault.reason, text, fault.at)
    if text.startswith("\ufeff"):
        return _place("UTF-8 byte order mark (BOM) is not supported", text, 0)
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        return _place("unexpected end of data", text, len(text))
    before = text[: error.pos + 1].rstrip("]}").rstrip()
    if before.endswith(",") and text[len(before) :].lstrip()[:1] in ("]", "}"):
        return _place("trailing comma is not allowed", text, len(before) - 1)
    what = _REASONS.get(error.msg, "unexpected character")
    # The standard library points behind the `\u`, orjson at it.
    return _place(what, text, error.pos - ("uXXXX" in error.msg))


def _place(what: str, text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return f"{what}: line {line} column {column} (char {at})"


def _refused(text: str) -> Callable[[str], NoReturn]:
    def refuse(name: str) -> NoReturn:
        raise _FaultError("unexpected character, expected a JSON value", text.find(name))

    return refuse


def _finite(text: str) -> Callable[[str], str]:
    def check(number: str) -> str:
        if float(number) in (float("inf"), float("-inf")):
            raise _FaultError("number is infinity when parsed as double", text.find(number))
        return number

    return check


def _check_surrogates(text: str) -> None:
    """Look for halves of pairs, which JSON lets one write and Unicode does not have."""
    high = -1
    end = 0
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1] or "0", 16)
        is_low = 0xDC00 <= code <= 0xDFFF
        if high >= 0 and not (is_low and escape.start() == end):
            raise _FaultError("no low surrogate in string", high)
        if is_low and high < 0:
            raise _FaultError("invalid high surrogate in string", escape.start())
        high = escape.start() if 0xD800 <= code <= 0xDBFF else -1
        end = escape.end()
    if high >= 0:
        raise _FaultError("no low surrogate in string", high)
