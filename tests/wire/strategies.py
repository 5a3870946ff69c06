"""What the tests of the wire draw from: JSON, messages, streams, and bytes cut in pieces."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rookery.wire.messages import Reply

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Examples may take as long as they take: the machine may be busy with other things."""

few = settings(patient, max_examples=40)

numbers = (
    st.integers()
    | st.integers(min_value=2**63, max_value=10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(max_size=6), json_values, max_size=3)

texts = st.text(max_size=60)
names = st.from_regex(r"[a-zA-Z0-9_-]{1,16}", fullmatch=True)
counts = st.integers(min_value=0, max_value=10**7)


def objects(
    required: dict[str, st.SearchStrategy[Any]],
    optional: dict[str, st.SearchStrategy[Any]] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with these fields, and with some that nobody knows."""
    known = st.fixed_dictionaries(required, optional=optional or {})
    return st.tuples(json_objects, known).map(lambda parts: {**parts[0], **parts[1]})


citations = st.none() | st.lists(objects({"type": st.just("char_location")}), max_size=3)
text_blocks = objects({"type": st.just("text"), "text": texts}, {"citations": citations})
thinking_blocks = objects(
    {"type": st.just("thinking"), "thinking": texts}, {"signature": st.none() | texts}
)
signed_blocks = objects({"type": st.just("thinking"), "thinking": texts, "signature": texts})
compaction_blocks = objects(
    {"type": st.just("compaction"), "content": st.none() | texts},
    {"encrypted_content": st.none() | texts, "signature": texts},
)
fallback_blocks: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "type": st.just("fallback"),
        "from": st.fixed_dictionaries({"model": names}),
        "to": st.fixed_dictionaries({"model": names}),
    }
)
redacted_blocks = objects({"type": st.just("redacted_thinking"), "data": texts})
tool_blocks = objects(
    {
        "type": st.sampled_from(["tool_use", "server_tool_use"]),
        "id": names,
        "name": names,
        "input": json_objects,
    },
    {"caller": json_objects},
)
result_blocks = objects(
    {
        "type": st.sampled_from(["web_search_tool_result", "bash_code_execution_tool_result"]),
        "tool_use_id": names,
        "content": json_values,
    }
)
strange_blocks = objects(
    {"type": names.map("new_{}".format)},
    {"text": json_values, "citations": json_values, "thinking": json_values, "input": json_values},
)
"""Blocks of types that are not known yet."""

blocks = st.one_of(
    text_blocks,
    signed_blocks,
    redacted_blocks,
    tool_blocks,
    result_blocks,
    compaction_blocks,
    strange_blocks,
)

usages = objects(
    {"input_tokens": counts, "output_tokens": counts},
    {
        "cache_creation_input_tokens": st.none() | counts,
        "cache_read_input_tokens": st.none() | counts,
        "cache_creation": st.fixed_dictionaries(
            {"ephemeral_5m_input_tokens": counts, "ephemeral_1h_input_tokens": counts}
        ),
        "output_tokens_details": st.fixed_dictionaries({"thinking_tokens": counts}),
        "server_tool_use": st.fixed_dictionaries({"web_search_requests": counts}),
        "service_tier": st.sampled_from(["standard", "priority", "batch", "tier_of_next_year"]),
        "iterations": st.lists(json_objects, max_size=2),
    },
)

STOP_REASONS = (
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
)
messages = objects(
    {
        "id": names,
        "type": st.just("message"),
        "role": st.just("assistant"),
        "model": names,
        "content": st.lists(blocks, max_size=4),
        "stop_reason": st.sampled_from([*STOP_REASONS, "reason_of_next_year"]),
        "usage": usages,
    },
    {
        "stop_sequence": st.none() | texts,
        "stop_details": st.none() | json_objects,
        "container": st.none() | json_objects,
        "diagnostics": st.none() | json_objects,
        "context_management": st.none() | json_objects,
    },
)


def reply_of(message: dict[str, Any]) -> Reply:
    """Return a reply as a backend would send it."""
    return Reply(data=msgspec.json.encode(message))


replies = messages.map(reply_of)


@st.composite
def fallen_back(draw: st.DrawFn) -> Reply:
    """Draw a reply in which one model gave way to the next, and that to another."""
    message = draw(messages)
    hops = draw(st.lists(fallback_blocks, min_size=1, max_size=3))
    content = [*hops[:-1], *message["content"], hops[-1]]
    return reply_of({**message, "model": hops[-1]["to"]["model"], "content": content})


@st.composite
def splits(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """Draw pieces of `data`, some of them empty, some of one byte."""
    if draw(st.booleans()):
        return [data[i : i + 1] for i in range(len(data))]
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    return [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]
