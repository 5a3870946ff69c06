"""What becomes of fields and blocks that rookery does not know, by the setting."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from rookery.errors import InvalidRequestError
from rookery.gateway.gateway import Gateway
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.settings import UnknownFields
from rookery.wire.events import Event, MessageDelta, MessageStart, MessageStop
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount

CALL = Call("req_1")
STRANGE: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 100,
    "field_of_next_year": {"a": [1]},
    "context_management": {"edits": [{"type": "edit_of_next_year"}]},
    "tools": [
        {"name": "look", "input_schema": {"type": "object"}, "colour": "red"},
        {"type": "tool_of_next_year", "name": "x"},
    ],
    "messages": [
        {
            "role": "user",
            "mood": "good",
            "content": [
                {"type": "text", "text": "hi", "language": "en"},
                {"type": "video", "source": {"type": "url", "url": "https://a.example/v"}},
            ],
        },
    ],
}
PLAIN = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
COUNTED = {name: value for name, value in STRANGE.items() if name != "max_tokens"}
REPLY = json.dumps(
    {
        "id": "msg_1",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 1, "output_tokens": 0},
    }
).encode()


class Upstream:
    """A backend that speaks the Claude API, and judges for itself."""

    name = "upstream"
    emulated = False

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        self.seen.append(request.data)
        yield Event(body=MessageStart(message=json.loads(REPLY)))
        yield Event(
            body=MessageDelta(delta={"stop_reason": "end_turn"}, usage={"output_tokens": 0})
        )
        yield Event(body=MessageStop())

    async def create(self, request: Request, call: Call) -> Reply:
        self.seen.append(request.data)
        return Reply(REPLY)

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        self.seen.append(request.data)
        return TokenCount(1)

    async def close(self) -> None:
        """Nothing to let go of."""


def request(body: dict[str, Any] = STRANGE) -> Request:
    return Request(json.dumps(body).encode())


@pytest.mark.parametrize("setting", ["auto", "refuse"])
async def test_a_backend_that_is_emulated_refuses_them(setting: UnknownFields) -> None:
    gateway = Gateway(ScriptedProvider.of("never"), unknown_fields=setting)
    with pytest.raises(InvalidRequestError) as caught:
        await gateway.create(request(), CALL)
    assert caught.value.message == "tools.0.custom.colour: Extra inputs are not permitted"
    with pytest.raises(InvalidRequestError, match="Extra inputs are not permitted"):
        await gateway.count_tokens(CountTokensRequest(json.dumps(COUNTED).encode()), CALL)


@pytest.mark.parametrize("provider", [ScriptedProvider.of("hello"), OfflineProvider()])
async def test_forward_lets_a_backend_that_is_emulated_answer_what_it_knows(provider: Any) -> None:
    gateway = Gateway(provider, unknown_fields="forward")
    asked = request()
    reply = await gateway.create(asked, CALL)
    assert reply.body.content[0]["type"] == "text"
    (message,) = asked.body.messages
    assert [block.__struct_config__.tag for block in message.blocks] == ["text"]
    assert asked.body.tools == [{"name": "look", "input_schema": {"type": "object"}}]
    assert json.loads(asked.data) == STRANGE
    counted = await gateway.count_tokens(CountTokensRequest(json.dumps(COUNTED).encode()), CALL)
    assert counted.input_tokens > 0


async def test_forward_streams_too() -> None:
    gateway = Gateway(OfflineProvider(), unknown_fields="forward")
    events = gateway.stream(request({**STRANGE, "stream": True}), CALL)
    assert [event.type async for event in events][-1] == "message_stop"


async def test_forward_still_refuses_what_is_wrong() -> None:
    gateway = Gateway(ScriptedProvider.of("never"), unknown_fields="forward")
    for wrong, said in (
        ({"max_tokens": "x"}, "max_tokens: Input should be a valid integer"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "non-empty content"),
        ({"model": "claude-of-next-year"}, "model: claude-of-next-year"),
    ):
        with pytest.raises(Exception, match=said):
            await gateway.create(request({**STRANGE, **wrong}), CALL)


async def test_forward_needs_no_beta_header() -> None:
    body = {**STRANGE, "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}
    gateway = Gateway(ScriptedProvider.of("yes"), unknown_fields="forward")
    assert (await gateway.create(request(body), CALL)).body.content[0]["text"] == "yes"


@pytest.mark.parametrize("setting", ["auto", "forward"])
async def test_an_upstream_gets_them_as_they_came(setting: UnknownFields) -> None:
    upstream = Upstream()
    gateway = Gateway(upstream, unknown_fields=setting)
    asked = request()
    await gateway.create(asked, CALL)
    await gateway.count_tokens(CountTokensRequest(asked.data), CALL)
    assert [event.type async for event in gateway.stream(asked, CALL)][-1] == "message_stop"
    assert upstream.seen == [asked.data] * 3


async def test_refuse_checks_the_types_before_an_upstream_does() -> None:
    upstream = Upstream()
    gateway = Gateway(upstream, unknown_fields="refuse")
    with pytest.raises(InvalidRequestError, match=r"tools\.0\.custom\.colour: Extra inputs"):
        await gateway.create(request(), CALL)
    with pytest.raises(InvalidRequestError, match="context_management: Extra inputs"):
        await gateway.create(request({**PLAIN, "context_management": {"edits": []}}), CALL)
    assert upstream.seen == []
    known = request({**PLAIN, "model": "claude-of-next-year", "temperature": 1})
    with pytest.raises(InvalidRequestError, match="temperature: Extra inputs"):
        await gateway.create(known, CALL)
    await gateway.create(known, Call("req_2", version="2023-06-01", betas=("of-next-year",)))
    assert upstream.seen == [known.data]
