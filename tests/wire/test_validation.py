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
    "'advisor_tool_result', 'bash_code_execution_tool_result', 'code_execution_tool_result', "
    "'compaction', 'container_upload', 'document', 'fallback', 'image', 'mcp_tool_listing', "
    "'mcp_tool_result', 'mcp_tool_use', 'redacted_thinking', 'search_result', 'server_tool_use', "
    "'text', 'text_editor_code_execution_tool_result', 'thinking', 'tool_addition', "
    "'tool_removal', 'tool_result', 'tool_search_tool_result', 'tool_use', "
    "'web_fetch_tool_result', 'web_search_tool_result'"
)
TOOL_TAGS = (
    "advisor_20260301",
    "bash_20241022",
    "bash_20250124",
    "browser_toolset_20260801",
    "code_execution_20250522",
    "code_execution_20250825",
    "code_execution_20260120",
    "code_execution_20260521",
    "computer_20241022",
    "computer_20250124",
    "computer_20251124",
    "computer_toolset_20260801",
    "custom",
    "mcp_toolset",
    "memory_20250818",
    "text_editor_20241022",
    "text_editor_20250124",
    "text_editor_20250429",
    "text_editor_20250728",
    "tool_search_tool_bm25",
    "tool_search_tool_bm25_20251119",
    "tool_search_tool_regex",
    "tool_search_tool_regex_20251119",
    "web_fetch_20250910",
    "web_fetch_20260209",
    "web_fetch_20260309",
    "web_fetch_20260318",
    "web_search_20250305",
    "web_search_20260209",
    "web_search_20260318",
)
OBJECT = {"type": "object"}
CALLERS = (
    "Input should be 'direct', 'code_execution_20250825', 'code_execution_20260120' or "
    "'code_execution_20260521'"
)
NAMED_TOOLSET = (
    "name is not accepted on a toolset entry: the member names are fixed by the dated type, and "
    "the served tool keeps the family's bare name"
)
MEDIA_TYPES = "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
NO_JSON = "The request body is not valid JSON: "
EXTRA = "Extra inputs are not permitted"
AN_OBJECT = "Input should be an object"
A_SHAPE = "Input does not match the expected shape."


def tag(found: str, *expected: str) -> str:
    tags = ", ".join(f"'{one}'" for one in sorted(expected))
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
        ({"max_tokens": -1}, "max_tokens: must be greater than or equal to 0"),
        ({"max_tokens": -(10**30)}, "max_tokens: must be greater than or equal to 0"),
        ({"max_tokens": "8"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": 8.5}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": None}, "max_tokens: Input should be a valid integer"),
        ({"messages": {}}, "messages: Input should be a valid array"),
        ({"messages": None}, "messages: Input should be a valid array"),
        ({"messages": "hi"}, "messages: Input should be a valid array"),
        ({"messages": ["hi"]}, f"messages.0: {AN_OBJECT}"),
        ({"messages": [{}]}, "messages.0.role: Field required"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        (
            {"messages": [{"role": "user", "content": "hi"}, {"role": "bird", "content": "hi"}]},
            'messages: Unexpected role "bird". Allowed roles are "user" or "assistant"',
        ),
        (
            {"messages": [{"role": 5, "content": "hi"}]},
            "messages.0.role: Input should be 'user', 'assistant' or 'system'",
        ),
        (
            {"messages": [{"role": "user", "content": 5}]},
            "messages.0.content: Input should be a valid array",
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
        ({"system": 5}, "system: Input should be a valid array"),
        ({"system": ["hi"]}, f"system.0: {A_SHAPE}"),
        ({"system": [{"type": "text"}]}, "system.0.text: Field required"),
        ({"system": [{"text": "hi"}]}, "system.0.type: Field required"),
        ({"system": [{"type": "image", "source": PNG}]}, "system.0.type: Input should be 'text'"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"stream": 1}, "stream: Input should be a valid boolean"),
        ({"temperature": 1.5}, "temperature: range: 0..1"),
        ({"temperature": -0.1}, "temperature: range: 0..1"),
        ({"temperature": "hot"}, "temperature: Input should be a valid number"),
        ({"top_p": 2}, "top_p: range: 0..1"),
        ({"top_k": -1}, "top_k: Input should be greater than or equal to 0"),
        ({"stop_sequences": "."}, "stop_sequences: Input should be a valid array"),
        ({"stop_sequences": ["a", 1]}, "stop_sequences.1: Input should be a valid string"),
        ({"metadata": {"user_id": 1}}, "metadata.user_id: Input should be a valid string"),
        ({"metadata": {"name": "me"}}, f"metadata.name: {EXTRA}"),
        ({"metadata": []}, f"metadata: {A_SHAPE}"),
        ({"service_tier": "best"}, "service_tier: Input should be 'auto' or 'standard_only'"),
        ({"speed": "slow"}, "speed: Input should be 'standard' or 'fast'"),
        ({"inference_geo": 1}, "inference_geo: Input should be a valid string"),
        ({"container": 1}, f"container.ContainerParams: {A_SHAPE}"),
        ({"mcp_servers": [1]}, f"mcp_servers.0: {A_SHAPE}"),
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
            "output_config.format.type: Input should be 'json_schema'",
        ),
        ({"cache_control": {"type": "long"}}, f"cache_control: {tag('long', 'ephemeral')}"),
        (
            {"cache_control": {"type": "ephemeral", "ttl": "2h"}},
            "cache_control.ephemeral.ttl: Input should be '5m' or '1h'",
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
            "thinking.adaptive.display: Input should be 'summarized', 'omitted' or 'updates'",
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


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"x" * 300: 1}, f"{'x' * 200}…: {EXTRA}"),
        (
            {"cache_control": {"type": "y" * 300}},
            f"cache_control: {tag('y' * 200 + '…', 'ephemeral')}",
        ),
        (
            {"messages": [{"role": "z" * 300, "content": ""}]},
            f'messages: Unexpected role "{"z" * 200}…". Allowed roles are "user" or "assistant"',
        ),
    ],
)
def test_what_a_client_says_at_length_is_not_said_again(
    fields: dict[str, Any], message: str
) -> None:
    assert said(msgspec.json.encode(body(**fields))) == message


