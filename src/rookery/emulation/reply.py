"""From what an engine wants to say to the message that the API would send: cuts, usage, ids."""

from __future__ import annotations

from typing import Any

from rookery.catalog.model import Model
from rookery.emulation.cut import cut
from rookery.emulation.draft import Draft
from rookery.emulation.tokens import count_block, count_prompt
from rookery.wire.ids import Ids
from rookery.wire.messages import Message, MessagesRequest, Reply
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
    content, stop_reason, stop_sequence = cut(request, draft, model)
    return Reply(
        body=Message(
            id=ids.new("msg"),
            model=model.id,
            content=content,
            stop_reason=stop_reason,
            stop_sequence=stop_sequence,
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
