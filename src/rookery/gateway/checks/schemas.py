"""Whether the schema of a tool's input is one, by the draft and what the API adds."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from rookery.jsonschema.draft import is_schema
from rookery.rules import schemas as rules
from rookery.rules.rule import Rule

_CACHED_BYTES = 32_768
"""The largest schema whose verdict is kept."""
_KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")

_COMBINERS = ("oneOf", "allOf", "anyOf")


def fault(schema: dict[str, Any]) -> Rule | None:
    """Return the rule that the schema of a tool's input breaks, or None.

    Verdicts are kept by the bytes of the schema: clients send the same tools again and again.
    """
    data = msgspec.json.encode(schema)
    return _kept(data) if len(data) <= _CACHED_BYTES else _fault(schema)


@lru_cache(maxsize=1024)
def _kept(data: bytes) -> Rule | None:
    return _fault(msgspec.json.decode(data))


def _fault(schema: dict[str, Any]) -> Rule | None:
    if any(keyword in schema for keyword in _COMBINERS):
        return rules.SCHEMA_COMBINED
    properties = schema.get("properties")
    if isinstance(properties, dict) and not all(map(_KEY.fullmatch, properties)):
        return rules.SCHEMA_KEYS
    return None if is_schema(schema) else rules.SCHEMA_INVALID
