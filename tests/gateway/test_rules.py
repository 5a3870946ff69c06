"""One test for each rule, with the text that the API gives."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rookery.catalog.lookup import Catalog
from rookery.errors import APIError, InvalidRequestError, NotFoundError
from rookery.gateway.validate import validate, validate_count
from rookery.providers.anthropic.provider import AnthropicProvider
from rookery.providers.base import Call, Provider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.messages import CountTokensRequest, Request
from rookery.wire.versions import V2023, V2026

OLD = "claude-haiku-4-5"
"""Takes `enabled` thinking, prefill, forced tool choice and sampling; no effort, no geo."""
NEW = "claude-opus-5-5"
"""Takes none of these; `adaptive` thinking is always on."""
CATALOG = Catalog.builtin()
EMULATED: Provider = ScriptedProvider.of()

Body = dict[str, Any]


def fault(version: str = V2026, *, provider: Provider = EMULATED, **fields: Any) -> str | None:
    """What is wrong with a request that is right but for these fields."""
    body: Body = {"model": OLD, "max_tokens": 2000, "messages": [user("hi")], **fields}
    request = Request(data=msgspec.json.encode(body))
    try:
        validate(request, Call("req_1", version), provider, CATALOG)
    except InvalidRequestError as error:
        return error.message
    return None


def user(*content: Any) -> Body:
    return {"role": "user", "content": _content(content)}


def assistant(*content: Any) -> Body:
    return {"role": "assistant", "content": _content(content)}


def system(text: str = "Be brief.") -> Body:
    return {"role": "system", "content": text}


def _content(content: tuple[Any, ...]) -> Any:
    return content[0] if len(content) == 1 and isinstance(content[0], str) else list(content)


def text(words: str, **fields: Any) -> Body:
    return {"type": "text", "text": words, **fields}


def call(name: str) -> Body:
    return {"type": "tool_use", "id": name, "name": "look", "input": {}}


def result(name: str) -> Body:
    return {"type": "tool_result", "tool_use_id": name, "content": "seen"}


def tool(name: str = "look", **fields: Any) -> Body:
    return {"name": name, "input_schema": {"type": "object"}, **fields}


def cached(ttl: str | None = None) -> Body:
    return {"cache_control": {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})}


ENABLED = {"type": "enabled", "budget_tokens": 1024}
DOCUMENT = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "words"},
}


# --- what is not asked at all --------------------------------------------------------------------


def test_an_ordinary_request_is_right() -> None:
    assert fault() is None
    assert fault(V2023) is None


def test_an_upstream_of_the_api_judges_for_itself() -> None:
    upstream = AnthropicProvider.__new__(AnthropicProvider)
    assert not upstream.emulated
    fields: Body = {"model": "unknown", "messages": [], "temperature": 9, "new_field": 1}
    assert fault("2099-01-01", provider=upstream, **fields) is None
    wrong = fault(provider=upstream, model=1)
    assert wrong == "model: Input should be a valid string"


def test_an_unknown_model_is_not_found() -> None:
    request = Request(data=b'{"model": "gpt", "max_tokens": 1, "messages": []}')
    with pytest.raises(NotFoundError, match=r"^model: gpt$"):
        validate(request, Call("req_1"), EMULATED, CATALOG)


def test_an_alias_is_a_model() -> None:
    assert fault(model="claude-haiku-4-5-20251001") is None


# --- version -------------------------------------------------------------------------------------


def test_a_version_is_one_of_two() -> None:
    assert fault("2023-01-01") == 'anthropic-version: "2023-01-01" is not a valid version'


def test_the_version_is_judged_before_the_body() -> None:
    assert fault("x", model=1) == 'anthropic-version: "x" is not a valid version'


# --- messages ------------------------------------------------------------------------------------


def test_there_is_a_message() -> None:
    assert fault(messages=[]) == "messages: at least one message is required"


def test_there_are_100_000_messages_at_most() -> None:
    assert fault(messages=[user("hi")] * 100_001) == (
        "messages: List should have at most 100000 items after validation, not 100001"
    )


@pytest.mark.parametrize("empty", ["", []])
def test_content_is_not_empty(empty: Any) -> None:
    message = {"role": "user", "content": empty}
    assert fault(messages=[user("hi"), message]) == (
        "messages.1: all messages must have non-empty content except for the optional final "
        "assistant message"
    )


@pytest.mark.parametrize("empty", ["", []])
def test_the_content_of_a_last_assistant_message_may_be_empty(empty: Any) -> None:
    assert fault(messages=[user("hi"), {"role": "assistant", "content": empty}]) is None
    assert fault(messages=[{"role": "assistant", "content": empty}, user("hi")]) is not None


def test_a_text_is_not_empty() -> None:
    wrong = "messages: text content blocks must be non-empty"
    assert fault(messages=[user(text("hi"), text(""))]) == wrong
    assert fault(messages=[user("hi"), assistant(text(""))]) == wrong


@pytest.mark.parametrize("content", [" \n", [{"type": "text", "text": "\t"}]])
def test_a_text_has_more_than_whitespace(content: Any) -> None:
    assert fault(messages=[{"role": "user", "content": content}]) == (
        "messages: text content blocks must contain non-whitespace text"
    )


def test_a_text_of_the_system_prompt_is_not_empty() -> None:
    assert fault(system=[text("")]) == "system: text content blocks must be non-empty"
    assert fault(system="") is None


@pytest.mark.parametrize(
    ("block", "role"),
    [
        (call("a"), "assistant"),
        ({"type": "server_tool_use", "id": "a", "name": "b", "input": {}}, "assistant"),
        ({"type": "thinking", "thinking": "a", "signature": "b"}, "assistant"),
        ({"type": "redacted_thinking", "data": "a"}, "assistant"),
        (result("a"), "user"),
    ],
)
def test_a_block_is_of_its_role(block: Body, role: str) -> None:
    turn = assistant(block) if role == "user" else user(block)
    assert fault(messages=[user("hi"), turn]) == (
        f"messages.1: `{block['type']}` blocks can only be in `{role}` messages"
    )


def test_a_document_is_in_a_user_message_since_2026() -> None:
    messages = [user("hi"), assistant(DOCUMENT), user("go on")]
    assert fault(V2023, messages=messages) is None
    assert fault(V2026, messages=messages) == (
        "messages.1.content.0.document: `document` blocks can only be in `user` messages"
    )
    assert fault(V2026, messages=[user(DOCUMENT)]) is None


def test_a_text_of_a_user_has_no_citations_since_2026() -> None:
    quoted = text("so", citations=[{"type": "char_location"}])
    assert fault(V2023, messages=[user(quoted)]) is None
    assert fault(V2026, messages=[user(quoted)]) == (
        "messages.0.content.0.text.citations: Extra inputs are not permitted"
    )
    assert fault(V2026, messages=[user(text("so", citations=[]))]) is None
    assert fault(V2026, messages=[user("a"), assistant(quoted), user("b")]) is None


def test_a_system_turn_is_for_models_that_take_it() -> None:
    messages = [user("hi"), system()]
    assert fault(model=NEW, messages=messages) is None
    assert fault(model=OLD, messages=messages) == (
        'messages: Unexpected role "system". The Messages API accepts a top-level `system` '
        'parameter, not "system" as an input message role.'
    )


def test_a_system_turn_comes_after_the_user_and_before_the_assistant() -> None:
    after = "messages.{}: a `system` message must come after a user turn"
    before = "messages.{}: a `system` message must be the last one or come before an assistant turn"
    found = {"type": "web_search_tool_result", "tool_use_id": "a", "content": []}
    for messages, wrong in (
        ([system(), user("a")], after.format(0)),
        ([user("a"), assistant("b"), system(), assistant("c"), user("d")], after.format(2)),
        ([user("a"), system(), user("b")], before.format(1)),
        ([user("a"), system(), system()], before.format(1)),
        ([user("a"), assistant(found), system()], None),
        ([user("a"), system(), assistant("b"), user("c")], None),
    ):
        assert fault(model=NEW, messages=messages) == wrong


# --- tool calls and their results ----------------------------------------------------------------

UNANSWERED = (
    "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. "
    "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
)
UNEXPECTED = (
    "messages.{}.content.{}: unexpected `tool_use_id` found in `tool_result` blocks: {}. Each "
    "`tool_result` block must have a corresponding `tool_use` block in the previous message."
)
AGAIN = (
    "messages.{}.content.{}: each tool_use must have a single result. Found multiple "
    "`tool_result` blocks with id: {}"
)


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        ([assistant(call("a")), user(result("a"))], None),
        ([assistant(text("x"), call("a"), call("b")), user(result("b"), result("a"))], None),
        ([assistant(call("a")), user(result("a"), text("and"))], None),
        ([assistant(call("a")), assistant(call("b")), user(result("a"), result("b"))], None),
        ([assistant(call("a"), call("b")), user(result("a")), user(result("b"))], None),
        ([assistant(call("a")), user(text("wait")), user(result("a"))], None),
        ([assistant(call("a")), user("no")], UNANSWERED.format(1, "a")),
        ([assistant(call("a"), call("b")), user("no")], UNANSWERED.format(1, "a, b")),
        ([assistant(call("a"), call("b")), user(result("a"))], UNANSWERED.format(1, "b")),
        ([assistant(call("a"))], UNANSWERED.format(1, "a")),
        ([assistant("x"), assistant(call("a")), user("no")], UNANSWERED.format(2, "a")),
        (
            [assistant(call("a")), user("no"), assistant("ok"), user(result("a"))],
            UNANSWERED.format(1, "a"),
        ),
        ([assistant("x"), user(text("y"), result("a"))], UNEXPECTED.format(2, 1, "a")),
        (
            [assistant(call("a")), user(result("a")), assistant("x"), user(result("a"))],
            UNEXPECTED.format(4, 0, "a"),
        ),
        (
            [assistant(call("a")), user(result("a")), user(text("x"), result("b"))],
            UNEXPECTED.format(3, 1, "b"),
        ),
        ([assistant(call("a")), user(result("a"), result("a"))], AGAIN.format(2, 1, "a")),
        (
            [assistant(call("a"), call("a")), user(result("a"))],
            "messages.1.content.1: `tool_use` ids must be unique",
        ),
        (
            [assistant(call("a")), user(result("a")), assistant(call("a")), user(result("a"))],
            "messages.3.content.0: `tool_use` ids must be unique",
        ),
    ],
)
def test_every_call_has_one_result_in_the_next_turn(
    messages: list[Body], wrong: str | None
) -> None:
    assert fault(messages=[user("hi"), *messages]) == wrong


def test_a_result_needs_a_call_before_it() -> None:
    assert fault(messages=[user(result("a"))]) == UNEXPECTED.format(0, 0, "a")


# --- prompt cache --------------------------------------------------------------------------------


def test_there_are_four_breakpoints_at_most() -> None:
    one = cached()
    four: Body = {
        "tools": [tool(**one)],
        "system": [text("a", **one)],
        "messages": [user(text("b", **one), text("c", **one))],
    }
    assert fault(**four) is None
    wrong = "A maximum of 4 blocks with cache_control may be provided. Found 5."
    assert fault(**four, **one) == wrong
    four["messages"] = [user(*[text("b", **one)] * 3)]
    assert fault(**four) == wrong


@pytest.mark.parametrize("five", [cached(), cached("5m")])
def test_an_hour_does_not_come_after_five_minutes(five: Body) -> None:
    wrong = (
        "{}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
        "cache_control block. Note that blocks are processed in the following order: `tools`, "
        "`system`, `messages`."
    )
    hour = cached("1h")
    assert fault(messages=[user(text("a", **hour), text("b", **five))]) is None
    assert fault(messages=[user(text("a", **five), text("b", **hour))]) == wrong.format(
        "messages.0.content.1"
    )
    assert fault(tools=[tool(**five)], system=[text("a", **hour)]) == wrong.format("system.0")
    assert fault(tools=[tool("a", **five), tool("b", **hour)]) == wrong.format("tools.1")


# --- tools ---------------------------------------------------------------------------------------


def test_names_of_tools_are_unique() -> None:
    assert fault(tools=[tool(), tool()]) == "tools: Tool names must be unique."
    toolsets = [{"type": "computer_toolset_20260801"}, {"type": "browser_toolset_20260801"}]
    assert fault(tools=toolsets) is None


@pytest.mark.parametrize("kind", ["auto", "any", "none"])
def test_a_tool_choice_needs_tools(kind: str) -> None:
    wrong = f"tool_choice.{kind} may only be specified while providing tools"
    assert fault(tool_choice={"type": kind}) == wrong
    assert fault(tool_choice={"type": kind}, tools=[]) == wrong
    assert fault(tool_choice={"type": kind}, tools=[tool()]) is None


def test_a_chosen_tool_is_among_the_tools() -> None:
    wrong = "Tool 'find' not found in provided tools"
    assert fault(tool_choice={"type": "tool", "name": "find"}, tools=[tool()]) == wrong


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "look"}])
def test_tool_use_is_forced_on_models_that_take_it_and_without_thinking(choice: Body) -> None:
    forced: Body = {"tool_choice": choice, "tools": [tool()]}
    assert fault(model=OLD, **forced) is None
    assert fault(model=OLD, **forced, thinking={"type": "disabled"}) is None
    assert fault(model=OLD, **forced, thinking=ENABLED) == (
        "Thinking may not be enabled when tool_choice forces tool use."
    )
    assert fault(model=NEW, **forced) == (
        'tool_choice: type "tool" and "any" are not supported for this model.'
    )


# --- what the model takes ------------------------------------------------------------------------


def test_thinking_is_of_a_type_that_the_model_takes() -> None:
    assert fault(model=OLD, thinking=ENABLED) is None
    assert fault(model=NEW, thinking={"type": "adaptive"}) is None
    assert fault(model=OLD, thinking={"type": "adaptive"}) == (
        "adaptive thinking is not supported on this model"
    )
    assert fault(model=NEW, thinking=ENABLED) == (
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
        '"output_config.effort" to control thinking behavior.'
    )
    assert fault(model=NEW, thinking={"type": "disabled"}) == (
        '"thinking.type.disabled" is not supported for this model.'
    )


def test_opus_5_thinks_at_the_highest_efforts() -> None:
    def at(effort: str, kind: str = "disabled") -> str | None:
        fields: Body = {"thinking": {"type": kind}, "output_config": {"effort": effort}}
        return fault(model="claude-opus-5", **fields)

    assert at("high") is None
    assert at("max", "adaptive") is None
    assert at("xhigh") == (
        "\"thinking.type.disabled\" is not supported for this model with an effort above 'high'."
    )


def test_effort_is_of_a_level_that_the_model_takes() -> None:
    assert fault(model=NEW, output_config={"effort": "max"}) is None
    assert fault(model=OLD, output_config={"effort": "low"}) == (
        "This model does not support the effort parameter."
    )
    assert fault(model="claude-opus-4-5", output_config={"effort": "max"}) == (
        "This model does not support effort level 'max'. Supported levels: high, medium, low."
    )


def test_fast_is_for_models_that_take_it() -> None:
    assert fault(model=NEW, speed="fast") is None
    assert fault(model=OLD, speed="standard") is None
    assert fault(model=OLD, speed="fast") == "speed: 'fast' is not supported for this model."


def test_the_place_is_for_models_that_take_it() -> None:
    assert fault(model=NEW, inference_geo="us") is None
    assert fault(model=OLD, inference_geo="us") == "inference_geo: not supported for this model."


# --- output --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_is_gone_since_2026_even_at_its_default(name: str) -> None:
    given: Body = {name: 1}
    for model in (OLD, NEW):
        assert fault(V2026, model=model, **given) == f"{name}: Extra inputs are not permitted"
    assert fault(V2023, model=OLD, **given) is None


def test_sampling_is_by_temperature_or_top_p() -> None:
    assert fault(V2023, model=OLD, temperature=0.5, top_k=3) is None
    assert fault(V2023, model=OLD, temperature=0.5, top_p=0.5) == (
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
    )


def test_new_models_take_only_the_default() -> None:
    assert fault(V2023, model=NEW, temperature=1, top_p=1) is None
    assert fault(V2023, model=NEW, temperature=0.5) == "`temperature` is deprecated for this model."
    assert fault(V2023, model=NEW, top_p=0.5) == "`top_p` is deprecated for this model."
    assert fault(V2023, model=NEW, top_k=5) == "`top_k` is deprecated for this model."


def test_max_tokens_is_within_the_limit_of_the_model() -> None:
    assert fault(max_tokens=64_000) is None
    assert fault(max_tokens=64_001) == (
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for "
        "claude-haiku-4-5"
    )
    assert fault(max_tokens=-1) == "max_tokens: Input should be greater than or equal to 0"


def test_max_tokens_is_greater_than_the_budget_for_thinking() -> None:
    assert fault(max_tokens=1025, thinking=ENABLED) is None
    assert fault(max_tokens=1024, thinking=ENABLED) == (
        "`max_tokens` must be greater than `thinking.budget_tokens`."
    )


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"stream": True}, "stream"),
        ({"thinking": ENABLED}, "thinking.type.enabled"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {}}}},
            "output_config.format",
        ),
        (
            {"tools": [tool()], "tool_choice": {"type": "any"}},
            "a tool_choice that forces tool use",
        ),
    ],
)
def test_max_tokens_0_goes_without_what_is_about_the_output(fields: Body, what: str) -> None:
    assert fault(max_tokens=1100, **fields) is None
    assert fault(max_tokens=0, **fields) == f"max_tokens: 0 cannot be combined with {what}"
    assert fault(max_tokens=0, stream=False) is None


def test_a_stop_sequence_has_more_than_whitespace() -> None:
    assert fault(stop_sequences=["x", " y "]) is None
    assert fault(stop_sequences=["x", ""]) == "stop_sequences: each stop sequence must be non-empty"
    assert fault(stop_sequences=["\n"]) == (
        "stop_sequences: each stop sequence must contain non-whitespace"
    )


def test_prefill_is_for_models_that_take_it() -> None:
    messages = [user("hi"), assistant("So")]
    assert fault(model=OLD, messages=messages) is None
    assert fault(model=NEW, messages=messages) == (
        "This model does not support assistant message prefill. The conversation must end with a "
        "user message."
    )


def test_prefill_does_not_end_with_whitespace() -> None:
    wrong = "messages: final assistant content cannot end with trailing whitespace"
    assert fault(messages=[user("hi"), assistant("So ")]) == wrong
    assert fault(messages=[user("hi"), assistant(text("So\n"))]) == wrong


# --- length --------------------------------------------------------------------------------------


def test_a_prompt_has_at_most_the_context_of_the_model() -> None:
    per_token = 3.6
    assert fault(messages=[user("x" * int(199_990 * per_token))]) is None
    assert fault(messages=[user("x" * int(250_000 * per_token))]) == (
        "prompt is too long: 250004 tokens > 200000 maximum"
    )


def test_many_small_blocks_of_many_tokens_are_too_long_too() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    wrong = fault(messages=[user(*[image] * 200)])
    assert wrong == "prompt is too long: 313604 tokens > 200000 maximum"


# --- counting ------------------------------------------------------------------------------------


def count_fault(**fields: Any) -> APIError | None:
    body: Body = {"model": OLD, "messages": [user("hi")], **fields}
    request = CountTokensRequest(data=msgspec.json.encode(body))
    try:
        validate_count(request, Call("req_1", V2026), EMULATED, CATALOG)
    except APIError as error:
        return error
    return None


def test_counting_has_the_rules_on_prompts() -> None:
    assert count_fault() is None
    for fields, status in (
        ({"messages": []}, 400),
        ({"messages": [user(result("a"))]}, 400),
        ({"thinking": {"type": "adaptive"}}, 400),
        ({"model": "gpt"}, 404),
    ):
        error = count_fault(**fields)
        assert error is not None
        assert error.status == status


def test_counting_has_no_rules_on_output() -> None:
    assert count_fault(messages=[user("hi"), assistant("So ")]) is None
    assert count_fault(messages=[user("x" * 800_000)]) is None
    refused = count_fault(max_tokens=5)
    assert refused is not None
    assert refused.message == "max_tokens: Extra inputs are not permitted"
