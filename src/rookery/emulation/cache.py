"""The prompt cache (platform.claude.com, "Prompt caching")."""

from __future__ import annotations

from typing import NamedTuple


class CacheUse(NamedTuple):
    """The tokens of a prompt by what the cache did with them; their sum is the prompt."""

    uncached: int
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
