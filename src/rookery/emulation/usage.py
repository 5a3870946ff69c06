"""The usage of a message: its prompt as the prompt cache saw it, and what was generated."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from rookery.catalog.model import Model
from rookery.emulation.cache import CacheUse
from rookery.emulation.tokens import count_block
from rookery.wire.messages import MessagesRequest
from rookery.wire.usage import CacheCreation, OutputTokensDetails, Usage

NO_GEO = "not_available"
"""The `inference_geo` of models that cannot be asked for one ("Usage and Cost API")."""


def usage_of(
    request: MessagesRequest, content: list[dict[str, Any]], model: Model, cache: CacheUse
) -> Usage:
    """Return what a message consumed; of thinking, `content` has the text that was thought."""
    tokens = [(block.get("type"), count_block(block, model)) for block in content]
    thinking = sum(count for kind, count in tokens if kind == "thinking")
    usage = Usage(
        input_tokens=cache.uncached,
        cache_creation_input_tokens=cache.write_5m + cache.write_1h,
        cache_read_input_tokens=cache.read,
        cache_creation=CacheCreation(cache.write_5m, cache.write_1h),
        output_tokens=sum(count for _, count in tokens),
        output_tokens_details=OutputTokensDetails(thinking),
        service_tier="standard",
        inference_geo=(request.inference_geo or "global") if model.inference_geo else NO_GEO,
        speed=request.speed or "standard",
    )
    if request.max_tokens:
        return usage
    return structs.replace(usage, iterations=[_iteration(usage)])


def _iteration(usage: Usage) -> dict[str, Any]:
    """Return the one iteration that the documentation shows for a request that warms the cache."""
    fields = (
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
    )
    return {name: getattr(usage, name) for name in fields} | {"type": "message"}
