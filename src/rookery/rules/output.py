"""Rules on what is asked for beyond the prompt: length, sampling, where it stops, where it runs."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ADAPTER, UNTRACED

OBSERVED = f"{ADAPTER}2026-08-31"

MAX_TOKENS = Rule(
    "max_tokens",
    "max_tokens: {given} > {maximum}, which is the maximum allowed number of output tokens for "
    "{model}",
    "client",
    "Claude Code 2.1.330 matches it",
)
NO_OUTPUT_WITH = Rule(
    "no_output_with",
    "max_tokens: 0 cannot be combined with {what}",
    "own",
    'docs: "Prompt caching", "Pre-warming the cache"',
)
SAMPLING_DEPRECATED = Rule(
    "sampling_deprecated",
    "`{name}` is deprecated for this model.",
    "seen",
    "github.com/github/app/issues/2574",
)
SAMPLING_ONE_OF = Rule(
    "sampling_one_of",
    "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    "seen",
    "github.com/skydiscover-ai/skydiscover/issues/15",
)
STOP_EMPTY = Rule(
    "stop_empty",
    "stop_sequences: each stop sequence must be non-empty",
    "own",
    "in the words for blank ones",
)
STOP_BLANK = Rule(
    "stop_blank",
    "stop_sequences: each stop sequence must contain non-whitespace",
    "seen",
    "github.com/BerriAI/litellm/issues/3286",
)
PREFILL_UNSUPPORTED = Rule(
    "prefill_unsupported",
    "This model does not support assistant message prefill. The conversation must end with a user "
    "message.",
    "docs",
    'docs: "Errors", "Prefill not supported"',
)
PREFILL_WHITESPACE = Rule(
    "prefill_whitespace",
    "messages: final assistant content cannot end with trailing whitespace",
    "seen",
    "github.com/tailcallhq/forgecode/issues/1872",
)
SPEED_UNSUPPORTED = Rule(
    "speed_unsupported",
    "'{model}' does not support the `speed` parameter.",
    "seen",
    "github.com/Menci/Floway/pull/108",
)
GEO_UNSUPPORTED = Rule(
    "geo_unsupported",
    "inference_geo is not supported for this model",
    "seen",
    UNTRACED,
)
GEO_UNKNOWN = Rule(
    "geo_unknown", "inference_geo: must be one of ['global', 'us']", "seen", OBSERVED
)
PREFILL_WITH_FORMAT = Rule(
    "prefill_with_format",
    "output_config.format: structured output is not supported with assistant message prefill",
    "own",
    'docs: "Structured outputs", "Feature compatibility"',
)
CONTAINER_WITHOUT_CODE = Rule(
    "container_without_code",
    "container: Container identifier can only be provided when using the code execution tool",
    "seen",
    OBSERVED,
)
SAMPLING_WITH_THINKING = Rule(
    "sampling_with_thinking",
    "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode. Please "
    "consult our documentation at https://platform.claude.com/docs/en/build-with-claude/"
    "extended-thinking",
    "seen",
    "github.com/mnfst/modelparams.dev/issues/214",
)
TOP_K_WITH_THINKING = Rule(
    "top_k_with_thinking",
    "`top_k` must be unset when thinking is enabled or in adaptive mode",
    "seen",
    "github.com/quarkiverse/quarkus-langchain4j/issues/1812, of 2025; adaptive mode as for "
    "`temperature`",
)
TOP_P_WITH_THINKING = Rule(
    "top_p_with_thinking",
    "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in "
    "adaptive mode",
    "own",
    'docs: "Thinking", "Feature compatibility"; in the words for `top_k`',
)
