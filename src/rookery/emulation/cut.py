"""Where a reply ends: at a stop sequence, or at `max_tokens`."""

from __future__ import annotations

from typing import Any

from rookery.catalog.model import Model
from rookery.emulation.draft import Draft
from rookery.emulation.text import fitting
from rookery.emulation.tokens import count_block
from rookery.wire.messages import MessagesRequest, StopReason


def cut(
    request: MessagesRequest, draft: Draft, model: Model
) -> tuple[list[dict[str, Any]], StopReason, str | None]:
    """Return the content that is left of a draft, its stop reason and its stop sequence."""
    content, stop_reason, stop_sequence = _stop(request, draft)
    content, stop_reason, is_cut = _limit(content, stop_reason, request.max_tokens, model)
    return content, stop_reason, None if is_cut else stop_sequence


def _stop(
    request: MessagesRequest, draft: Draft
) -> tuple[list[dict[str, Any]], StopReason, str | None]:
    """Cut at the first stop sequence; it is not part of the text."""
    for index, block in enumerate(draft.content if request.stop_sequences else ()):
        if block["type"] != "text":
            continue
        found = [
            (position, sequence)
            for sequence in request.stop_sequences or ()
            if (position := block["text"].find(sequence)) >= 0
        ]
        if found:
            position, sequence = min(found)
            kept = [*draft.content[:index], {**block, "text": block["text"][:position]}]
            return [b for b in kept if b.get("text") != ""], "stop_sequence", sequence
    return draft.content, draft.stop_reason, None


def _limit(
    content: list[dict[str, Any]], stop_reason: StopReason, max_tokens: int, model: Model
) -> tuple[list[dict[str, Any]], StopReason, bool]:
    """Cut at `max_tokens`; a block that is not text and does not fit is left out whole."""
    left = max_tokens
    for index, block in enumerate(content):
        tokens = count_block(block, model)
        if tokens <= left:
            left -= tokens
            continue
        kept = content[:index]
        if block["type"] == "text" and (text := fitting(block["text"], left, model)):
            kept = [*kept, {**block, "text": text}]
        return kept, "max_tokens", True
    if max_tokens == 0:
        return [], "max_tokens", True
    return content, stop_reason, False
