"""Rules on `cache_control`: how many marks, where, in what order."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ISSUES

CACHE_TOO_MANY = Rule(
    "cache_too_many",
    "A maximum of {maximum} blocks with cache_control may be provided. Found {count}.",
    "seen",
    "github.com/nick1udwig/kibitz/issues/38; that the automatic mark counts: docs, "
    '"Prompt caching"',
)
CACHE_TTL_ORDER = Rule(
    "cache_ttl_order",
    "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that "
    "blocks are processed in the following order: `tools`, `system`, `messages`.",
    "seen",
    "github.com/cnighswonger/claude-code-cache-fix/issues/44",
)
CACHE_ON_EMPTY_TEXT = Rule(
    "cache_on_empty_text",
    "cache_control cannot be set for empty text blocks",
    "seen",
    f"{ISSUES}50484",
)
CACHE_AUTOMATIC_TTL = Rule(
    "cache_automatic_ttl",
    "cache_control: ttl='{automatic}' differs from the ttl='{explicit}' that {place} already has",
    "own",
    'docs: "Prompt caching", "Automatic caching"',
)
