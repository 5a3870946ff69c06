"""The most tokens that a prompt can have, without counting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rookery.catalog.model import UNKNOWN, Model
from rookery.emulation.tokens import measure_message
from rookery.wire.usage import Usage

BESIDE = 1_500
"""Tokens of a prompt that are not in its request: those of the use of tools, at the most."""
EACH = 16
"""Tokens of a message beside its content, and of a call or a result beside its id."""

_PROMPT = ("system", "tools", "output_config", "output_format")
"""Fields that are part of the prompt, too."""

_encode = msgspec.json.Encoder().encode


class Bound:
    """Bounds the prompts of one run: what the last reply reported, and the bytes of what is new.

    A token is a byte at least. Images and pages are counted by their formulas.
    """

    def __init__(self, fields: Mapping[str, Any], model: Model | None) -> None:
        """Send `fields` with each request; `model` is whose images are counted."""
        self._model = model or UNKNOWN
        beside = [_encode(fields[name]) for name in _PROMPT if name in fields]
        self._known = BESIDE + sum(map(len, beside))
        self._counted = 0

    def replied(self, usage: Usage, sent: int) -> None:
        """Take what a reply says of its prompt, which had so many messages of the history."""
        self._known = usage.prompt_tokens + usage.output_tokens
        self._counted = sent

    def tokens(self, history: Sequence[Mapping[str, Any]]) -> int:
        """Return the most tokens that a prompt of this history can have."""
        new = history[self._counted :]
        return self._known + sum(_of_ids(one) + self._most(one) for one in new)

    def _most(self, message: Mapping[str, Any]) -> int:
        if self._counted and message["role"] == "assistant":
            return 0  # the reply itself is part of what is known
        text, tokens = measure_message(message, self._model)
        return EACH + len(text) + tokens


def _of_ids(message: Mapping[str, Any]) -> int:
    """Return the most tokens of the ids of calls and results, which are not counted in a reply."""
    blocks = message["content"]
    ids = [one.get("id") or one.get("tool_use_id") for one in blocks if isinstance(one, dict)]
    return sum(EACH + len(str(name)) for name in ids if name)
