"""The fields of an agent's requests, besides their messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rookery.agent.asked import Asked
from rookery.agent.output import Output
from rookery.catalog.model import Model
from rookery.tools.base import Tool, definition

DEFAULT_MAX_TOKENS = 32_000
"""Output tokens of one reply, where the model allows as many."""


def request_fields(
    model: str,
    known: Model | None,
    *,
    asked: Asked,
    system: str | None,
    output: Output[Any] | None,
    max_tokens: int | None,
    tools: Mapping[str, Tool],
) -> dict[str, Any]:
    """Return the fields of every request of a run; `known` is the catalog's row of the model."""
    allowed = known.max_tokens if known else DEFAULT_MAX_TOKENS
    fields: dict[str, Any] = {
        "model": model,
        "max_tokens": max_tokens or min(allowed, DEFAULT_MAX_TOKENS),
        **asked.fields,
    }
    if output is not None:
        if output.sealed is not None and known and "structured_outputs" in known.features:
            wanted = {"type": "json_schema", "schema": output.sealed}
            fields["output_config"] = {**fields.get("output_config", {}), "format": wanted}
        else:
            system = "\n\n".join(filter(None, (system, output.instruction)))
    if system:
        fields["system"] = system
    if tools or asked.server_tools:
        own = [definition(tool) for tool in tools.values()]
        fields["tools"] = [*own, *asked.server_tools]
    return fields
