"""Requests that break no rule; those that break one are cases of a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rookery.catalog.lookup import Catalog
from rookery.errors import APIError, NotFoundError
from rookery.gateway.validate import validate
from rookery.providers.anthropic.provider import AnthropicProvider
from rookery.providers.base import Call, Provider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.rules import http, threads
from rookery.rules.table import rows
from rookery.testing.conformance.refusals import CASES
from rookery.testing.conformance.refusals.case import (
    DOCUMENT,
    ENABLED,
    LATEST_MODEL,
    PLAIN,
    SEARCH,
    Case,
    assistant,
    cached,
    call,
    content,
    message,
    result,
    server_call,
    server_result,
    system,
    text,
    thought,
    tool,
    user,
)
from rookery.wire.betas import KNOWN
from rookery.wire.messages import CountTokensRequest, Request
from rookery.wire.toolsets import ComputerConfigs
from rookery.wire.versions import V2023, V2026

CATALOG = Catalog.builtin()
EMULATED: Provider = ScriptedProvider.of()
THINKING = {"thinking": ENABLED}
ADAPTIVE = {"model": LATEST_MODEL, "thinking": {"type": "adaptive"}}
QUOTED = text(
    "so",
    citations=[
        {
            "type": "char_location",
            "cited_text": "s",
            "document_index": 0,
            "document_title": None,
            "start_char_index": 0,
            "end_char_index": 1,
        }
    ],
)

CODE = {"type": "code_execution_20260120", "name": "code_execution"}
NEW_SEARCH = {"type": "web_search_20260209", "name": "web_search"}
FOUND = {
    "type": "search_result",
    "source": "https://example.com",
    "title": "a",
    "content": [text("b")],
}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "pair": {
            "type": ["array", "null"],
            "prefixItems": [{"type": "integer", "minimum": 0.5}, True],
            "items": False,
            "uniqueItems": True,
        },
        "other": {"anyOf": [{"const": None}, {"pattern": "^a$", "maxLength": 3.0}]},
    },
    "patternProperties": {"^x-": {}},
    "dependentRequired": {"pair": ["other"]},
    "required": ["pair"],
    "additionalProperties": {"type": "string"},
    "x-unknown": 1,
}
CLOSED = {"type": "object", "additionalProperties": False}
STRICT = {
    **CLOSED,
    "title": "A strict schema",
    "description": "What constrained sampling takes.",
    "properties": {
        "kind": {"enum": ["a", 1, True, None]},
        "fixed": {"const": "x"},
        "name": {"type": "string", "format": "date-time", "pattern": "^[a-z]{1,3}$"},
        "size": {"type": ["integer", "null"], "default": 3},
        "list": {"type": "array", "items": {"$ref": "#/$defs/part"}, "minItems": 1},
        "either": {"anyOf": [{"$ref": "#/$defs/part"}, {"type": "null"}]},
        "both": {"allOf": [{"type": "string"}]},
    },
    "required": ["kind", "list"],
    "$defs": {"part": {**CLOSED, "properties": {"a": {"type": "boolean"}}, "required": ["a"]}},
}
SUMMARY = {"type": "compaction", "content": "so", "signature": "sig"}
FORMAT = {"format": {"type": "json_schema", "schema": STRICT}}


def fault(
    body: dict[str, Any],
    version: str = V2026,
    *,
    betas: tuple[str, ...] = (),
    provider: Provider = EMULATED,
) -> str | None:
    """What is wrong with a request."""
    request = Request(data=msgspec.json.encode(body))
    try:
        validate(request, Call("req_1", version, betas), provider, CATALOG)
    except APIError as error:
        return error.message
    return None


def chat(*turns: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A conversation that begins with a user's `hi`."""
    return message(messages=[user("hi"), *turns], **fields)


def amid(*turns: dict[str, Any]) -> dict[str, Any]:
    """The same with a model that takes system messages."""
    return chat(*turns, model=LATEST_MODEL)


