"""What an agent asks of the model besides its messages, checked against the types of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from rookery.errors import AgentError, APIError
from rookery.wire.apitools import ClientTool
from rookery.wire.betas import KNOWN
from rookery.wire.messages import Request
from rookery.wire.surface import surface
from rookery.wire.tools import CustomTool, parse_tool
from rookery.wire.toolsets import BrowserToolset, ComputerToolset
from rookery.wire.validation import check
from rookery.wire.versions import LATEST

ARGUMENTS = {
    "model": "model",
    "system": "system",
    "tools": "tools, or server_tools",
    "max_tokens": "max_tokens",
    "thinking": "thinking",
    "messages": "messages",
}
"""Fields of a request that are arguments of their own."""
DECIDED = ("stream", "thread")
"""Fields that a run decides."""

_CLIENT_TOOLS = (CustomTool, ClientTool, BrowserToolset, ComputerToolset)


class Asked(Struct, frozen=True):
    """Fields of every request, the beta headers they need, and the tools that the API runs."""

    fields: dict[str, Any] = {}
    betas: tuple[str, ...] = ()
    server_tools: tuple[dict[str, Any], ...] = ()


def asked(thinking: Any, effort: Any, server_tools: Any, request: Any) -> Asked:
    """Return what these arguments ask for. Raises AgentError that names what is wrong.

    `request` has fields of `POST /v1/messages` that are no arguments themselves, and `betas`, a
    list for the header `anthropic-beta`.
    """
    fields = _mapping("request", request)
    betas = _names("betas", fields.pop("betas", ()))
    for name in fields:
        if name in ARGUMENTS:
            raise AgentError(f"request has {name!r}: give it as {ARGUMENTS[name]}.")
        if name in DECIDED:
            raise AgentError(f"request has {name!r}, which a run decides itself.")
    if thinking is not None:
        fields["thinking"] = _mapping("thinking", thinking)
    if effort is not None:
        config = _mapping("request: output_config", fields.get("output_config"))
        if "effort" in config:
            raise AgentError("effort is given twice: as an argument and in request.")
        fields["output_config"] = {**config, "effort": effort}
    tools = _server_tools(server_tools)
    probe = {**fields, "tools": tools} if tools else fields
    if probe:
        check_body(probe, betas)
    return Asked(fields, betas, tools)


def check_body(fields: Mapping[str, Any], betas: tuple[str, ...] = ()) -> None:
    """Check fields of a request by their types. Raises AgentError with the words of the API."""
    least = {"model": "any", "max_tokens": 1, "messages": [{"role": "user", "content": "?"}]}
    try:
        body = Request(msgspec.json.encode({**least, **fields}))
    except (TypeError, ValueError, RecursionError) as error:
        raise AgentError(f"The request cannot be sent: {error}.") from error
    try:
        check(body, surface(LATEST, betas))
    except APIError as error:
        hint = " It needs a beta header: request={'betas': [...]}." if _is_beta(body) else ""
        raise AgentError(f"The request would be refused: {error.message}.{hint}") from error


def _is_beta(body: Request) -> bool:
    try:
        check(body, surface(LATEST, KNOWN))
    except APIError:
        return False
    return True


def _mapping(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise AgentError(f"{name} must be a dict of fields, not {value!r:.100}.")
    return dict(value)


def _names(name: str, value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, Iterable) and not isinstance(value, str | bytes)
    names = tuple(value) if is_list else (None,)
    if not all(isinstance(one, str) and one.isascii() and one.isprintable() for one in names):
        raise AgentError(f"{name} must be a list of names, not {value!r:.100}.")
    return names


def _server_tools(value: Any) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise AgentError(f"server_tools must be a list of definitions, not {value!r:.100}.")
    tools = tuple(_mapping("A server tool", tool) for tool in value)
    for tool in tools:
        try:
            kind = parse_tool(tool)
        except msgspec.ValidationError:
            continue  # told better by the check of the whole
        if isinstance(kind, _CLIENT_TOOLS):
            raise AgentError(f"server_tools has {tool!r:.100}, which the API does not run itself.")
    return tools
