"""From content to the message that the API would send."""

from __future__ import annotations

from typing import Any

from rookery.catalog.model import Model
from rookery.emulation.cache import CacheUse
from rookery.emulation.tokens import count_block
from rookery.wire.messages import Message, MessagesRequest, Reply, StopReason
from rookery.wire.usage import CacheCreation, Usage

Ending = tuple[list[dict[str, Any]], StopReason, str | None]
"""Content, and why it ends there: the stop reason and the stop sequence."""


def message(ending: Ending, usage: Usage, model: Model, message_id: str) -> Reply:
    """Return the message of some content."""
    content, stop_reason, stop_sequence = ending
    return Reply(
        body=Message(
            id=message_id,
            model=model.id,
            content=content,
            stop_reason=stop_reason,
            stop_sequence=stop_sequence,
            stop_details=None,
            container=None,
            diagnostics=None,
            usage=usage,
        )
    )


def usage_of(
    request: MessagesRequest, content: list[dict[str, Any]], model: Model, cache: CacheUse
) -> Usage:
    """Return what a message consumed: its prompt, as the cache saw it, and its content."""
    return Usage(
        input_tokens=cache.uncached,
        cache_creation_input_tokens=cache.write_5m + cache.write_1h,
        cache_read_input_tokens=cache.read,
        cache_creation=CacheCreation(cache.write_5m, cache.write_1h),
        output_tokens=sum(count_block(block, model) for block in content),
        service_tier="standard",
        inference_geo=request.inference_geo or "global",
    )
