"""From what an engine wants to say to the message that the API would send: cuts, usage, ids."""

from __future__ import annotations

from typing import Any

from rookery.catalog.model import Model
from rookery.emulation.draft import Draft
from rookery.emulation.tokens import count_block, count_prompt, fitting
from rookery.wire.ids import Ids
from rookery.wire.messages import Message, MessagesRequest, Reply, StopReason
from rookery.wire.usage import CacheCreation, Usage

_NO_CACHE = CacheCreation()


def finish(
    request: MessagesRequest,
    draft: Draft,
    *,
    ids: Ids,
    model: Model,
    usage: Usage | None = None,
) -> Reply:
    """Return the draft as a reply: cut at stop sequences and max_tokens, with its usage.

    A `usage` that is given is taken as it is; otherwise it is counted.
    """
    content, stop_reason, stop_sequence = _stop(request, draft)
    content, stop_reason, cut = _limit(content, stop_reason, request.max_tokens, model)
    return Reply(
        body=Message(
            id=ids.new("msg"),
            model=model.id,
            content=content,
            stop_reason=stop_reason,
            stop_sequence=None if cut else stop_sequence,
            stop_details=None,
            container=None,
            diagnostics=None,
            usage=usage or _count(request, content, model),
        )
    )


def _count(request: MessagesRequest, content: list[dict[str, Any]], model: Model) -> Usage:
    return Usage(
        input_tokens=count_prompt(request, model),
        cache_creation=_NO_CACHE,
        output_tokens=sum(count_block(block, model) for block in content),
        service_tier="standard",
        inference_geo=request.inference_geo or "global",
    )


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
