"""Tools: calls, results, and what is refused about them."""

from __future__ import annotations

import json
from typing import Any

from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.facts import facts
from rookery.testing.conformance.sections.messages import message
from rookery.testing.conformance.sections.streams import good
from rookery.testing.conformance.sections.transport import refused
from rookery.testing.conformance.target import Target

PAGE = "Tool use"
TOOL: dict[str, Any] = {
    "name": "get_weather",
    "description": "Get the current weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "Name of the city."}},
        "required": ["city"],
    },
}
ASK = [{"role": "user", "content": "What is the weather in Oslo? Use the tool."}]
FORCED = {"type": "tool", "name": "get_weather"}


def forced(target: Target, **fields: Any) -> dict[str, Any]:
    """Return fields of a request whose tool must be called. Raises Skipped where none can be."""
    if not facts(target).forces_tools:
        raise Skipped("the model does not take a tool_choice that forces a call")
    return {"tools": [TOOL], "tool_choice": FORCED, "messages": ASK, "max_tokens": 512, **fields}


def call_of(content: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the tool call of a reply. Raises Failed where it has none."""
    calls = [block for block in content if block["type"] == "tool_use"]
    expect(calls, "there is no tool_use block")
    return calls[0]


@check("tools", PAGE)
def a_forced_call(target: Target) -> None:
    """A forced tool is called: id, name, an input that is an object, stop reason tool_use."""
    body = message(target.create(**forced(target)))
    call = call_of(body["content"])
    expect(str(call.get("id")).startswith("toolu_"), f"id is {call.get('id')!r}")
    same("name", call["name"], "get_weather")
    expect(isinstance(call["input"].get("city"), str), f"input is {call['input']!r}")
    same("stop_reason", body["stop_reason"], "tool_use")


@check("tools", "Streaming messages")
def a_streamed_call(target: Target) -> None:
    """A streamed call starts with an empty input; its pieces are the JSON of the input."""
    records = good(target.stream(**forced(target))).records
    starts = [r.data for r in records if r.event == "content_block_start"]
    call = next((s for s in starts if s["content_block"]["type"] == "tool_use"), None)
    expect(call is not None, "there is no tool_use block")
    assert call is not None  # noqa: S101 - narrows the type
    same("input at the start", call["content_block"]["input"], {})
    deltas = [r.data for r in records if r.event == "content_block_delta"]
    pieces = [d["delta"]["partial_json"] for d in deltas if d["index"] == call["index"]]
    same("the first partial_json", pieces[:1], [""])
    expect(isinstance(json.loads("".join(pieces)), dict), "the pieces are no JSON object")


@check("tools", PAGE)
def a_result_is_taken(target: Target) -> None:
    """A call and its result, handed back, are answered."""
    body = message(target.create(**forced(target)))
    call = call_of(body["content"])
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "4 degrees, rain"}
    history = [
        *ASK,
        {"role": "assistant", "content": body["content"]},
        {"role": "user", "content": [result]},
    ]
    answer = message(target.create(tools=[TOOL], messages=history, max_tokens=512))
    expect(answer["content"], "the answer is empty")


@check("tools", PAGE)
def a_call_without_its_result(target: Target) -> None:
    """A call that no result follows is refused, with the ids in the text."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
    history = [*ASK, {"role": "assistant", "content": [call]}, {"role": "user", "content": "And?"}]
    answer = target.create(tools=[TOOL], messages=history)
    refused(answer, 400, "invalid_request_error")
    wanted = "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1"
    expect(wanted in answer.error["message"], answer.error["message"])


@check("tools", PAGE)
def a_bad_name(target: Target) -> None:
    """A tool's name is of letters, digits, `_` and `-`, 64 at most."""
    for name in ("has space", "", "x" * 65):
        answer = target.create(tools=[{**TOOL, "name": name}])
        refused(answer, 400, "invalid_request_error")
        expect("tools.0.custom.name" in answer.error["message"], answer.error["message"])


@check("tools", PAGE)
def tools_cost_input_tokens(target: Target) -> None:
    """A tool adds its definition and a system prompt of the model's to the input tokens."""
    plain = message(target.create())["usage"]["input_tokens"]
    with_tool = message(target.create(tools=[TOOL]))["usage"]["input_tokens"]
    expect(with_tool > plain + 100, f"{plain} tokens became {with_tool}")
