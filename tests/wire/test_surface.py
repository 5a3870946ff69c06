"""The types of a request: what they take, and that both ways to judge say the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import InvalidRequestError
from rookery.wire.betas import GATES, KNOWN, Gate
from rookery.wire.faults import faults
from rookery.wire.lenient import known
from rookery.wire.messages import CountTokensRequest, MessagesRequest, Request
from rookery.wire.surface import EVERYTHING, surface
from rookery.wire.validation import check
from rookery.wire.versions import V2023, V2026
from tests.wire import generated
from tests.wire import strategies as some

_encode = msgspec.json.Encoder().encode
headers = st.frozensets(st.sampled_from(sorted(KNOWN)))


@some.patient
@given(generated.requests)
def test_what_the_types_allow_is_valid(value: Any) -> None:
    data = _encode(value)
    body = check(Request(data))
    assert msgspec.json.decode(_encode(body), type=MessagesRequest) == body
    assert list(faults(MessagesRequest, msgspec.json.decode(data), whole=True)) == []


@some.patient
@given(generated.counts)
def test_what_the_token_counter_takes_is_valid(value: Any) -> None:
    assert check(CountTokensRequest(_encode(value))).model == value["model"]


@some.patient
@given(generated.changed())
def test_msgspec_and_the_walk_agree_on_what_is_valid(value: Any) -> None:
    """The first decides, the second says what is wrong: none may find less than the other."""
    data = _encode(value)
    found = list(faults(MessagesRequest, msgspec.json.decode(data), whole=True))
    try:
        decoded = msgspec.json.decode(data, type=MessagesRequest)
        _ = decoded.tool_definitions
    except msgspec.ValidationError:
        assert found
    else:
        assert found == []


@some.patient
@given(generated.changed())
def test_a_fault_is_told_with_its_place(value: Any) -> None:
    try:
        check(Request(_encode(value)))
    except InvalidRequestError as error:
        at, _, reason = error.message.rpartition(": ")
        assert reason
        assert error.rule
        for step in at.split(": ")[0].split("."):
            assert step.isdigit() or not step.startswith(("$", "["))


@some.patient
@given(generated.requests, st.data())
def test_what_nobody_knows_is_left_out_where_it_is_to_be_forgiven(value: Any, data: Any) -> None:
    stranger = _with_unknown(data.draw, value)
    body = check(Request(_encode(stranger)), forgiving=True)
    assert body == check(Request(_encode(value)))


def _with_unknown(draw: Any, value: Any) -> Any:
    """Add blocks, tools and fields with names that no type has."""
    value = dict(value)
    for name in ("tools", "messages"):
        for _ in range(draw(st.integers(0, 2))):
            if name == "tools" and "tools" in value:
                value["tools"] = [*value["tools"], {"type": "of_next_year", "name": "x"}]
            elif name == "messages" and value["messages"]:
                value["messages"] = [_block_more(message) for message in value["messages"]]
    return {**value, "field_of_next_year": draw(some.json_values)}


def _block_more(message: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(message["content"], list):
        return {**message, "of_next_year": 1}
    marked = [
        {**block, "of_next_year": [1]} if block["type"] == "text" else block
        for block in message["content"]
    ]
    return {**message, "content": [{"type": "of_next_year", "x": {}}, *marked]}


@some.patient
@given(generated.changed())
def test_to_forgive_never_fails_but_in_the_words_of_the_api(value: Any) -> None:
    try:
        check(Request(_encode(value)), forgiving=True)
    except InvalidRequestError as error:
        assert "`" not in error.message.split(": ")[-1] or error.rule


def test_forgiving_keeps_what_is_open() -> None:
    schema = {"type": "object", "x": 1}
    tool = {"name": "a", "input_schema": schema, "y": 2}
    kept = known(MessagesRequest, {"tools": [tool], "metadata": {"user_id": "u", "z": 1}})
    assert kept == {"tools": [{"name": "a", "input_schema": schema}], "metadata": {"user_id": "u"}}
    assert known(MessagesRequest, {"thinking": {"type": "of_next_year"}}) == {}


# --- beta headers --------------------------------------------------------------------------------


@some.patient
@given(generated.requests, headers, st.sampled_from([V2023, V2026]))
def test_more_headers_never_take_anything_away(
    value: Any, betas: frozenset[str], version: str
) -> None:
    body = check(Request(_encode(value)))
    tools = body.tool_definitions
    assert EVERYTHING.fault(body, tools) is None
    few, many = surface(version, betas), surface(version, KNOWN)
    if few.fault(body, tools) is None:
        assert many.fault(body, tools) is None
    refused = surface(V2023, KNOWN).fault(body, tools)
    assert refused is None


def test_headers_that_nobody_knows_open_nothing() -> None:
    assert surface(V2026, ("beta-of-next-year-2027-01-01",)) is surface(V2026, ())


def message(**fields: Any) -> dict[str, Any]:
    return {
        "model": "m",
        "max_tokens": 5000,
        "messages": [{"role": "user", "content": "hi"}],
        **fields,
    }


def block(**fields: Any) -> dict[str, Any]:
    return message(messages=[{"role": "assistant", "content": [fields]}])


def system(**fields: Any) -> dict[str, Any]:
    return message(messages=[{"role": "system", "content": "x", **fields}])


def tool(**fields: Any) -> dict[str, Any]:
    return message(tools=[fields])


_HOP = {"model": "m"}
_SCREEN = {"name": "computer", "display_width_px": 9, "display_height_px": 9}
_LISTED = [{"name": "x", "input_schema": {}}]
_SERVER = {"type": "url", "name": "a", "url": "https://a.example"}
_FORMAT = {"type": "json_schema", "schema": {}}
_DEFINITION = {
    "type": "tool_definition",
    "definition": {"name": "a", "input_schema": {"type": "object"}},
}
_ENABLED = {"type": "enabled", "budget_tokens": 2000}
_CLEAR = ("context-management-2025-06-27",)
_MCP = ("mcp-client-2025-04-04", "mcp-client-2025-11-20")
_CHANGES = ("mid-conversation-tool-changes-2026-07-01",)

EXAMPLES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("CountRequest.context_management", message(context_management={}), ()),
    (
        "ClearToolUses",
        message(context_management={"edits": [{"type": "clear_tool_uses_20250919"}]}),
        ("compact-2026-01-12",),
    ),
    (
        "ClearThinking",
        message(context_management={"edits": [{"type": "clear_thinking_20251015"}]}),
        ("compact-2026-01-12",),
    ),
    ("Compact", message(context_management={"edits": [{"type": "compact_20260112"}]}), _CLEAR),
    ("CountRequest.compaction", message(compaction={"type": "summarize"}), ()),
    ("Compaction", block(type="compaction", content="x"), ()),
    ("CountRequest.mcp_servers", message(mcp_servers=[_SERVER]), ()),
    (
        "McpServer.tool_configuration",
        message(mcp_servers=[{**_SERVER, "tool_configuration": {}}]),
        ("mcp-client-2025-11-20",),
    ),
    ("McpToolUse", block(type="mcp_tool_use", id="a", name="b", server_name="c", input={}), ()),
    ("McpToolResult", block(type="mcp_tool_result", tool_use_id="a"), ()),
    ("McpToolset", tool(type="mcp_toolset", mcp_server_name="a"), ("mcp-client-2025-04-04",)),
    (
        "McpToolset.tools",
        tool(type="mcp_toolset", mcp_server_name="a", tools=_LISTED),
        ("mcp-client-2025-11-20",),
    ),
    ("McpToolListing", block(type="mcp_tool_listing", mcp_server_name="a", tools=_LISTED), _MCP),
    ("MessagesRequest.fallbacks", message(fallbacks="default"), ()),
    ("FallbackBlock", block(type="fallback", **{"from": _HOP, "to": _HOP}), ()),
    ("MessagesRequest.fallback_credit_token", message(fallback_credit_token="x"), ()),
    ("MessagesRequest.thread", message(thread={"type": "create"}), ()),
    ("CountRequest.billing_policy", message(billing_policy={"type": "billing_policy"}), ()),
    ("MessagesRequest.user_profile_id", message(user_profile_id="x"), ()),
    ("CountRequest.output_format", message(output_format=_FORMAT), ()),
    (
        "OutputConfig.task_budget",
        message(output_config={"task_budget": {"type": "tokens", "total": 2000}}),
        (),
    ),
    (
        "ThinkingAdaptive.display=updates",
        message(thinking={"type": "adaptive", "display": "updates"}),
        (),
    ),
    ("ThinkingEnabled.display=updates", message(thinking={**_ENABLED, "display": "updates"}), ()),
    (
        "ThinkingAdaptive.block_binding",
        message(thinking={"type": "adaptive", "block_binding": {}}),
        (),
    ),
    ("ThinkingEnabled.block_binding", message(thinking={**_ENABLED, "block_binding": {}}), ()),
    ("InputMessage.clear_at", system(clear_at="never"), ()),
    ("InputMessage.output_config", system(output_config={"effort": "low"}), ()),
    ("ToolAddition", block(type="tool_addition", tool={"type": "tool_reference", "name": "a"}), ()),
    ("ToolRemoval", block(type="tool_removal", tool={"type": "tool_reference", "name": "a"}), ()),
    ("DefinedTool", block(type="tool_addition", tool=_DEFINITION), _CHANGES),
    ("Advisor", tool(type="advisor_20260301", name="advisor", model="m"), ()),
    (
        "ServerToolUse.name=advisor",
        block(type="server_tool_use", id="srvtoolu_1", name="advisor", input={}),
        (),
    ),
    (
        "AdvisorResult",
        block(
            type="advisor_tool_result",
            tool_use_id="srvtoolu_1",
            content={"type": "advisor_result", "text": "x"},
        ),
        (),
    ),
    ("Computer20241022", tool(type="computer_20241022", **_SCREEN), ()),
    ("Bash20241022", tool(type="bash_20241022", name="bash"), ()),
    ("TextEditor20241022", tool(type="text_editor_20241022", name="str_replace_editor"), ()),
    ("Computer20250124", tool(type="computer_20250124", **_SCREEN), ()),
    ("Computer20251124", tool(type="computer_20251124", **_SCREEN), ()),
]
"""Row of the table, what uses it, and headers without which something else of it were refused."""

REASONS = {
    "": "does not match any of the expected tags",
    "field": "Extra inputs are not permitted",
    "value": "Input should be '",
}


def name_of(gate: Gate) -> str:
    name = f"{gate.of.__name__}.{gate.field}".rstrip(".")
    return f"{name}={gate.value}" if gate.value else name


def test_each_row_has_an_example() -> None:
    assert [name_of(gate) for gate in GATES] == [name for name, _, _ in EXAMPLES]


@pytest.mark.parametrize(
    ("gate", "example"), list(zip(GATES, EXAMPLES, strict=True)), ids=map(name_of, GATES)
)
def test_a_header_opens_what_is_refused_without(
    gate: Gate, example: tuple[str, dict[str, Any], tuple[str, ...]]
) -> None:
    _, value, needed = example
    with pytest.raises(InvalidRequestError) as caught:
        check(Request(_encode(value)), surface(V2026, needed))
    kind = "value" if gate.value else "field" if gate.field else ""
    assert REASONS[kind] in caught.value.message
    assert gate.value not in caught.value.message or not gate.value
    for beta in gate.betas:
        if beta not in needed:
            opened = surface(V2026, (*needed, beta))
            assert check(Request(_encode(value)), opened).model == "m"
