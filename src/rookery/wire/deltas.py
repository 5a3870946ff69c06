"""What fills the blocks of a reply in a stream (platform.claude.com, "Streaming messages")."""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

import msgspec
from msgspec import Struct


class TextDelta(Struct, tag_field="type", tag="text_delta"):
    """A piece of text."""

    text: str


class CitationsDelta(Struct, tag_field="type", tag="citations_delta"):
    """One more citation of a text."""

    citation: msgspec.Raw


class ThinkingDelta(Struct, tag_field="type", tag="thinking_delta"):
    """A piece of thinking."""

    thinking: str


class SignatureDelta(Struct, tag_field="type", tag="signature_delta"):
    """The signature of a thinking block, whole."""

    signature: str


class InputJsonDelta(Struct, tag_field="type", tag="input_json_delta"):
    """A piece of the JSON of a tool's input."""

    partial_json: str


class CompactionDelta(Struct, tag_field="type", tag="compaction_delta"):
    """The summary of a compaction, whole; null, where it failed."""

    content: str | None = None
    encrypted_content: str | None = None


KnownDelta = (
    TextDelta | CitationsDelta | ThinkingDelta | SignatureDelta | InputJsonDelta | CompactionDelta
)


KNOWN_DELTAS = frozenset(str(kind.__struct_config__.tag) for kind in get_args(KnownDelta))
"""Their types."""


class UnknownDelta(Struct):
    """A delta of a type that rookery does not know; it may come in any block."""

    type: str


class BlockKind(NamedTuple):
    """What the deltas of a type of block are, and the fields that they fill."""

    deltas: frozenset[type]
    empty: dict[str, Any]
    plain: frozenset[type]
    """Those deltas of which any number may come, in any order."""


def _kind(*deltas: type, **empty: Any) -> BlockKind:
    plain = frozenset(deltas) - {SignatureDelta}
    return BlockKind(frozenset([*deltas, UnknownDelta]), empty, plain)


_TOOL = _kind(InputJsonDelta, input={})
WHOLE = _kind()

BLOCKS = {
    "text": _kind(TextDelta, CitationsDelta, text=""),
    "thinking": _kind(ThinkingDelta, SignatureDelta, thinking=""),
    "redacted_thinking": WHOLE,
    "tool_use": _TOOL,
    "server_tool_use": _TOOL,
    "mcp_tool_use": _TOOL,
    "container_upload": WHOLE,
    "compaction": _kind(CompactionDelta),
    "fallback": WHOLE,
}
"""The types of blocks that a reply may have, besides the results of server tools."""

_RESULT = "_tool_result"
"""The end of the type of each of those; they come whole."""
_UNKNOWN = _kind(*get_args(KnownDelta))


def kind_of(block_type: str) -> BlockKind:
    """Return what a block of this type may hold; one of an unknown type may hold anything."""
    return BLOCKS.get(block_type) or (WHOLE if block_type.endswith(_RESULT) else _UNKNOWN)
