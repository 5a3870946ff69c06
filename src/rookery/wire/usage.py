"""What a request consumed, in tokens: the `usage` object of a message."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

ServiceTier = Literal["standard", "priority", "batch"]


class CacheCreation(Struct, frozen=True):
    """Tokens written to the prompt cache, by time to live."""

    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class ServerToolUse(Struct, frozen=True):
    """Calls of server tools that are billed each."""

    web_search_requests: int = 0
    web_fetch_requests: int = 0


class OutputTokensDetails(Struct, frozen=True):
    """What part of the output tokens was thinking."""

    thinking_tokens: int = 0


class Usage(Struct, frozen=True):
    """Tokens of one message. The three input counts are disjoint; their sum is the prompt."""

    input_tokens: int = 0
    cache_creation_input_tokens: int | None = 0
    cache_read_input_tokens: int | None = 0
    cache_creation: CacheCreation | None = None
    output_tokens: int = 0
    output_tokens_details: OutputTokensDetails | None = None
    server_tool_use: ServerToolUse | None = None
    service_tier: ServiceTier | str | None = None
    inference_geo: str | None = None
    speed: str | None = None
    iterations: list[dict[str, Any]] | None = None

    @property
    def prompt_tokens(self) -> int:
        """All input tokens: uncached, written to the cache, and read from it."""
        return (
            self.input_tokens
            + (self.cache_creation_input_tokens or 0)
            + (self.cache_read_input_tokens or 0)
        )

    @property
    def cache_write_5m_tokens(self) -> int:
        """Tokens written for 5 minutes; all writes, where a backend does not split them."""
        if self.cache_creation is None:
            return self.cache_creation_input_tokens or 0
        return self.cache_creation.ephemeral_5m_input_tokens

    @property
    def cache_write_1h_tokens(self) -> int:
        """Tokens written for one hour."""
        return self.cache_creation.ephemeral_1h_input_tokens if self.cache_creation else 0
