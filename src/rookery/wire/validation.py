"""Whether a body is a valid request, by its types; the errors are in the words of the API.

msgspec decides, in one pass over the bytes. Only a body that it refuses is looked into again, for
what the API says of it (`faults`); what is valid and not of this request's surface is found among
the typed blocks (`surface`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from rookery.errors import APIError
from rookery.rules.types import BAD_JSON, WRONG_SHAPE
from rookery.wire import badjson
from rookery.wire.document import read
from rookery.wire.faults import faults
from rookery.wire.lenient import known
from rookery.wire.messages import CountRequest, Envelope, Request
from rookery.wire.surface import EVERYTHING, Surface
from rookery.wire.tools import ToolDefinition

_any = msgspec.json.Decoder()


def check(
    request: Request, surface: Surface = EVERYTHING, *, forgiving: bool = False
) -> CountRequest:
    """Return the typed body. Raises InvalidRequestError with the API's message.

    With `forgiving`, what the types do not know is left out of the typed body instead, and
    `surface` is not asked: unknown fields, and blocks, tools and the like with unknown tags.
    """
    if surface is EVERYTHING and request.is_valid:
        return request.body
    try:
        body: CountRequest = request.body
        tools = body.tool_definitions
    except msgspec.DecodeError:
        body = _read(request, surface, forgiving)
        tools = body.tool_definitions
    if not forgiving:
        _check_surface(body, tools, surface)
        request.found_valid()
    return body


def check_envelope(request: Request) -> None:
    """Check only that the body is a JSON object that names its model; for upstreams that judge."""
    try:
        _ = request.envelope
    except msgspec.DecodeError as error:
        raise _refusal(Envelope, _plain(request), EVERYTHING) from error


def _check_surface(body: CountRequest, tools: Sequence[ToolDefinition], surface: Surface) -> None:
    fault = surface.fault(body, tools)
    if fault is not None:
        raise fault.error()


def _read(request: Request, surface: Surface, forgiving: bool) -> CountRequest:
    """Return the typed form of a body that msgspec refused in one pass, if it has one.

    Of a field that comes twice the last counts, as in most parsers of JSON; msgspec judges each.
    """
    kind, value = request.decoder.type, _plain(request)
    if forgiving:
        value = known(kind, value)
    try:
        body: CountRequest = msgspec.convert(value, kind)
        _ = body.tool_definitions
    except msgspec.ValidationError as error:
        raise _refusal(kind, value, surface) from error
    request.keep(body)  # type: ignore[arg-type] # CountTokensRequest has the smaller body
    return body


def _plain(request: Request) -> Any:
    try:
        return read(_any, request.data)
    except msgspec.DecodeError as error:
        raise BAD_JSON.error(reason=badjson.reason(request.data)) from error


def _refusal(kind: Any, value: Any, surface: Surface) -> APIError:
    fault = next(faults(kind, value, hidden=surface.hidden), None)
    return fault.error() if fault else WRONG_SHAPE.error()
