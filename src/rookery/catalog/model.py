"""One model: what it is, what it allows, and what it costs in tokens."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

from msgspec import Struct

Lifecycle = Literal["active", "deprecated", "retired"]
EffortLevel = Literal["low", "medium", "high", "xhigh", "max"]
ThinkingType = Literal["adaptive", "between_tools", "disabled", "enabled"]
Sampling = Literal["any", "temperature_or_top_p", "default_only"]
Feature = Literal[
    "batch",
    "citations",
    "code_execution",
    "image_input",
    "pdf_input",
    "structured_outputs",
    "context_management.clear_thinking_20251015",
    "context_management.clear_tool_uses_20250919",
    "context_management.compact_20260112",
    "server_tools.code_execution",
    "server_tools.web_search",
]
"""The leaves of the `capabilities` tree that no other field of `Model` implies."""


class Tokenizer(Struct, frozen=True, forbid_unknown_fields=True):
    """A tokenizer; `factor` is its tokens for ASCII letters against those of Claude 4.6 and before.

    Other characters have the same tokens in both (docs/emulation.md).
    """

    factor: float = 1.0


class ImageTier(Struct, frozen=True, forbid_unknown_fields=True):
    """How large an image may be before it is scaled down: `long_edge` pixels, `max_tokens`."""

    long_edge: int
    max_tokens: int


class ToolPrompt(Struct, frozen=True, forbid_unknown_fields=True):
    """Input tokens added once if a request has tools, by its tool_choice."""

    auto_none: int = 0
    any_tool: int = 0


class Thinking(Struct, frozen=True, forbid_unknown_fields=True):
    """The values of `thinking.type` that the model takes, and what holds if it is left out."""

    types: tuple[ThinkingType, ...] = ("disabled",)
    default: ThinkingType = "disabled"
    display: Literal["summarized", "omitted"] = "summarized"
    """What is returned of the thinking if the request does not say."""
    interleaves: bool = False
    """Whether `enabled` thinking may stand between calls of tools, with its beta header."""
    disabled_max_effort: EffortLevel | None = None
    """The highest effort at which `disabled` and `between_tools` are taken; None: at each."""


class Effort(Struct, frozen=True, forbid_unknown_fields=True):
    """The values of `output_config.effort` that the model takes; none, if it refuses the field."""

    levels: tuple[EffortLevel, ...] = ()
    default: EffortLevel | None = None


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of models.toml. The defaults suit a model that is not Claude: no limits, no extras."""

    id: str
    display_name: str
    max_input_tokens: int
    """The context window, in tokens."""
    max_tokens: int
    """The most output tokens of one request."""
    line: str | None = None
    """haiku, sonnet, opus, fable, mythos."""
    created_at: date = date(1970, 1, 1)  # the API gives an epoch value for an unknown day
    deprecated_at: date | None = None
    retires_at: date | None = None
    aliases: tuple[str, ...] = ()
    cache_minimum: int = 0
    """The shortest prefix, in tokens, that is written to the prompt cache."""
    tokenizer: Tokenizer = Tokenizer()
    image_tier: ImageTier | None = None
    tool_prompt: ToolPrompt = ToolPrompt()
    typed_tools: dict[str, int] = {}
    """Input tokens of tools that the API defines, such as `bash`."""
    refused_tools: frozenset[str] = frozenset()
    """Types of tools that the API defines and the model does not take."""
    thinking: Thinking = Thinking()
    effort: Effort = Effort()
    forced_tool_choice: bool = True
    """Whether `tool_choice` any and tool are taken (never while thinking is `enabled`)."""
    prefill: bool = True
    """Whether a trailing assistant message is taken."""
    sampling: Sampling = "any"
    """Which of temperature, top_p and top_k may differ from the default. The request version
    2026-10-21 refuses all of them, whatever the model."""
    system_turns: bool = False
    """Whether a message of role `system` is taken amid the messages."""
    keeps_old_thinking: bool = False
    """Whether old thinking stays in the cached prefix when a new user turn comes."""
    config_first: bool = False
    """Whether thinking and effort stand before the tools in the prompt, so that a change of them
    also loses the cache of tools and system. Which models do so is not public: none is assumed."""
    inference_geo: bool = False
    """Whether `inference_geo` is taken (from 4.6 on)."""
    fast: bool = False
    """Whether `speed: fast` is taken."""
    ignores_fast: bool = False
    """Whether `speed: fast` is read as `standard` instead of refused."""
    features: frozenset[Feature] = frozenset()

    def lifecycle(self, at: date | datetime) -> Lifecycle:
        """The state on a day (of a datetime: its day in UTC, where it has a zone)."""
        if isinstance(at, datetime):
            at = (at.astimezone(UTC) if at.tzinfo else at).date()
        if self.retires_at and at >= self.retires_at:
            return "retired"
        return "deprecated" if self.deprecated_at and at >= self.deprecated_at else "active"

    @property
    def capabilities(self) -> dict[str, Any]:
        """The `capabilities` tree of GET /v1/models, built from the fields above."""
        tree: dict[str, Any] = {}
        for feature in get_args(Feature):
            group, _, leaf = feature.rpartition(".")
            node = tree.setdefault(group, {}) if group else tree
            node[leaf] = {"supported": feature in self.features}
        tree["effort"] = {
            level: {"supported": level in self.effort.levels} for level in get_args(EffortLevel)
        }
        for group in ("context_management", "server_tools", "effort"):
            node = tree[group]
            tree[group] = {"supported": any(leaf["supported"] for leaf in node.values()), **node}
        types = {name: {"supported": name in self.thinking.types} for name in _THINKING_TYPES}
        thinks = any(name != "disabled" for name in self.thinking.types)
        tree["thinking"] = {"supported": thinks, "types": types}
        return tree


_THINKING_TYPES: tuple[ThinkingType, ...] = get_args(ThinkingType)

UNKNOWN = Model(id="", display_name="", max_input_tokens=0, max_tokens=0)
"""Stands for a model that the catalog does not know."""
