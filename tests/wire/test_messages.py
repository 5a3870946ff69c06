from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.wire.apitools import Bash20250124
from rookery.wire.blocks import Text, ToolResult
from rookery.wire.messages import (
    CountTokensRequest,
    InputMessage,
    Message,
    Reply,
    Request,
    ThinkingAdaptive,
)
from rookery.wire.tools import CustomTool
from rookery.wire.usage import Usage
from tests.wire import strategies as some

OF_THE_SEED = b"""
{
"id": "msg_...",
"type": "message",
"role": "assistant",
"content": [
{
"type": "text",
"text": "def fibonacci(n):\\n ..."
}
],
"model": "claude-sonnet-4-20250514",
"stop_reason": "end_turn",
"stop_sequence": null,
"usage": {
"input_tokens": 15,
"output_tokens": 87
}
}
"""
OF_NEXT_YEAR = b"""{
  "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-rook-9",
  "content": [{"type": "thinking", "thinking": "", "signature": "c2ln", "kind": {"new": [1]}},
              {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
               "input": {"query": "rooks"}, "caller": {"type": "direct"}},
              {"type": "block_of_next_year", "payload": null}],
  "stop_reason": "reason_of_next_year", "stop_sequence": null, "stop_details": null,
  "container": null, "diagnostics": {"cache_miss_reason": null}, "field_of_next_year": 1.0e5,
  "usage": {"input_tokens": 4, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 20,
            "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
            "output_tokens": 9, "output_tokens_details": {"thinking_tokens": 5, "new": 1},
            "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0},
            "service_tier": "standard", "inference_geo": "us", "speed": "fast",
            "iterations": [{"type": "message", "input_tokens": 4}], "count_of_next_year": 3}
}"""
REQUEST = b"""{
  "model": "claude-fable-5-2", "max_tokens": 100, "stream": true, "speed": "fast",
  "system": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
  "thinking": {"type": "adaptive"},
  "messages": [
    {"role": "user", "content": "hi"},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1"}]}],
  "tools": [{"name": "look", "input_schema": {"type": "object"}},
            {"type": "bash_20250124", "name": "bash", "strict": true}]
}"""


def test_the_reply_of_the_seed() -> None:
    reply = Reply(OF_THE_SEED)
    assert reply.body == Message(
        id="msg_...",
        model="claude-sonnet-4-20250514",
        content=[{"type": "text", "text": "def fibonacci(n):\n ..."}],
        stop_reason="end_turn",
        usage=Usage(input_tokens=15, output_tokens=87),
    )
    assert reply.data is OF_THE_SEED


def test_a_reply_with_more_than_is_known() -> None:
    reply = Reply(OF_NEXT_YEAR)
    body = reply.body
    assert body.stop_reason == "reason_of_next_year"
    assert body.content[2] == {"type": "block_of_next_year", "payload": None}
    assert body.content[0]["kind"] == {"new": [1]}
    assert body.diagnostics == {"cache_miss_reason": None}
    assert (body.usage.prompt_tokens, body.usage.cache_write_1h_tokens) == (124, 40)
    assert body.usage.iterations == [{"type": "message", "input_tokens": 4}]
    assert reply.plain["field_of_next_year"] == 1.0e5
    assert reply.plain["usage"]["count_of_next_year"] == 3
    assert reply.data is OF_NEXT_YEAR


@some.few
@given(some.replies)
def test_every_reply_can_be_read(reply: Reply) -> None:
    assert reply.body.content == reply.plain["content"]


def test_a_message_made_here_has_no_fields_that_nobody_set() -> None:
    message = Message(id="msg_1", model="m", content=[], stop_reason=None, usage=Usage())
    plain = Reply(body=message).plain
    assert not {"stop_details", "container", "diagnostics"} & set(plain)
    assert (plain["type"], plain["role"], plain["stop_sequence"]) == ("message", "assistant", None)


@pytest.mark.parametrize("missing", ["id", "model", "content", "stop_reason", "usage"])
def test_a_reply_without_a_needed_field_cannot_be_read(missing: str) -> None:
    plain = msgspec.json.decode(OF_THE_SEED)
    del plain[missing]
    with pytest.raises(msgspec.ValidationError, match=missing):
        _ = some.reply_of(plain).body


def test_a_request_as_its_types() -> None:
    body = Request(REQUEST).body
    assert body.system_text == "one\ntwo"
    assert body.thinking == ThinkingAdaptive()
    assert body.messages[0].blocks == [Text(text="hi")]
    assert body.messages[1].blocks == [ToolResult(tool_use_id="toolu_1")]
    assert body.tool_definitions == [
        CustomTool(name="look", input_schema={"type": "object"}),
        Bash20250124(name="bash", strict=True),
    ]


@pytest.mark.parametrize(
    ("system", "text"), [(b"", ""), (b',"system":[]', ""), (b',"system":"s"', "s")]
)
def test_the_system_prompt_as_one_text(system: bytes, text: str) -> None:
    assert CountTokensRequest(b'{"model":"m","messages":[]%b}' % system).body.system_text == text


def test_the_envelope_is_read_without_the_messages() -> None:
    envelope = Request(REQUEST).envelope
    assert envelope.model == "claude-fable-5-2"
    assert (envelope.stream, envelope.speed) == (True, "fast")
    assert Request(b'{"model":"m","messages":"of no type","tools":7}').envelope.model == "m"


def test_the_envelope_is_read_once() -> None:
    request = Request(REQUEST)
    assert request.envelope is request.envelope


def test_the_token_counter_takes_no_fields_of_the_output() -> None:
    with pytest.raises(msgspec.ValidationError, match="max_tokens"):
        _ = CountTokensRequest(REQUEST).body


@given(st.sampled_from(["user", "assistant", "system"]), some.texts)
def test_a_string_is_one_text_block(role: str, text: str) -> None:
    data = msgspec.json.encode({"role": role, "content": text})
    assert msgspec.json.decode(data, type=InputMessage).blocks == [Text(text=text)]