def forced(kind: str = "any", **fields: Any) -> dict[str, Any]:
    choice = {"type": kind} | ({"name": "look"} if kind == "tool" else {})
    return message(tools=[tool()], tool_choice=choice, **fields)


RIGHT: dict[str, dict[str, Any]] = {
    "an ordinary request": message(),
    "an alias": message(model="claude-haiku-4-5-20251001"),
    # content
    "an empty last message of the assistant": chat({"role": "assistant", "content": []}),
    "an empty message of a user beside one with content": chat(
        {"role": "user", "content": []}, user("a")
    ),
    "an empty system prompt": message(system=""),
    "a document of a user": content(DOCUMENT),
    "citations of the assistant": chat(assistant(QUOTED), user("b")),
    "no citations of a user": content(text("so", citations=[])),
    # system messages
    "a system message at the end": amid(system("a")),
    "a system message before the assistant": amid(system("a"), assistant("b"), user("c")),
    "two system messages": amid(system("a"), system("b"), assistant("c"), user("d")),
    "a system message after the result of a server tool": amid(
        assistant(server_call("srvtoolu_1"), server_result("srvtoolu_1")), system("a")
    ),
    "a system message after results": amid(
        assistant(thought(), call("a")), user(result("a")), system("b")
    ),
    # calls and results
    "a result": chat(assistant(call("a")), user(result("a"))),
    "results in any order": chat(
        assistant(text("x"), call("a"), call("b")), user(result("b"), result("a"))
    ),
    "text after a result": chat(assistant(call("a")), user(result("a"), text("and"))),
    "calls of two messages": chat(
        assistant(call("a")), assistant(call("b")), user(result("a"), result("b"))
    ),
    "results of two messages": chat(
        assistant(call("a"), call("b")), user(result("a")), user(result("b"))
    ),
    "the result of a server tool": chat(
        assistant(server_call("srvtoolu_1"), server_result("srvtoolu_1"), text("x")), user("b")
    ),
    "a paused turn that goes on": chat(assistant(server_call("srvtoolu_1")), tools=[SEARCH]),
    "a server tool that waits for a result of a client": chat(
        assistant(server_call("srvtoolu_1"), call("a")), user(result("a")), tools=[SEARCH, tool()]
    ),
    "a server tool that a later message of the turn answers": chat(
        assistant(server_call("srvtoolu_1"), call("a")),
        user(result("a")),
        assistant(server_result("srvtoolu_1"), text("x")),
        user("b"),
    ),
    # thinking
    "thinking with a budget": message(**THINKING),
    "adaptive thinking": message(**ADAPTIVE),
    "thinking between tools": message(
        model="claude-sonnet-5-5",
        thinking={"type": "between_tools"},
        output_config={"effort": "high"},
    ),
    "no thinking at effort high": message(
        model="claude-opus-5", thinking={"type": "disabled"}, output_config={"effort": "high"}
    ),
    "effort max with thinking": message(
        model="claude-opus-5", thinking={"type": "adaptive"}, output_config={"effort": "max"}
    ),
    "a turn that starts with thinking": chat(
        assistant(thought(), call("a")), user(result("a")), **THINKING
    ),
    "a turn of two steps that starts with thinking": chat(
        assistant(thought(), call("a")),
        user(result("a")),
        assistant(call("b")),
        user(result("b")),
        **THINKING,
    ),
    "earlier turns without thinking": chat(
        assistant("a"), user("b"), assistant(call("c")), user(result("c"), text("d")), **THINKING
    ),
    "adaptive thinking, and a turn that starts without": chat(
        assistant(call("a")), user(result("a")), **ADAPTIVE
    ),
    "a prefill that starts with thinking": chat(assistant(thought(), text("So")), **THINKING),
    "thinking in earlier turns where it is off": chat(assistant(thought(), text("a")), user("b")),
    "one token more than the budget": message(max_tokens=1025, **THINKING),
    # the cache
    "four marks": content(
        text("b", **cached()),
        text("c", **cached()),
        tools=[tool(**cached())],
        system=[text("a", **cached())],
    ),
    "three marks and the automatic one": content(
        text("b", **cached()),
        text("c"),
        tools=[tool(**cached())],
        system=[text("a", **cached())],
        **cached(),
    ),
    "four marks, on the last of which the automatic one falls": content(
        text("b", **cached()),
        text("c", **cached("5m")),
        tools=[tool(**cached())],
        system=[text("a", **cached())],
        **cached(),
    ),
    "an hour before five minutes": content(text("a", **cached("1h")), text("b", **cached())),
    "the automatic mark alone": message(**cached("1h")),
    # tools
    "a choice that forces nothing": message(tools=[tool()], tool_choice={"type": "auto"}),
    "a forced tool": forced("tool"),
    "a forced tool without thinking": forced(thinking={"type": "disabled"}),
    "a forced tool with adaptive thinking": forced(
        model="claude-opus-5", thinking={"type": "adaptive"}
    ),
    "a tool that is found by another": message(
        tools=[
            tool(defer_loading=True),
            {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
        ],
        messages=[
            user("hi"),
            assistant(call("a")),
            user(result("a", [{"type": "tool_reference", "tool_name": "look"}])),
        ],
    ),
    "web search by code": message(model="claude-opus-5", tools=[NEW_SEARCH]),
    "web search without code": message(tools=[{**NEW_SEARCH, "allowed_callers": ["direct"]}]),
    "a tool that code calls": message(
        model="claude-opus-5",
        tools=[CODE, tool(allowed_callers=["direct", "code_execution_20260120"])],
        tool_choice={"type": "tool", "name": "look"},
    ),
    "a schema with what the draft has": message(
        tools=[tool(input_schema=SCHEMA, input_examples=[{"pair": [1, "a"], "other": None}])]
    ),
    "a strict schema": message(tools=[tool(input_schema=STRICT, strict=True)]),
    "structured output": message(output_config=FORMAT),
    "a recursive schema that is not strict": message(
        tools=[tool(input_schema={"type": "object", "properties": {"a": {"$ref": "#"}}})]
    ),
    "as many strict tools and optional parameters as there may be": message(
        tools=[
            *(
                tool(f"t{index}", strict=True, input_schema={**CLOSED, "properties": {}})
                for index in range(19)
            ),
            tool(
                "t19",
                strict=True,
                input_schema={**CLOSED, "properties": {f"p{n}": {} for n in range(24)}},
            ),
        ]
    ),
    # sources
    "documents that are cited": content(
        {**DOCUMENT, "citations": {"enabled": True}}, {**DOCUMENT, "citations": {"enabled": True}}
    ),
    "a document that is not cited, and structured output": content(
        {**DOCUMENT, "citations": {"enabled": False}}, output_config=FORMAT
    ),
    "search results of a tool": chat(
        assistant(call("a")), user(result("a", [FOUND, FOUND]), text("b"))
    ),
    "code that filters what web search found": chat(
        assistant(server_call("srvtoolu_1", "code_execution"), call("a")),
        user(result("a")),
        model="claude-opus-5",
        tools=[NEW_SEARCH, tool()],
    ),
    "a toolset whose tools are all deferred": message(
        model="claude-opus-5",
        tools=[
            tool(),
            {
                "type": "computer_toolset_20260801",
                "configs": {
                    name: {"defer_loading": True} for name in ComputerConfigs.__struct_fields__
                },
            },
        ],
    ),
    "a toolset of which one tool is off": message(
        model="claude-opus-5",
        tools=[{"type": "computer_toolset_20260801", "configs": {"zoom": {"enabled": False}}}],
    ),
    "toolsets, which have no names": message(
        model=LATEST_MODEL,
        tools=[{"type": "computer_toolset_20260801"}, {"type": "browser_toolset_20260801"}],
    ),
    # output
    "as many tokens as there are": message(max_tokens=64_000),
    "no tokens": message(max_tokens=0, stream=False),
    "stop sequences": message(stop_sequences=["x", " y "]),
    "a prefill": chat(assistant("So")),
    "a paused turn, sent again": message(
        model=LATEST_MODEL,
        messages=[
            user("a"),
            assistant(
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
            ),
        ],
        tools=[{"type": "web_search_20250305", "name": "web_search"}],
    ),
    "fast": message(model=LATEST_MODEL, speed="fast"),
    "fast where it is ignored": message(model="claude-opus-4-6", speed="fast"),
    "a container": message(tools=[CODE], container="container_1"),
    "a container that is not named": message(container={}),
    "standard": message(speed="standard"),
    "a place": message(model=LATEST_MODEL, inference_geo="us"),
    "a prompt as long as the context": message(messages=[user("x" * int(199_990 * 3.6))]),
}


@pytest.mark.parametrize("body", RIGHT.values(), ids=RIGHT)
def test_a_request_that_breaks_no_rule_passes(body: dict[str, Any]) -> None:
    assert fault(body) is None


IN_BETA: dict[str, dict[str, Any]] = {
    "edits of the context": message(
        model=LATEST_MODEL,
        context_management={
            "edits": [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919"}]
        },
    ),
    "a tool of an MCP server that is found by a search": chat(
        assistant(thought(), call("a")),
        user(result("a", [{"type": "tool_reference", "tool_name": "theirs"}])),
        model="claude-opus-5",
        tools=[tool(), {"type": "mcp_toolset", "mcp_server_name": "they"}],
        mcp_servers=[{"type": "url", "url": "https://example.com", "name": "they"}],
    ),
    "a request for a summary": message(
        model=LATEST_MODEL,
        compaction={"type": "summarize"},
        messages=[user("hi"), assistant("a")],
        output_config={"task_budget": {"type": "tokens", "total": 20_000}},
    ),
    "a summary in place of the conversation": message(
        model=LATEST_MODEL, messages=[assistant(SUMMARY), user("b")]
    ),
    "a summary behind what it is of": chat(
        assistant({**SUMMARY, "signature": None, "encrypted_content": "x"}),
        user("b"),
        model=LATEST_MODEL,
    ),
    "tools that come and go": chat(
        system(
            {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "look"}},
            {
                "type": "tool_addition",
                "tool": {"type": "tool_definition", "definition": tool("find")},
            },
        ),
        assistant("a"),
        user("b"),
        system({"type": "tool_removal", "tool": {"type": "tool_reference", "name": "find"}}),
        model=LATEST_MODEL,
        tools=[tool()],
    ),
}


@pytest.mark.parametrize("body", IN_BETA.values(), ids=IN_BETA)
def test_what_is_in_beta_passes_with_its_headers(body: dict[str, Any]) -> None:
    assert fault(body, betas=tuple(KNOWN)) is None


@pytest.mark.parametrize(
    "body",
    [
        message(temperature=0.5, top_k=3),
        message(model=LATEST_MODEL, temperature=1, top_p=1),
        chat(assistant(DOCUMENT), user("go on")),
        content(QUOTED),
    ],
)
def test_the_first_version_takes_what_the_second_refuses(body: dict[str, Any]) -> None:
    assert fault(body, V2023) is None
    assert fault(body, V2026) is not None


def test_with_interleaved_thinking_the_budget_may_be_larger_than_the_answer() -> None:
    body = message(max_tokens=1000, tools=[tool()], **THINKING)
    assert fault(body) is not None
    assert fault(body, betas=("interleaved-thinking-2025-05-14",)) is None


def test_an_upstream_of_the_api_judges_for_itself() -> None:
    upstream = AnthropicProvider.__new__(AnthropicProvider)
    assert not upstream.emulated
    body = {"model": "unknown", "messages": [], "temperature": 9, "new_field": 1}
    assert fault(body, "2099-01-01", provider=upstream) is None
    wrong = fault({"model": 1}, provider=upstream)
    assert wrong == "model: Input should be a valid string"


def test_the_version_is_judged_before_the_body() -> None:
    assert fault({"model": 1}, "x") == 'anthropic-version: "x" is not a valid version'


@pytest.mark.parametrize(("day", "is_there"), [(29, True), (30, False)])
def test_a_model_is_there_until_it_is_retired(day: int, is_there: bool) -> None:
    request = Request(data=msgspec.json.encode(message(model="claude-sonnet-4-5")))

    def clock() -> datetime:
        return datetime(2026, 11, day, 23, tzinfo=UTC)

    if is_there:
        validate(request, Call("req_1"), EMULATED, CATALOG, clock)
    else:
        with pytest.raises(NotFoundError, match=r"^model: claude-sonnet-4-5$"):
            validate(request, Call("req_1"), EMULATED, CATALOG, clock)


def test_a_row_of_one_s_own_keeps_a_retired_model(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text("[models.claude-3-7-sonnet-20250219]\nretires_at = 2099-01-01\n")
    request = Request(data=msgspec.json.encode(message(model="claude-3-7-sonnet-20250219")))
    with pytest.raises(NotFoundError):
        validate(request, Call("req_1"), EMULATED, CATALOG)
    validate(request, Call("req_1"), EMULATED, Catalog.from_files(own))


def test_many_small_blocks_of_many_tokens_are_too_long_too() -> None:
    page = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    wrong = fault(content(*[page] * 100))
    assert wrong is not None
    assert wrong.startswith("prompt is too long: ")


def count_fault(**fields: Any) -> APIError | None:
    body = message(max_tokens=None, **fields)
    request = CountTokensRequest(data=msgspec.json.encode(body))
    try:
        validate(request, Call("req_1"), EMULATED, CATALOG)
    except APIError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"messages": []}, 400),
        ({"messages": [user(result("a"))]}, 400),
        ({"thinking": {"type": "adaptive"}}, 400),
        ({"max_tokens": 5}, 400),
        ({"model": "gpt"}, 404),
    ],
)
def test_counting_has_the_rules_on_prompts(fields: dict[str, Any], status: int) -> None:
    request = CountTokensRequest(
        data=msgspec.json.encode(message(**{"max_tokens": None, **fields}))
    )
    with pytest.raises(APIError) as refused:
        validate(request, Call("req_1"), EMULATED, CATALOG)
    assert refused.value.status == status


def test_counting_has_no_rules_on_output() -> None:
    assert count_fault(messages=[user("hi"), assistant("So ")]) is None
    assert count_fault(messages=[user("x" * 800_000)]) is None
    assert count_fault(thinking={"type": "enabled", "budget_tokens": 100_000}) is None


ENDPOINTS = {"/v1/messages": Request, "/v1/messages/count_tokens": CountTokensRequest}
JUDGED = [
    case
    for case in CASES
    if case.path in ENDPOINTS
    and case.body is not None
    and case.version
    and not (case.headers or case.raw or case.given)
    and case.server == PLAIN
    and case.rule not in (*rows(threads), *rows(http))
]
"""The cases of which the gateway is the judge, by itself."""


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.rule.name)
def test_a_request_is_refused_by_the_rule_of_its_case(case: Case) -> None:
    request = ENDPOINTS[case.path](data=case.data)
    betas = tuple(beta.strip() for beta in case.betas.split(",") if beta.strip())
    with pytest.raises(APIError) as refused:
        validate(request, Call("req_1", case.version, betas), EMULATED, CATALOG)
    assert refused.value.rule == case.rule.name  # not by another one of the same words