def test_many_items_are_passed_over_and_the_place_is_right() -> None:
    text = {"type": "text", "text": "a"}
    for count in (1, 499, 500, 501, 1700):
        turn = {"role": "user", "content": [text] * count + [7, 8]}
        data = msgspec.json.encode(body(messages=[turn]))
        assert said(data) == f"messages.0.content.{count}: {AN_OBJECT}"


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
            ".text.cache_control.ephemeral.ttl: Input should be '5m' or '1h'",
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
            ".tool_result.content: Input should be a valid array",
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
            "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        (
            {"name": "look\n", "input_schema": {}},
            "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        (
            {"name": "x" * 129, "input_schema": {}},
            "tools.1.custom.name: String should have at most 128 characters",
        ),
        ({"name": "a", "input_schema": OBJECT, "x": 1}, f"tools.1.custom.x: {EXTRA}"),
        (
            {"name": "a", "input_schema": OBJECT, "strict": 1},
            "tools.1.custom.strict: Input should be a valid boolean",
        ),
        (
            {"name": "a", "input_schema": OBJECT, "allowed_callers": ["direct", "me"]},
            f"tools.1.custom.allowed_callers.1: {CALLERS}",
        ),
        (
            {
                "name": "a",
                "input_schema": OBJECT,
                "cache_control": {"type": "ephemeral", "ttl": ""},
            },
            "tools.1.custom.cache_control.ephemeral.ttl: Input should be '5m' or '1h'",
        ),
        (
            {"type": "bash_20250124", "name": 5},
            "tools.1.bash_20250124.name: Input should be 'bash'",
        ),
        ({"type": "bash_20250124"}, "tools.1.bash_20250124.name: Field required"),
        (
            {"type": "bash_20250124", "name": "bash", "max_uses": 1},
            f"tools.1.bash_20250124.max_uses: {EXTRA}",
        ),
        (
            {"type": "web_search_20260318", "name": "web_search", "max_uses": 0},
            "tools.1.web_search_20260318.max_uses: Input should be greater than 0",
        ),
        (
            {"type": "computer_toolset_20260801", "name": "computer"},
            f"tools.1.computer_toolset_20260801: {NAMED_TOOLSET}",
        ),
        (
            {"type": "browser_toolset_20260801", "configs": {"fly": {}}},
            f"tools.1.browser_toolset_20260801.configs.fly: {EXTRA}",
        ),
        (
            {"name": "", "input_schema": {}},
            "tools.1.custom.name: String should have at least 1 character",
        ),
        ({"name": "a", "input_schema": {}}, "tools.1.custom.input_schema.type: Field required"),
        (
            {"name": "a", "input_schema": {"type": "array"}},
            "tools.1.custom.input_schema.type: Input should be 'object'",
        ),
        (
            {"name": "a", "input_schema": {"type": "object", "required": [1]}},
            "tools.1.custom.input_schema.required.0: Input should be a valid string",
        ),
        (
            {"type": "function", "name": "a"},
            f"tools.1: {tag('function', *TOOL_TAGS)}",
        ),
        ({"type": 5, "name": "a"}, "tools.1.type: Input should be a valid string"),
        ({"type": ["custom"], "name": "a"}, "tools.1.type: Input should be a valid string"),
    ],
)
def test_tools(tool: Any, message: str) -> None:
    good = {"name": "good", "input_schema": {"type": "object"}}
    assert said(msgspec.json.encode(body(tools=[good, tool]))) == message


def test_definitions_stay_as_they_were_sent() -> None:
    tools = [
        {"name": "a", "input_schema": {**OBJECT, "additionalProperties": False}},
        {"type": "web_search_20260318", "name": "web_search", "response_inclusion": "excluded"},
    ]
    assert check(Request(msgspec.json.encode(body(tools=tools)))).tools == tools


