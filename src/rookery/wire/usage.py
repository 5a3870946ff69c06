"""What a request consumed, in tokens: the `usage` object of a message."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, ValidationError, convert, to_builtins
from msgspec.structs import replace

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
    iterations: list[dict[str, Any]] | UnsetType | None = UNSET

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

    @property
    def uncached(self) -> Usage:
        """The usage of the same message where nothing is cached: all of its prompt is input."""
        rounds = self.iterations
        return replace(
            self,
            input_tokens=self.prompt_tokens,
            cache_creation_input_tokens=self.cache_creation_input_tokens and 0,
            cache_read_input_tokens=self.cache_read_input_tokens and 0,
            cache_creation=self.cache_creation and CacheCreation(),
            iterations=[_uncached(one) for one in rounds] if rounds else rounds,
        )

    def __add__(self, other: Usage) -> Usage:
        """Return the tokens of both; what is no count (tier, geo, speed) is kept if it agrees."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cache_creation_input_tokens=_sum(
                self.cache_creation_input_tokens, other.cache_creation_input_tokens
            ),
            cache_read_input_tokens=_sum(
                self.cache_read_input_tokens, other.cache_read_input_tokens
            ),
            cache_creation=CacheCreation(
                self.cache_write_5m_tokens + other.cache_write_5m_tokens,
                self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            ),
            output_tokens=self.output_tokens + other.output_tokens,
            output_tokens_details=_details(self, other),
            server_tool_use=_server_tools(self, other),
            service_tier=self.service_tier if self.service_tier == other.service_tier else None,
            inference_geo=self.inference_geo if self.inference_geo == other.inference_geo else None,
            speed=self.speed if self.speed == other.speed else None,
        )


def _uncached(iteration: dict[str, Any]) -> dict[str, Any]:
    """Return an iteration where nothing is cached; one that cannot be read as it is."""
    try:
        plain = to_builtins(convert(iteration, Usage).uncached)
    except ValidationError:
        return iteration
    return {**iteration, **{name: plain[name] for name in iteration if name in plain}}


def _sum(one: int | None, other: int | None) -> int:
    return (one or 0) + (other or 0)


def _details(one: Usage, other: Usage) -> OutputTokensDetails | None:
    parts = [u.output_tokens_details for u in (one, other) if u.output_tokens_details]
    return OutputTokensDetails(sum(p.thinking_tokens for p in parts)) if parts else None


def _server_tools(one: Usage, other: Usage) -> ServerToolUse | None:
    parts = [u.server_tool_use for u in (one, other) if u.server_tool_use]
    if not parts:
        return None
    return ServerToolUse(
        sum(p.web_search_requests for p in parts), sum(p.web_fetch_requests for p in parts)
    )
