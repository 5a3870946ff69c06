"""The input of a tool call as JSON text: in pieces, and cut off by the end of a message.

The API sends each key of an input with its whole value, unless the tool has
`eager_input_streaming` (platform.claude.com, "Fine-grained tool streaming"); of an input that
`max_tokens` cuts, only the keys before the cut arrive.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from rookery.wire.document import read
from rookery.wire.messages import MessagesRequest

FINE_GRAINED_BETA = "fine-grained-tool-streaming-2025-05-14"
"""What made the inputs of all tools eager before each tool could say it."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)
"""A string, also one that is cut off, or a bracket or comma outside of strings."""

_any = msgspec.json.Decoder()


def eager_tools(request: MessagesRequest, betas: Collection[str]) -> frozenset[str]:
    """Return the names of the tools whose inputs are streamed as they are generated."""
    by_beta = FINE_GRAINED_BETA in betas
    return frozenset(
        str(tool.get("name"))
        for tool in request.tools or ()
        if by_beta or tool.get("eager_input_streaming") is True
    )


def _commas(text: str) -> Iterator[int]:
    """Yield where the key-value pairs of an object's JSON end."""
    depth = 0
    for token in _TOKEN.finditer(text):
        found = token[0]
        if found in "{[":
            depth += 1
        elif found in "}]":
            depth -= 1
        elif found == "," and depth == 1:
            yield token.start()


def pairs(text: str) -> list[str]:
    """Return an object's JSON in pieces of one whole key-value pair, and the closing brace."""
    end = len(text) - 1
    cuts = [0, *_commas(text), end, end + 1]
    return [text[start:stop] for start, stop in pairwise(cuts)]


def whole_pairs(text: str) -> str:
    """Return what of an object's JSON, cut off anywhere, is pairs that surely are whole."""
    end = 0
    for end in _commas(text):  # noqa: B007 (the last one is meant)
        pass
    return text[:end]


def parse_cut(text: str) -> dict[str, Any]:
    """Return the whole pairs of an object whose JSON is cut off, as the official clients do.

    Raises msgspec.DecodeError for what does not begin like an object.
    """
    kept = whole_pairs(text)
    for candidate in (text + "}", kept + "}" if kept else "{}"):
        try:
            value = read(_any, candidate)
        except msgspec.DecodeError:
            continue
        if isinstance(value, dict) and text.lstrip().startswith("{"):
            return value
    raise msgspec.DecodeError("not the beginning of a JSON object")