# --- bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", A_SHAPE),
        (b'"hi"', A_SHAPE),
        (b"null", A_SHAPE),
        (b"7", A_SHAPE),
        (b"[" * 100_000, NO_JSON + "depth limit exceeded"),
        (b'{"metadata":' + b'{"a":' * 100_000, NO_JSON + "depth limit exceeded"),
        (b'{"tools":' + b"[" * 100_000, NO_JSON + "depth limit exceeded"),
        (b'{"model":"m","model":5}', "model: Input should be a valid string"),
        (b'{"model":"m","model":null}', "model: Input should be a valid string"),
    ],
)
def test_bytes(data: bytes, message: str) -> None:
    assert said(data) == message


# What orjson 3.13 says, whose words are the API's, and where.
@pytest.mark.parametrize(
    ("data", "reason", "char"),
    [
        (b"", "Input is a zero-length, empty document", 0),
        (b'{"model":"m"', "unexpected end of data", 12),
        (b'{"model":"m', "unexpected end of data", 11),
        (b"[", "unexpected end of data", 1),
        (b"hello", "unexpected character, expected a JSON value", 0),
        (b"{'model':'m'}", "unexpected character, expected a string key", 1),
        (b'{"model":"m",}', "trailing comma is not allowed", 12),
        (b'{"a":[1 , ]}', "trailing comma is not allowed", 8),
        (b'{"model" "m"}', "unexpected character, expected ':' after key", 9),
        (b"{1:2}", "unexpected character, expected a string key", 1),
        (b"{}{}", "unexpected content after document", 2),
        (b'{"model":"m"} // hi', "unexpected content after document", 14),
        (b'{"max_tokens":NaN}', "unexpected character, expected a JSON value", 14),
        (b'{"max_tokens":Infinity}', "unexpected character, expected a JSON value", 14),
        (b'{"max_tokens":0x10}', "unexpected character", 15),
        (b'{"max_tokens":1e400}', "number is infinity when parsed as double", 14),
        (b'{"max_tokens":' + b"9" * 5000 + b"}", "number is infinity when parsed as double", 14),
        (b'{"model":"\\x41"}', "invalid escaped sequence in string", 10),
        (b'{"model":"\\u12"}', "invalid escaped sequence in string", 10),
        (b'{"model":"\\ud800 and more"}', "no low surrogate in string", 10),
        (b'{"model":"\\\\\\ud800"}', "no low surrogate in string", 12),
        (b'{"model":"\\udc00"}', "invalid high surrogate in string", 10),
        (b'{"model":"\\ud800","a":}', "no low surrogate in string", 10),
        (b'{"model":"line\nfeed"}', "unexpected control character in string", 14),
        (b'\xef\xbb\xbf{"model":"m"}', "UTF-8 byte order mark (BOM) is not supported", 0),
        (b"\xff", "str is not valid UTF-8: surrogates not allowed", 0),
        (b'{"model":"\xff"}', "str is not valid UTF-8: surrogates not allowed", 0),
        (b'{"a":"\xed\xa0"}', "str is not valid UTF-8: surrogates not allowed", 0),
    ],
)
def test_bytes_that_are_not_json(data: bytes, reason: str, char: int) -> None:
    assert said(data) == f"{NO_JSON}{reason}: line 1 column {char + 1} (char {char})"


def test_the_place_in_bytes_of_more_lines() -> None:
    data = '{"model": "é",\n "max_tokens": x}'.encode()
    assert said(data) == (
        f"{NO_JSON}unexpected character, expected a JSON value: line 2 column 16 (char 30)"
    )


def test_a_huge_integer_is_an_integer() -> None:
    found = check(Request(msgspec.json.encode(body(max_tokens=10**30))))
    assert isinstance(found, MessagesRequest)
    assert found.max_tokens == 10**30


@pytest.mark.parametrize("block", [{"type": "image", "source": BMP}, {"type": "video"}, 5])
def test_what_comes_again_under_the_same_key_does_not_count(block: Any) -> None:
    first = msgspec.json.encode({**body(), "messages": [{"role": "user", "content": [block]}]})
    request = Request(first[:-1] + b',"messages":[]}')
    assert check(request).messages == []
    assert request.body.messages == []


def test_the_last_of_a_duplicate_key_is_the_one() -> None:
    data = b'{"model":"a","max_tokens":1,"messages":[],"model":"b"}'
    assert check(Request(data)).model == "b"


# --- for upstreams that judge for themselves -----------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", NO_JSON + "Input is a zero-length"),
        (b"[]", A_SHAPE),
        (b"{}", "model: Field required"),
        (b'{"model":5}', "model: Input should be a valid string"),
        (b'{"model":"m","stream":"x"}', "stream: Input should be a valid boolean"),
        (b'{"model":"\xff"}', NO_JSON + "str is not valid UTF-8"),
        (b'{"model":"m","x":' + b"[" * 100_000, NO_JSON + "depth limit exceeded"),
    ],
)
def test_an_envelope_that_cannot_be_routed(data: bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_envelope(Request(data))
    assert caught.value.message.startswith(message)


def test_an_envelope_does_not_judge_the_rest() -> None:
    check_envelope(Request(b'{"model":"m","messages":7,"field_of_next_year":1}'))
    check_envelope(CountTokensRequest(b'{"model":"m","max_tokens":1}'))
