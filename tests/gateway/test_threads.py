"""A conversation in a thread is the conversation that the backend would have been sent whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import APIError, InvalidRequestError, OverloadedError
from rookery.gateway import threads as module
from rookery.gateway.conversation import Conversation
from rookery.gateway.gateway import Gateway
from rookery.gateway.threads import ENTRY_BYTES, SECONDS, Threads
from rookery.providers.base import Call, fold_stream
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.betas import THREADS
from rookery.wire.events import Event
from rookery.wire.messages import Request
from tests.server.client import MODEL
from tests.wire.strategies import few

CREATE = {"type": "create"}
MARK = {"cache_control": {"type": "ephemeral"}}
LOOK = {"tool": {"name": "look", "input": {"cache_control": "mine"}, "id": "toolu_1"}}
TOOLS = [{"name": "look", "input_schema": {"type": "object"}, **MARK}]
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "here"}


class Talk:
    """A client of one gateway, whose clock stands still until it is set."""

    def __init__(self, *replies: Any, max_bytes: int = module.MAX_BYTES) -> None:
        self.now = 1000.0
        self.provider = ScriptedProvider.of(*replies)
        self.threads = Threads(max_bytes, clock=lambda: self.now)
        self.gateway = Gateway(self.provider, threads=self.threads)

    async def ask(
        self,
        *messages: dict[str, Any],
        thread: dict[str, str] | None = CREATE,
        workspace: str = "wrkspc_1",
        indent: int | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Send a request, and return the message."""
        body = {"model": MODEL, "max_tokens": 100, "messages": messages, **fields}
        if thread is not None:
            body["thread"] = thread
        request = Request(json.dumps(body, indent=indent).encode())
        call = Call("req_1", betas=(THREADS,), workspace_id=workspace)
        if fields.get("stream"):
            return (await fold_stream(self.gateway.stream(request, call))).plain
        return (await self.gateway.create(request, call)).plain

    async def go_on(self, reply: dict[str, Any], *messages: Any, **options: Any) -> dict[str, Any]:
        """Continue the thread from a reply."""
        thread = {"type": "continue", "previous_message_id": reply["id"]}
        return await self.ask(*messages, thread=thread, **options)

    def streamed(self, reply: dict[str, Any], *messages: Any) -> AsyncGenerator[Event, None]:
        """Continue the thread from a reply, event by event."""
        thread = {"type": "continue", "previous_message_id": reply["id"]}
        body = {"model": MODEL, "max_tokens": 100, "messages": messages, "thread": thread}
        request = Request(json.dumps({**body, "stream": True}).encode())
        call = Call("req_1", betas=(THREADS,), workspace_id="wrkspc_1")
        return self.gateway.stream(request, call)

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The requests that the backend has had."""
        return [request.plain for request in self.provider.requests]


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def text(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": content}]}


async def refused(talk: Talk, reply: dict[str, Any], **options: Any) -> str:
    """The code with which a reply cannot be continued."""
    with pytest.raises(APIError) as raised:
        await talk.go_on(reply, user("more"), **options)
    assert raised.value.details is not None
    return str(raised.value.details["error_code"])


@pytest.mark.parametrize("stream", [False, True])
async def test_the_backend_gets_the_whole_conversation(stream: bool) -> None:
    talk = Talk(LOOK, "done", "and more")
    first = await talk.ask(user("look"), system="Be brief.", tools=TOOLS, stream=stream)
    second = await talk.go_on(first, user([RESULT]), stream=stream)
    await talk.go_on(second, user("more"), stream=stream)
    asked, called = user("look"), {"role": "assistant", "content": first["content"]}
    turns = [asked, called, user([RESULT]), text("done"), user("more")]
    for request, messages in zip(talk.seen, (turns[:1], turns[:3], turns), strict=True):
        assert request["messages"] == messages
        assert request["system"] == "Be brief."
        assert request["tools"] == TOOLS
        assert "thread" not in request
    assert first["content"][0]["input"] == {"cache_control": "mine"}
    assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"]


async def test_thinking_comes_back_as_it_was() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "cmVk"},
        {"type": "text", "text": "Yes.", "citations": None},
    ]
    talk = Talk({"content": blocks}, "fine")
    await talk.go_on(await talk.ask(user("well?")), user("sure?"))
    assert talk.seen[1]["messages"][1] == {"role": "assistant", "content": blocks}


async def test_other_fields_are_those_of_each_request() -> None:
    talk = Talk("a", "b")
    first = await talk.ask(user("x"), stop_sequences=["END"], metadata={"user_id": "u"})
    await talk.go_on(first, user("y"), max_tokens=7, model="claude-haiku-4-5")
    request = talk.seen[1]
    assert (request["max_tokens"], request["model"]) == (7, "claude-haiku-4-5")
    assert not {"stop_sequences", "metadata", "system", "tools"} & request.keys()


@pytest.mark.parametrize(
    ("thread", "message"),
    [
        ({"type": "fork"}, r"^thread: Input tag 'fork' found"),
        ({"type": "create", "ttl": "1h"}, r"^thread\.create\.ttl: Extra inputs"),
    ],
)
async def test_what_a_thread_does_not_have_is_refused(thread: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        await Talk("a").ask(user("x"), thread=thread)


async def test_a_thread_goes_on_with_a_message() -> None:
    talk = Talk("a", "b")
    first = await talk.ask(user("x"))
    with pytest.raises(InvalidRequestError, match="at least one message"):
        await talk.go_on(first)
    await talk.go_on(first, user("y"))


async def test_a_response_is_continued_once() -> None:
    talk = Talk("a", "b")
    first = await talk.ask(user("x"))
    await talk.go_on(first, user("y"))
    assert await refused(talk, first) == "thread_already_continued"


async def test_it_is_continued_by_one_request_at_a_time_and_again_when_that_goes_away() -> None:
    talk = Talk("a", "some words", "b")
    first = await talk.ask(user("x"))
    async with aclosing(talk.streamed(first, user("y"))) as events:
        await anext(events)
        assert await refused(talk, first) == "thread_continue_in_flight"
    await talk.go_on(first, user("z"))


FAULTS = {
    "error": ({"error": {"type": "overloaded_error"}}, OverloadedError),
    "cut": ({"text": "some words", "cut_after": 3}, APIError),
    "late": (
        {"text": "b", "error_after": {"events": 4, "error": {"type": "api_error"}}},
        APIError,
    ),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_failed_can_be_sent_again(fault: str, stream: bool) -> None:
    reply, error = FAULTS[fault]
    talk = Talk("a", reply, "b")
    first = await talk.ask(user("x"))
    with pytest.raises(error):
        await talk.go_on(first, user("y"), stream=stream)
    await talk.go_on(first, user("z"), stream=stream)
    assert talk.seen[2]["messages"] == [user("x"), text("a"), user("z")]


async def test_a_request_that_is_not_valid_leaves_the_thread_as_it_was() -> None:
    talk = Talk("a", "b")
    first = await talk.ask(user("x"))
    with pytest.raises(APIError, match="max_tokens"):
        await talk.go_on(first, user("y"), max_tokens=10**7)
    await talk.go_on(first, user("y"))


async def test_a_reply_is_kept_before_its_last_event_is_sent() -> None:
    talk = Talk("a", "b", "c")
    async for event in talk.streamed(await talk.ask(user("x")), user("y")):
        if event.type == "message_start":
            reply = event.plain["message"]
        if event.type == "message_stop":
            await talk.go_on(reply, user("z"))


async def test_a_thread_expires_five_minutes_after_its_last_response() -> None:
    talk = Talk("a", "b", "c")
    first = await talk.ask(user("x"))
    talk.now += SECONDS - 1
    second = await talk.go_on(first, user("y"))
    talk.now += SECONDS - 1
    assert await refused(talk, first) == "thread_not_found"
    third = await talk.go_on(second, user("z"))
    talk.now += SECONDS
    assert await refused(talk, third) == "thread_not_found"
    assert talk.threads.bytes == 0


async def test_an_idle_server_lets_go_of_what_has_expired() -> None:
    talk = Talk("a")
    await talk.ask(user("x"))
    talk.threads.expire()
    assert talk.threads.bytes > 0
    talk.now += SECONDS
    talk.threads.expire()
    assert talk.threads.bytes == 0


async def test_a_workspace_has_its_own_threads() -> None:
    talk = Talk("a", "b")
    first = await talk.ask(user("x"))
    assert await refused(talk, first, workspace="wrkspc_2") == "thread_not_found"
    await talk.go_on(first, user("y"))


@pytest.mark.parametrize("unknown", ["", "msg_unknown", "*"])
async def test_an_unknown_response_is_not_found(unknown: str) -> None:
    assert await refused(Talk(), {"id": unknown}) == "thread_not_found"


async def test_pinned_fields_are_compared_by_their_values() -> None:
    talk = Talk("a", "b", "c")
    schema = {"type": "object", "additionalProperties": False}
    first = await talk.ask(
        user("x"),
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": schema}},
    )
    assert await refused(talk, first) == "thread_fingerprint_mismatch"
    turned = {"format": {"schema": schema, "type": "json_schema"}, "effort": "low"}
    second = await talk.go_on(first, user("y"), output_config=turned, indent=1)
    third = {"effort": "high", "format": turned["format"]}
    assert await refused(talk, second, output_config=third) == "thread_fingerprint_mismatch"
    assert len(talk.seen) == 2


async def test_null_is_refused_as_in_any_request() -> None:
    talk = Talk("a", "b")
    with pytest.raises(InvalidRequestError, match="system: Input should be a valid array"):
        await talk.ask(user("x"), system=None)
    first = await talk.ask(user("x"))
    with pytest.raises(InvalidRequestError, match="tools: Input should be a valid array"):
        await talk.go_on(first, user("y"), tools=None)
    await talk.go_on(first, user("y"), context_management=None)


async def test_cache_breakpoints_are_those_of_the_new_turn() -> None:
    talk = Talk(*"abcdefg")
    inner = [{"type": "text", "text": "in", **MARK}]
    source = {"type": "content", "content": inner}
    blocks = [{"type": "text", "text": "x", **MARK}, {"type": "document", "source": source, **MARK}]
    reply = await talk.ask(user(blocks), tools=TOOLS)
    for _ in range(5):  # of four breakpoints in a request; the marks before it do not add up
        reply = await talk.go_on(reply, user([{"type": "text", "text": "y", **MARK}]))
    data = talk.provider.requests[-1].data
    assert data.count(b"cache_control") == 2
    assert talk.seen[-1]["messages"][0]["content"][1]["source"]["content"] == [
        {"type": "text", "text": "in"}
    ]


async def test_a_reply_of_a_fallback_model_is_not_kept() -> None:
    usage = {"input_tokens": 1, "output_tokens": 1, "iterations": [{"type": "fallback_message"}]}
    talk = Talk({"text": "a", "usage": usage})
    assert await refused(talk, await talk.ask(user("x"))) == "thread_not_found"


async def test_a_reply_without_content_is_no_turn() -> None:
    talk = Talk({"content": [], "stop_reason": "max_tokens"}, "b")
    await talk.go_on(await talk.ask(user("x"), max_tokens=0), user("y"))
    assert talk.seen[1]["messages"] == [user("x"), user("y")]


async def test_a_body_that_is_no_message_is_not_kept() -> None:
    talk = Talk({"text": "a", "malformed": "nonsense"})
    request = {"model": MODEL, "max_tokens": 9, "messages": [user("x")], "thread": CREATE}
    await talk.gateway.create(Request(json.dumps(request).encode()), Call("r", betas=(THREADS,)))
    assert talk.threads.bytes == 0


async def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    talk = Talk(*"abcd", max_bytes=3 * ENTRY_BYTES)
    first = await talk.ask(user("x"))
    second = await talk.ask(user("x"))
    third = await talk.ask(user("x"))  # three entries and their conversations are too much
    assert talk.threads.bytes <= 3 * ENTRY_BYTES
    assert await refused(talk, first) == "thread_not_found"
    third = await talk.go_on(third, user("y"))
    assert await refused(talk, second) == "thread_not_found"
    assert talk.threads.bytes <= 3 * ENTRY_BYTES


async def test_a_conversation_that_has_no_room_is_not_kept() -> None:
    talk = Talk("a", max_bytes=ENTRY_BYTES + 10)
    assert await refused(talk, await talk.ask(user("x" * 20))) == "thread_not_found"
    assert talk.threads.bytes == 0
    long = Conversation(b"x" * (module.MAX_CONVERSATION + 1), {}, {})
    threads = Threads()
    threads.keep(("w", "msg_1"), long, None)
    assert threads.bytes == 0


async def test_a_continued_response_takes_little_memory() -> None:
    talk = Talk("a", "b")
    first = await talk.ask(user("x" * 10_000))
    await talk.go_on(first, user("y"))
    assert 10_000 < talk.threads.bytes < 11_000 + 2 * ENTRY_BYTES


async def test_many_threads_at_once_keep_apart() -> None:
    talk = Talk(*["ok"] * 40)

    async def conversation(name: str) -> dict[str, Any]:
        reply = await talk.ask(user(f"{name} 0"))
        for turn in range(1, 4):
            reply = await talk.go_on(reply, user(f"{name} {turn}"), stream=bool(turn % 2))
        return reply

    await asyncio.gather(*(conversation(f"thread {n}") for n in range(10)))
    whole = [r["messages"] for r in talk.seen if len(r["messages"]) == 7]
    assert len(whole) == 10
    for messages in whole:
        names = {m["content"].rsplit(" ", 1)[0] for m in messages if m["role"] == "user"}
        assert len(names) == 1


async def test_a_claude_shaped_upstream_gets_the_field_as_it_came() -> None:
    talk = Talk("a")
    talk.provider.emulated = False
    await talk.go_on({"id": "msg_theirs"}, user("x"))
    thread = {"type": "continue", "previous_message_id": "msg_theirs"}
    assert talk.seen[0]["thread"] == thread


# --- the same conversation with a thread and without ----------------------------------------------

TEXTS = st.text(min_size=1, max_size=8).filter(str.strip)
BLOCKS = st.builds(  # one mark at most, so that a request has no more than four
    lambda texts, mark: (
        [{"type": "text", "text": text} for text in texts[:-1]]
        + [{"type": "text", "text": texts[-1], **mark}]
    ),
    st.lists(TEXTS, min_size=1, max_size=2),
    st.sampled_from([{}, MARK]),
)
"""With one breakpoint at most: a request may have four."""
TURNS = st.lists(
    st.tuples(
        st.lists((TEXTS | BLOCKS).map(user), min_size=1, max_size=2),
        TEXTS,
        st.booleans(),
        st.sampled_from([None, 0, 2]),
    ),
    min_size=1,
    max_size=5,
)
SYSTEMS = st.none() | TEXTS | BLOCKS


@few
@given(turns=TURNS, system=SYSTEMS, tools=st.sampled_from([None, TOOLS]))
def test_the_backend_cannot_tell_a_thread_from_whole_conversations(
    turns: Any, system: Any, tools: Any
) -> None:
    asyncio.run(compare(turns, {"system": system, "tools": tools}))


async def compare(turns: Any, fixed: dict[str, Any]) -> None:
    fixed = {name: value for name, value in fixed.items() if value is not None}
    replies = [reply for _, reply, _, _ in turns]
    threaded, whole = Talk(*replies), Talk(*replies)
    history: list[Any] = []
    last: dict[str, Any] = {}
    for messages, _, stream, indent in turns:
        history += messages
        options = {"stream": stream, "indent": indent}
        expected = await whole.ask(*history, thread=None, **fixed, **options)
        if last:
            last = await threaded.go_on(last, *messages, **options)
        else:
            last = await threaded.ask(*messages, **fixed, **options)
        assert (last["content"], last["usage"]) == (expected["content"], expected["usage"])
        history = [unmarked(message) for message in history]
        history.append({"role": "assistant", "content": expected["content"]})
    assert threaded.seen == whole.seen


def unmarked(message: dict[str, Any]) -> dict[str, Any]:
    """A message as a client sends it again: without its breakpoints."""
    if isinstance(message["content"], str):
        return message
    blocks = [
        {k: v for k, v in block.items() if k != "cache_control"} for block in message["content"]
    ]
    return {**message, "content": blocks}
