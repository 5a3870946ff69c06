"""What the API says of a request that is not valid, word for word."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rookery.errors import InvalidRequestError
from rookery.wire.messages import CountTokensRequest, MessagesRequest, Request
from rookery.wire.validation import check, check_envelope

PNG = {"type": "base64", "media_type": "image/png", "data": "aGk="}
BMP = {**PNG, "media_type": "image/bmp"}
BLOCK_TAGS = (
    "'text', 'image', 'document', 'search_result', 'thinking', 'redacted_thinking', 'tool_use', "
    "'tool_result', 'server_tool_use', 'web_search_tool_result', 'web_fetch_tool_result', "
    "'code_execution_tool_result', 'bash_code_execution_tool_result', "
    "'text_editor_code_execution_tool_result', 'tool_search_tool_result', 'container_upload'"
)
MEDIA_TYPES = "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
NO_JSON = "The request body is not valid JSON: "
EXTRA = "Extra inputs are not permitted"
AN_OBJECT = "Input should be a valid dictionary"


def tag(found: str, *expected: str) -> str:
    tags = ", ".join(f"'{one}'" for one in expected)
    return f"Input tag '{found}' found using 'type' does not match any of the expected tags: {tags}"


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "claude-fable-5-2", "max_tokens": 8, "messages": [], **fields}


def said(data: bytes, kind: type[Request] = Request) -> str:
    """Return what the API says of a body."""
    with pytest.raises(InvalidRequestError) as caught:
        check(kind(data))
    assert caught.value.status == 400
    return caught.value.message


# --- fields of the request -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": 5}, "model: Input should be a valid string"),
        ({"model": None}, "model: Input should be a valid string"),
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"max_tokens": -(10**30)}, "max_tokens: Input should be greater than or equal to 0"),
        ({"max_tokens": "8"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": 8.5}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": None}, "max_tokens: Input should be a valid integer"),
        ({"messages": {}}, "messages: Input should be a valid list"),
        ({"messages": None}, "messages: Input should be a valid list"),
        ({"messages": "hi"}, "messages: Input should be a valid list"),
        ({"messages": ["hi"]}, f"messages.0: {AN_OBJECT}"),
        ({"messages": [{}]}, "messages.0.role: Field required"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        (
            {"messages": [{"role": "user", "content": "hi"}, {"role": "bird", "content": "hi"}]},
            "messages.1.role: Input should be 'user', 'assistant' or 'system'",
        ),
        (
            {"messages": [{"role": 5, "content": "hi"}]},
            "messages.0.role: Input should be a valid string",
        ),
        (
            {"messages": [{"role": "user", "content": 5}]},
            "messages.0.content: Input should be a valid list",
        ),
        (
            {"messages": [{"role": "user", "content": "hi", "name": "me"}]},
            f"messages.0.name: {EXTRA}",
        ),
        ({"prompt": "hi"}, f"prompt: {EXTRA}"),
        ({"a.b`c": 1}, f"a.b`c: {EXTRA}"),
        ({"line\nfeed": 1}, f"line\nfeed: {EXTRA}"),
        ({"x - at `$.y": 1}, f"x - at `$.y: {EXTRA}"),
        ({"": 1}, EXTRA),
        ({"system": 5}, "system: Input should be a valid list"),
        ({"system": ["hi"]}, f"system.0: {AN_OBJECT}"),
        ({"system": [{"type": "text"}]}, "system.0.text: Field required"),
        ({"system": [{"type": "image", "source": PNG}]}, f"system.0: {tag('image', 'text')}"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"stream": 1}, "stream: Input should be a valid boolean"),
        ({"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
        ({"temperature": -0.1}, "temperature: Input should be greater than or equal to 0"),
        ({"temperature": "hot"}, "temperature: Input should be a valid number"),
        ({"top_p": 2}, "top_p: Input should be less than or equal to 1"),
        ({"top_k": -1}, "top_k: Input should be greater than or equal to 0"),
        ({"stop_sequences": "."}, "stop_sequences: Input should be a valid list"),
        ({"stop_sequences": ["a", 1]}, "stop_sequences.1: Input should be a valid string"),
        ({"metadata": {"user_id": 1}}, "metadata.user_id: Input should be a valid string"),
        ({"metadata": {"name": "me"}}, f"metadata.name: {EXTRA}"),
        ({"metadata": []}, f"metadata: {AN_OBJECT}"),
        ({"service_tier": "best"}, "service_tier: Input should be 'auto' or 'standard_only'"),
        ({"speed": "slow"}, "speed: Input should be 'standard' or 'fast'"),
        ({"inference_geo": 1}, "inference_geo: Input should be a valid string"),
        ({"container": 1}, f"container: {AN_OBJECT}"),
        ({"mcp_servers": [1]}, f"mcp_servers.0: {AN_OBJECT}"),
        (
            {"output_config": {"effort": "some"}},
            "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
        ),
        (
            {"output_config": {"format": {"type": "json_schema"}}},
            "output_config.format.schema: Field required",
        ),
        (
            {"output_config": {"format": {"type": "json_object"}}},
            f"output_config.format: {tag('json_object', 'json_schema')}",
        ),
        ({"cache_control": {"type": "long"}}, f"cache_control: {tag('long', 'ephemeral')}"),
        (
            {"cache_control": {"type": "ephemeral", "ttl": "2h"}},
            "cache_control.ttl: Input should be '5m' or '1h'",
        ),
        ({"thinking": True}, f"thinking: {AN_OBJECT}"),
        ({"thinking": {}}, "thinking.type: Field required"),
        (
            {"thinking": {"type": "on"}},
            f"thinking: {tag('on', 'adaptive', 'enabled', 'disabled', 'between_tools')}",
        ),
        ({"thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1023}},
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (
            {"thinking": {"type": "adaptive", "display": "all"}},
            "thinking.adaptive.display: Input should be 'summarized' or 'omitted'",
        ),
        (
            {"thinking": {"type": "disabled", "budget_tokens": 2000}},
            f"thinking.disabled.budget_tokens: {EXTRA}",
        ),
        ({"tool_choice": "auto"}, f"tool_choice: {AN_OBJECT}"),
        ({"tool_choice": {}}, "tool_choice.type: Field required"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.tool.name: Field required"),
        (
            {"tool_choice": {"type": "all"}},
            f"tool_choice: {tag('all', 'auto', 'any', 'tool', 'none')}",
        ),
        (
            {"tool_choice": {"type": "none", "disable_parallel_tool_use": True}},
            f"tool_choice.none.disable_parallel_tool_use: {EXTRA}",
        ),
        (
            {"tool_choice": {"type": "any", "disable_parallel_tool_use": "no"}},
            "tool_choice.any.disable_parallel_tool_use: Input should be a valid boolean",
        ),
    ],
)
def test_fields(fields: dict[str, Any], message: str) -> None:
    assert said(msgspec.json.encode(body(**fields))) == message


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
def test_a_needed_field_is_missing(missing: str) -> None:
    rest = {name: value for name, value in body().items() if name != missing}
    assert said(msgspec.json.encode(rest)) == f"{missing}: Field required"


def test_the_token_counter_takes_fewer_fields() -> None:
    data = msgspec.json.encode(body())
    assert said(data, CountTokensRequest) == f"max_tokens: {EXTRA}"


# --- blocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("hi", f": {AN_OBJECT}"),
        ({}, ".type: Field required"),
        ({"text": "hi"}, ".type: Field required"),
        ({"type": 5}, ".type: Input should be a valid string"),
        ({"type": None}, ".type: Input should be a valid string"),
        ({"type": ["text"]}, ".type: Input should be a valid string"),
        (
            {"type": "video"},
            ": Input tag 'video' found using 'type' does not match any of the expected tags: "
            + BLOCK_TAGS,
        ),
        (
            {"type": "it's - at `$.x`"},
            ": Input tag 'it's - at `$.x`' found using 'type' does not match any of the expected "
            "tags: " + BLOCK_TAGS,
        ),
        ({"type": "text"}, ".text.text: Field required"),
        ({"type": "text", "text": None}, ".text.text: Input should be a valid string"),
        ({"type": "text", "text": "", "x": 1}, f".text.x: {EXTRA}"),
        ({"type": "text", "text": "", "x - at `$.y": 1}, f".text.x - at `$.y: {EXTRA}"),
        ({"type": "text", "text": "", "a`b\nc": 1}, f".text.a`b\nc: {EXTRA}"),
        ({"type": "text", "text": "", "citations": [1]}, f".text.citations.0: {AN_OBJECT}"),
        (
            {"type": "text", "text": "", "cache_control": {"type": "ephemeral", "ttl": "2h"}},
            ".text.cache_control.ttl: Input should be '5m' or '1h'",
        ),
        ({"type": "image"}, ".image.source: Field required"),
        ({"type": "image", "source": "file.png"}, f".image.source: {AN_OBJECT}"),
        (
            {"type": "image", "source": {"type": "path"}},
            f".image.source: {tag('path', 'base64', 'url', 'file')}",
        ),
        ({"type": "image", "source": BMP}, f".image.source.base64.media_type: {MEDIA_TYPES}"),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png"}},
            ".image.source.base64.data: Field required",
        ),
        ({"type": "image", "source": {"type": "url"}}, ".image.source.url.url: Field required"),
        (
            {"type": "document", "source": {**PNG, "type": "base64"}},
            ".document.source.base64.media_type: Input should be 'application/pdf'",
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "a/b", "data": ""}},
            ".document.source.text.media_type: Input should be 'text/plain'",
        ),
        (
            {
                "type": "document",
                "source": {"type": "content", "content": [{"type": "image", "source": BMP}]},
            },
            ".document.source.content.content.0.image.source.base64.media_type: " + MEDIA_TYPES,
        ),
        (
            {
                "type": "document",
                "source": {"type": "url", "url": ""},
                "citations": {"enabled": 1},
            },
            ".document.citations.enabled: Input should be a valid boolean",
        ),
        ({"type": "thinking", "thinking": ""}, ".thinking.signature: Field required"),
        ({"type": "redacted_thinking"}, ".redacted_thinking.data: Field required"),
        (
            {"type": "tool_use", "id": "a", "name": "b", "input": []},
            f".tool_use.input: {AN_OBJECT}",
        ),
        ({"type": "tool_use", "name": "b", "input": {}}, ".tool_use.id: Field required"),
        ({"type": "tool_result"}, ".tool_result.tool_use_id: Field required"),
        (
            {"type": "tool_result", "tool_use_id": "a", "is_error": "no"},
            ".tool_result.is_error: Input should be a valid boolean",
        ),
        (
            {"type": "tool_result", "tool_use_id": "a", "content": 5},
            ".tool_result.content: Input should be a valid list",
        ),
        (
            {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "thinking"}]},
            ".tool_result.content.0: "
            + tag(
                "thinking",
                *("text", "image", "document", "search_result", "tool_reference", "browser_state"),
            ),
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "a",
                "content": [{"type": "text", "text": ""}, {"type": "image", "source": BMP}],
            },
            ".tool_result.content.1.image.source.base64.media_type: " + MEDIA_TYPES,
        ),
        (
            {"type": "search_result", "source": "a", "title": "b", "content": [{"type": "text"}]},
            ".search_result.content.0.text: Field required",
        ),
        ({"type": "container_upload"}, ".container_upload.file_id: Field required"),
    ],
)
def test_blocks(block: Any, message: str) -> None:
    first = {"role": "user", "content": "hi"}
    turn = {"role": "user", "content": [{"type": "text", "text": "hi"}, block]}
    data = msgspec.json.encode(body(messages=[first, turn]))
    assert said(data) == f"messages.1.content.1{message}"


def test_the_text_that_claude_code_looks_for() -> None:
    turn = {"role": "user", "content": [{"type": "image", "source": BMP}]}
    assert said(msgspec.json.encode(body(messages=[turn]))) == (
        "messages.0.content.0.image.source.base64.media_type: "
        "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
    )


# --- tools ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        ("look", f"tools.1: {AN_OBJECT}"),
        ({}, "tools.1.custom.name: Field required"),
        ({"name": "look"}, "tools.1.custom.input_schema: Field required"),
        ({"type": "custom", "name": "look"}, "tools.1.custom.input_schema: Field required"),
        ({"name": "look", "input_schema": []}, f"tools.1.custom.input_schema: {AN_OBJECT}"),
        (
            {"name": "look up", "input_schema": {}},
            "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
        ),
        (
            {"name": "look\n", "input_schema": {}},
            "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
        ),
        (
            {"name": "x" * 65, "input_schema": {}},
            "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
        ),
        ({"name": "a", "input_schema": {}, "x": 1}, f"tools.1.custom.x: {EXTRA}"),
        (
            {"name": "a", "input_schema": {}, "strict": 1},
            "tools.1.custom.strict: Input should be a valid boolean",
        ),
        (
            {"name": "a", "input_schema": {}, "allowed_callers": ["b", 1]},
            "tools.1.custom.allowed_callers.1: Input should be a valid string",
        ),
        (
            {"name": "a", "input_schema": {}, "cache_control": {"type": "ephemeral", "ttl": ""}},
            "tools.1.custom.cache_control.ttl: Input should be '5m' or '1h'",
        ),
        (
            {"type": "bash_20250124", "name": 5},
            "tools.1.bash_20250124.name: Input should be a valid string",
        ),
        ({"type": 5, "name": "a"}, "tools.1.type: Input should be a valid string"),
        ({"type": ["custom"], "name": "a"}, "tools.1.type: Input should be a valid string"),
    ],
)
def test_tools(tool: Any, message: str) -> None:
    good = {"name": "good", "input_schema": {"type": "object"}}
    assert said(msgspec.json.encode(body(tools=[good, tool]))) == message


def test_a_tool_of_the_api_keeps_settings_that_nobody_knows() -> None:
    tool = {"type": "web_search_20270101", "name": "web_search", "setting_of_next_year": 1}
    assert check(Request(msgspec.json.encode(body(tools=[tool])))).tools == [tool]


# --- bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", AN_OBJECT),
        (b'"hi"', AN_OBJECT),
        (b"null", AN_OBJECT),
        (b"7", AN_OBJECT),
        (b"", NO_JSON + "Input data was truncated"),
        (b'{"model":"m"', NO_JSON + "Input data was truncated"),
        (b"hello", NO_JSON + "JSON is malformed: invalid character (byte 0)"),
        (b"[" * 100_000, NO_JSON + "JSON is nested too deeply"),
        (b'{"metadata":' + b'{"a":' * 100_000, NO_JSON + "JSON is nested too deeply"),
        (b'{"tools":' + b"[" * 100_000, NO_JSON + "JSON is nested too deeply"),
        (b'{"max_tokens":1e400}', NO_JSON + "Number out of range"),
        (b'{"max_tokens":' + b"9" * 5000 + b"}", NO_JSON + "Integer value out of range"),
        (b'{"model":"m","model":5}', "model: Input should be a valid string"),
    ],
)
def test_bytes(data: bytes, message: str) -> None:
    assert said(data) == message


@pytest.mark.parametrize(
    "data",
    [
        b"{'model':'m'}",
        b'{"model":"m",}',
        b'{"model" "m"}',
        b"{1:2}",
        b"{}{}",
        b'{"model":"m"} // hi',
        b'{"max_tokens":NaN}',
        b'{"max_tokens":Infinity}',
        b'{"max_tokens":-Infinity}',
        b'{"max_tokens":0x10}',
        b'{"max_tokens":01}',
        b'{"max_tokens":1.}',
        b'{"model":"\\x41"}',
        b'{"model":"\\ud800 and more"}',
        b'{"model":"line\nfeed"}',
        b'\xef\xbb\xbf{"model":"m"}',
    ],
)
def test_bytes_that_are_not_json(data: bytes) -> None:
    assert said(data).startswith(f"{NO_JSON}JSON is malformed: ")


@pytest.mark.parametrize("data", [b"\xff", b'{"model":"\xff"}', b'{"\xff":1}', b'{"a":"\xed\xa0"}'])
def test_bytes_that_are_not_utf_8(data: bytes) -> None:
    assert said(data).startswith(f"{NO_JSON}JSON is malformed: ")


def test_a_huge_integer_is_an_integer() -> None:
    found = check(Request(msgspec.json.encode(body(max_tokens=10**30))))
    assert isinstance(found, MessagesRequest)
    assert found.max_tokens == 10**30


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"type": "image", "source": BMP}, ".source.media_type: Input should be a permitted value"),
        (
            {"type": "video"},
            ": Input tag 'video' found using 'type' does not match any of the expected tags",
        ),
    ],
)
def test_the_first_of_a_duplicate_key_is_judged_too(block: Any, message: str) -> None:
    """Its type is then not known for sure, since the value at hand is the last one."""
    first = msgspec.json.encode({"messages": [{"role": "user", "content": [block]}]})
    assert said(first[:-1] + b',"messages":[]}') == f"messages.0.content.0{message}"


def test_the_last_of_a_duplicate_key_is_the_one() -> None:
    data = b'{"model":"a","max_tokens":1,"messages":[],"model":"b"}'
    assert check(Request(data)).model == "b"


# --- for upstreams that judge for themselves -----------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", NO_JSON + "Input data was truncated"),
        (b"[]", AN_OBJECT),
        (b"{}", "model: Field required"),
        (b'{"model":5}', "model: Input should be a valid string"),
        (b'{"model":"m","stream":"x"}', "stream: Input should be a valid boolean"),
        (b'{"model":"\xff"}', NO_JSON + "JSON is malformed: 'utf-8' codec can't decode"),
        (b'{"model":"m","x":' + b"[" * 100_000, NO_JSON + "JSON is nested too deeply"),
    ],
)
def test_an_envelope_that_cannot_be_routed(data: bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_envelope(Request(data))
    assert caught.value.message.startswith(message)


def test_an_envelope_does_not_judge_the_rest() -> None:
    check_envelope(Request(b'{"model":"m","messages":7,"field_of_next_year":1}'))
    check_envelope(CountTokensRequest(b'{"model":"m","max_tokens":1}'))
