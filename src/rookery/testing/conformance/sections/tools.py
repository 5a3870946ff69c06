"""Tools: calls, results, and what is refused about them."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import good, message, refused
from rookery.testing.conformance.check import Skipped, check, expect, json_object, same
from rookery.testing.conformance.facts import forces_tools
from rookery.testing.conformance.target import Streamed, Target

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
CALL = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}


def calling(target: Target, **fields: Any) -> dict[str, Any]:
    """Return fields of a request whose tool is called: by force, where the model takes that."""
    choice = FORCED if forces_tools(target) else {"type": "auto"}
    return {"tools": [TOOL], "tool_choice": choice, "messages": ASK, **fields}


def call_of(target: Target, content: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the tool call of a reply. Raises Failed or Skipped where it has none."""
    calls = [block for block in content if block["type"] == "tool_use"]
    if not calls and not forces_tools(target):
        raise Skipped("the model made no call, and cannot be forced to")
    expect(calls, "there is no tool_use block")
    return calls[0]


def input_of(target: Target, streamed: Streamed) -> tuple[dict[str, Any], list[str]]:
    """Return the start of the tool call of a stream, and the pieces of its input."""
    starts = {data["index"]: data["content_block"] for data in streamed.of("content_block_start")}
    call_of(target, list(starts.values()))
    index = next(index for index, block in starts.items() if block["type"] == "tool_use")
    deltas = [data for data in streamed.of("content_block_delta") if data["index"] == index]
    return starts[index], [data["delta"]["partial_json"] for data in deltas]


@check("tools", PAGE)
def a_call(target: Target) -> None:
    """A call has an id, a name and an input that is an object; the stop reason is tool_use."""
    body = message(target.create(**calling(target)))
    call = call_of(target, body["content"])
    expect(str(call.get("id")).startswith("toolu_"), f"id is {call.get('id')!r}")
    same("name", call["name"], "get_weather")
    expect(isinstance(call["input"].get("city"), str), f"input is {call['input']!r}")
    same("stop_reason", body["stop_reason"], "tool_use")


@check("tools", PAGE)
def any_tool(target: Target) -> None:
    """`tool_choice: any` calls a tool, or is refused by models that cannot be forced."""
    answer = target.create(tools=[TOOL], tool_choice={"type": "any"}, messages=ASK)
    if forces_tools(target):
        call_of(target, message(answer)["content"])
    else:
        refused(answer, 400, "invalid_request_error")


@check("tools", PAGE)
def no_tool(target: Target) -> None:
    """`tool_choice: none` calls nothing."""
    body = message(target.create(tools=[TOOL], tool_choice={"type": "none"}, messages=ASK))
    kinds = {block["type"] for block in body["content"]}
    expect("tool_use" not in kinds, "there is a call")
    expect(body["stop_reason"] != "tool_use", "the stop reason is tool_use")


@check("tools", "Parallel tool use")
def one_call_at_a_time(target: Target) -> None:
    """`disable_parallel_tool_use` allows one call in a reply."""
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    words = "What is the weather in Oslo? What is the weather in Rome? Use the tool for both."
    ask = [{"role": "user", "content": words}]
    body = message(target.create(tools=[TOOL], tool_choice=choice, messages=ask))
    calls = [block for block in body["content"] if block["type"] == "tool_use"]
    if not calls:
        raise Skipped("the model made no call")
    same("the number of calls", len(calls), 1)


@check("tools", "Streaming messages")
def a_streamed_call(target: Target) -> None:
    """A streamed call starts with an empty input; its pieces are the JSON of the input."""
    call, pieces = input_of(target, good(target.stream(**calling(target))))
    same("input at the start", call["input"], {})
    json_object("what the pieces make", "".join(pieces))


@check("tools", "Fine-grained tool streaming")
def an_eager_call(target: Target) -> None:
    """With `eager_input_streaming` the pieces are the JSON of the input too."""
    tool = {**TOOL, "eager_input_streaming": True}
    _, pieces = input_of(target, good(target.stream(**calling(target, tools=[tool]))))
    json_object("what the pieces make", "".join(pieces))


@check("tools", PAGE)
def a_result_is_taken(target: Target) -> None:
    """A call and its result, handed back, are answered."""
    body = message(target.create(**calling(target)))
    call = call_of(target, body["content"])
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "4 degrees, rain"}
    history = [
        *ASK,
        {"role": "assistant", "content": body["content"]},
        {"role": "user", "content": [result]},
    ]
    answer = message(target.create(tools=[TOOL], messages=history))
    expect(answer["content"], "the answer is empty")


@check("tools", PAGE)
def forms_of_a_result(target: Target) -> None:
    """A result is a text, blocks, nothing, or an error."""
    text = [{"type": "text", "text": "4 degrees"}]
    forms: tuple[dict[str, Any], ...] = (
        {"content": text},
        {},
        {"content": "no such city", "is_error": True},
    )
    for form in forms:
        result = {"type": "tool_result", "tool_use_id": "toolu_1", **form}
        history = [
            *ASK,
            {"role": "assistant", "content": [CALL]},
            {"role": "user", "content": [result]},
        ]
        message(target.create(tools=[TOOL], messages=history))


@check("tools", PAGE)
def a_call_without_its_result(target: Target) -> None:
    """A call that no result follows is refused, with the ids in the text."""
    history = [*ASK, {"role": "assistant", "content": [CALL]}, {"role": "user", "content": "And?"}]
    answer = target.create(tools=[TOOL], messages=history)
    refused(answer, 400, "invalid_request_error")
    wanted = "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1"
    expect(wanted in answer.error["message"], answer.error["message"])


@check("tools", PAGE)
def a_bad_name(target: Target) -> None:
    """A tool's name is of letters, digits, `_` and `-`, 128 at most."""
    for name in ("has space", "", "x" * 129):
        answer = target.create(tools=[{**TOOL, "name": name}])
        refused(answer, 400, "invalid_request_error")
        expect("tools.0.custom.name" in answer.error["message"], answer.error["message"])


@check("tools", PAGE)
def tools_cost_input_tokens(target: Target) -> None:
    """A tool adds its definition and a system prompt of the model's to the input tokens."""
    plain = message(target.create())["usage"]["input_tokens"]
    with_tool = message(target.create(tools=[TOOL]))["usage"]["input_tokens"]
    expect(with_tool > plain + 100, f"{plain} tokens became {with_tool}")
