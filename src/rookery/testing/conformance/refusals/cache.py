"""Cases of `rookery.rules.cache`."""

from __future__ import annotations

from rookery.rules import cache
from rookery.testing.conformance.refusals.case import (
    Case,
    cached,
    content,
    message,
    text,
    tool,
    user,
)

TOO_MANY = "A maximum of 4 blocks with cache_control may be provided. Found 5."
ORDER = (
    "{}cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
    "cache_control block. Note that blocks are processed in the following order: `tools`, "
    "`system`, `messages`."
)
ONE, FIVE, HOUR = cached(), cached("5m"), cached("1h")
TOOL_AND_SYSTEM = {"tools": [tool(**ONE)], "system": [text("a", **ONE)]}

CASES = [
    Case(cache.CACHE_TOO_MANY, TOO_MANY, content(*[text("b", **ONE)] * 3, **TOOL_AND_SYSTEM)),
    Case(  # the automatic mark has no place left
        cache.CACHE_TOO_MANY,
        TOO_MANY,
        content(*[text("b", **ONE)] * 2, text("c"), **TOOL_AND_SYSTEM, **ONE),
    ),
    Case(
        cache.CACHE_TTL_ORDER,
        ORDER.format("messages.0.content.1."),
        content(text("a", **ONE), text("b", **HOUR)),
    ),
    Case(
        cache.CACHE_TTL_ORDER,
        ORDER.format("system.0."),
        message(tools=[tool(**FIVE)], system=[text("a", **HOUR)]),
    ),
    Case(
        cache.CACHE_TTL_ORDER,
        ORDER.format("tools.1."),
        message(tools=[tool("a", **FIVE), tool("b", **HOUR)]),
    ),
    Case(  # the automatic mark is the last one
        cache.CACHE_TTL_ORDER,
        ORDER.format(""),
        message(system=[text("a", **FIVE)], **HOUR),
    ),
    Case(
        cache.CACHE_ON_EMPTY_TEXT,
        "messages.0.content.1.text: cache_control cannot be set for empty text blocks",
        content(text("a"), text("", **ONE)),
    ),
    Case(
        cache.CACHE_AUTOMATIC_TTL,
        "cache_control: ttl='5m' differs from the ttl='1h' that messages.0.content.1 already has",
        message(messages=[user(text("a"), text("b", **HOUR))], **ONE),
    ),
]
