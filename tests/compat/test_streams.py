"""Streams with the official Python client: text, events and tools, by the grammar."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic
from anthropic.types import ToolUseBlock

from rookery.gateway.gateway import Gateway
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import Settings
from rookery.testing import KEY, scripted_server
from tests.compat.servers import ask, connect

pytestmark = pytest.mark.compat

GRAMMAR = re.compile(
    r"(?:ping )*message_start "
    r"(?:content_block_start (?:ping |content_block_delta )*content_block_stop |ping )*"
    r"(?:message_delta )+message_stop "
)
"""The types of the events of a stream, each with a blank behind it."""

WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city"}},
        "required": ["city"],
    },
}


def test_the_text_stream_is_the_text_of_create(client: Anthropic) -> None:
    request = ask("What is 17*23? And what is 2+2?")
    created = client.messages.create(**request)
    with client.messages.stream(**request) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert [block.to_dict() for block in final.content] == [
        block.to_dict() for block in created.content
    ]
    assert text == created.content[0].to_dict()["text"]
    assert final.usage == created.usage
    assert final.stop_reason == created.stop_reason


async def test_the_asynchronous_stream_is_the_text_of_create(async_client: AsyncAnthropic) -> None:
    request = ask("What is 17*23?")
    created = await async_client.messages.create(**request)
    async with async_client.messages.stream(**request) as stream:
        text = "".join([part async for part in stream.text_stream])
        final = await stream.get_final_message()
    assert text == created.content[0].to_dict()["text"]
    assert final.usage == created.usage


def test_the_events_follow_the_grammar(client: Anthropic) -> None:
    events = client.messages.create(**ask("What is 17*23?"), stream=True)
    types = "".join(f"{event.type} " for event in events)
    assert GRAMMAR.fullmatch(types)


async def test_the_asynchronous_events_follow_the_grammar(async_client: AsyncAnthropic) -> None:
    events = await async_client.messages.create(**ask("What is 17*23?"), stream=True)
    types = "".join([f"{event.type} " async for event in events])
    assert GRAMMAR.fullmatch(types)


def test_the_beta_client_streams_the_same_text(client: Anthropic) -> None:
    with client.messages.stream(**ask("What is 17*23?")) as stream:
        expected = stream.get_final_text()
    with client.beta.messages.stream(**ask("What is 17*23?")) as beta_stream:
        assert beta_stream.get_final_text() == expected


def test_every_kind_of_block_accumulates() -> None:
    content = [
        {"type": "thinking", "thinking": "first this, then that", "signature": "c2ln"},
        {"type": "text", "text": "I will look it up. äöü ✓ 🐦"},
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": ["a", {"b": 1.5}]}},
        {"type": "tool_use", "id": "toolu_2", "name": "stop", "input": {}},
    ]
    with (
        scripted_server({"content": content, "chunk": 3}) as server,
        connect(server) as client,
        client.messages.stream(**ask("go")) as stream,
    ):
        final = stream.get_final_message()
    assert [block.to_dict(exclude_none=True) for block in final.content] == content
    assert final.stop_reason == "tool_use"


def test_the_input_of_a_tool_accumulates(client: Anthropic) -> None:
    question = ask("What's the weather in Paris?", tools=[WEATHER])
    parts: list[str] = []
    with client.messages.stream(**question) as stream:
        for event in stream:
            if event.type == "input_json":
                parts.append(event.partial_json)
                snapshot = event.snapshot
        final = stream.get_final_message()
    (block,) = (block for block in final.content if isinstance(block, ToolUseBlock))
    assert json.loads("".join(parts)) == block.input == snapshot == {"city": "Paris"}
    assert final.stop_reason == "tool_use"


def test_the_input_of_a_tool_accumulates_from_many_parts() -> None:
    given = {"text": 'quotes " and \\ and é', "numbers": [1, -2.5e3], "nested": {"none": None}}
    with (
        scripted_server({"tool": {"name": "look", "input": given}, "chunk": 2}) as server,
        connect(server) as client,
        client.messages.stream(**ask("go")) as stream,
    ):
        parts = [event.partial_json for event in stream if event.type == "input_json"]
        (block,) = stream.get_final_message().content
    assert isinstance(block, ToolUseBlock)
    assert block.input == json.loads("".join(parts)) == given
    assert len(parts) > 10


def test_a_stream_has_the_request_id(client: Anthropic) -> None:
    with client.messages.stream(**ask("hello")) as stream:
        assert (stream.request_id or "").startswith("req_")
        assert stream.response.headers["content-type"].startswith("text/event-stream")


def test_pings_keep_a_silent_stream_alive() -> None:
    provider = ScriptedProvider.of({"text": "late", "pace": 1.5})
    settings = Settings(ping_interval=0.1)
    with (
        LocalServer(Gateway(provider), key=KEY, settings=settings) as server,
        connect(server, timeout=1) as client,
        client.messages.stream(**ask("hello")) as stream,
    ):
        assert stream.get_final_text() == "late"


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("by_beta", [True, False])
def test_an_input_that_max_tokens_cuts(client: Anthropic, eager: bool, by_beta: bool) -> None:
    """Its whole keys arrive, and raw JSON up to the cut where that was asked for."""
    words = "lorem ipsum dolor sit amet " * 12
    tool: dict[str, Any] = {
        "name": "save_note",
        "description": "Save a note with a text",
        "input_schema": {
            "type": "object",
            "properties": {"text": {"type": "string", "description": "The text of the note"}},
            "required": ["text"],
        },
    }
    if eager and not by_beta:
        tool["eager_input_streaming"] = True
    beta = "fine-grained-tool-streaming-2025-05-14"
    question = ask(
        f'Save a note with the text "{words}".',
        tools=[tool],
        tool_choice={"type": "tool", "name": "save_note"},
        max_tokens=60,
        extra_headers={"anthropic-beta": beta} if eager and by_beta else {},
    )
    with client.messages.stream(**question) as stream:
        parts = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    assert final.stop_reason == "max_tokens"
    (block,) = (block for block in final.content if isinstance(block, ToolUseBlock))
    assert block.input == {}
    assert parts[0] == ""
    assert "".join(parts).startswith('{"text":"lorem ipsum') is eager
