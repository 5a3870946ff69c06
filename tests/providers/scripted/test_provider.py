from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rookery import errors
from rookery.errors import APIError, SettingsError
from rookery.providers import registry
from rookery.providers.base import Call, Provider
from rookery.providers.scripted.loading import parse
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.providers.scripted.script import Answer
from rookery.settings import Settings
from rookery.wire.events import Event
from rookery.wire.fold import fold
from rookery.wire.messages import CountTokensRequest, Reply, Request

CALL = Call(request_id="req_1")
DOCS = Path(__file__).parents[3] / "docs" / "scripted.md"


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if len(content) == 1 else list(content)}


def ask(text: Any = "hi", *, messages: list[Any] | None = None, **fields: Any) -> Request:
    body = {"model": "claude-opus-5-5", "max_tokens": 100, **fields}
    body["messages"] = messages if messages is not None else [user(text)]
    return Request(data=msgspec.json.encode(body))


def result(content: Any) -> dict[str, Any]:
    found = {"type": "tool_result", "tool_use_id": "toolu_1"}
    return found if content is None else {**found, "content": content}


def asked_a_tool(*content: Any) -> list[dict[str, Any]]:
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    turn = {"role": "assistant", "content": [call]}
    return [user("the weather?"), turn, {"role": "user", "content": list(content)}]


def provider(*rules: Mapping[str, Any], **options: Any) -> ScriptedProvider:
    return ScriptedProvider({"rules": list(rules)}, **options)


async def text(made: ScriptedProvider, request: Request | None = None) -> str:
    reply = await made.create(request or ask(), CALL)
    return "".join(block.get("text", "") for block in reply.body.content)


async def collect(made: ScriptedProvider, request: Request | None = None) -> list[Event]:
    return [event async for event in made.stream(request or ask(), CALL)]


async def broken(made: ScriptedProvider) -> tuple[list[str], APIError]:
    seen = []
    with pytest.raises(APIError) as caught:
        async for event in made.stream(ask(), CALL):
            seen.append(event.type)  # noqa: PERF401 (what came before the error is wanted)
    return seen, caught.value


class Slept(list[float]):
    """Delays that were asked for; none is waited for."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


# --- which rule ----------------------------------------------------------------------------------

TOOLS = [
    {"name": "get_weather", "input_schema": {"type": "object"}},
    {"name": "bash", "type": "bash_20250124"},
]


@pytest.mark.parametrize(
    ("match", "request_", "expected"),
    [
        ({}, ask(), True),
        ({"text": "ell"}, ask("hello"), True),
        ({"text": "Ell"}, ask("hello"), False),
        ({"text": "/^H.*O$/i"}, ask("hello"), True),
        ({"text": "/^ello/"}, ask("hello"), False),
        ({"text": "/a.b/s"}, ask("a\nb"), True),
        ({"text": "/"}, ask("a/b"), True),
        ({"text": "two"}, ask(messages=[user("one"), user("two")]), True),
        ({"text": "one"}, ask(messages=[user("one"), user("two")]), True),
        ({"text": "weather"}, ask(messages=asked_a_tool(result("warm"))), False),
        ({"tool_result": "warm"}, ask(messages=asked_a_tool(result("warm"))), True),
        ({"tool_result": "/^w/"}, ask("warm"), False),
        (
            {"tool_result": "b", "text": "and"},
            ask(
                messages=asked_a_tool(
                    result([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
                    {"type": "text", "text": "and now?"},
                )
            ),
            True,
        ),
        ({"tool_result": "x"}, ask(messages=asked_a_tool(result(None))), False),
        ({"text": "hi"}, ask(messages=[user("hi"), {"role": "assistant", "content": "A"}]), True),
        ({"model": "claude-opus-*"}, ask(), True),
        ({"model": "claude-opus"}, ask(), False),
        ({"tools": ["bash", "get_weather"]}, ask(tools=TOOLS), True),
        ({"tools": ["bash", "other"]}, ask(tools=TOOLS), False),
        ({"tools": []}, ask(tools=TOOLS), False),
        ({"tools": []}, ask(), True),
        ({"call": 1}, ask(), True),
        ({"call": 2}, ask(), False),
        ({"stream": False}, ask(), True),
        ({"stream": True}, ask(), False),
    ],
)
async def test_a_rule_fits(match: dict[str, Any], request_: Request, expected: bool) -> None:
    made = provider({"match": match, "reply": "yes"}, {"reply": "no"})
    assert await text(made, request_) == ("yes" if expected else "no")


async def test_calls_and_times_count_over_both_ways() -> None:
    made = provider(
        {"match": {"call": 2}, "reply": "second"},
        {"match": {"stream": True}, "times": 1, "reply": "once"},
        {"reply": "rest"},
    )
    assert await text(made) == "rest"
    assert fold(await collect(made)).body.content[0]["text"] == "second"
    assert fold(await collect(made)).body.content[0]["text"] == "once"
    assert fold(await collect(made)).body.content[0]["text"] == "rest"


async def test_no_rule_fits() -> None:
    made = provider(
        {"times": 1, "reply": "a"}, {"match": {"text": "x"}, "reply": "b"}, {"count_tokens": 1}
    )
    await text(made)
    for call in (text, collect):
        with pytest.raises(errors.InvalidRequestError) as caught:
            await call(made, ask("what now?"))
        assert "'what now?'" in caught.value.message
        assert "3 rules, of which 1 are used up" in caught.value.message
    with pytest.raises(errors.InvalidRequestError, match="tool results 'warm'"):
        await text(made, ask(messages=asked_a_tool(result("warm"))))


async def test_a_request_that_is_not_valid() -> None:
    with pytest.raises(errors.InvalidRequestError, match="max_tokens"):
        await text(provider({"reply": "a"}), Request(data=b'{"model": "m", "messages": []}'))


async def test_each_use_is_counted_once_in_many_threads() -> None:
    made = provider({"times": 150, "reply": "counted"}, {"reply": "over"})
    seen: list[str] = []

    def work() -> None:
        seen.extend(asyncio.run(text(made)) for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen.count("counted"), seen.count("over")) == (150, 50)


# --- what is replied -----------------------------------------------------------------------------


async def test_what_is_left_out_is_made_up() -> None:
    made = provider({"reply": {"text": "Look.", "tool": {"name": "f", "input": {"a": [1]}}}})
    assert isinstance(made, Provider)
    body = (await made.create(ask(max_tokens=1, stop_sequences=["Lo"]), CALL)).body
    assert re.fullmatch(r"msg_01\w{22}", body.id)
    assert body.model == "claude-opus-5-5"
    assert body.stop_reason == "tool_use"
    assert body.stop_sequence is None
    [said, call] = body.content
    assert said == {"type": "text", "text": "Look."}
    assert re.fullmatch(r"toolu_01\w{22}", call.pop("id"))
    assert call == {"type": "tool_use", "name": "f", "input": {"a": [1]}}
    assert body.usage.input_tokens > 0
    assert body.usage.output_tokens > 0


async def test_what_is_given_is_kept() -> None:
    reply = {
        "content": [{"type": "block_of_next_year", "x": {"y": None}}],
        "id": "msg_mine",
        "model": "other",
        "stop_sequence": "END",
        "usage": {"input_tokens": 1, "output_tokens": 2, "tokens_of_next_year": 3},
        "fields": {"container": {"id": "c"}, "new": 1.5},
    }
    made = provider({"reply": reply})
    wanted = {
        "id": "msg_mine",
        "type": "message",
        "role": "assistant",
        "model": "other",
        "content": reply["content"],
        "stop_reason": "stop_sequence",
        "stop_sequence": "END",
        "usage": reply["usage"],
        "stop_details": None,
        "container": {"id": "c"},
        "diagnostics": None,
        "new": 1.5,
    }
    assert (await made.create(ask(), CALL)).plain == wanted
    assert fold(await collect(made)).plain == wanted


async def test_a_model_that_the_catalog_does_not_know() -> None:
    made = ScriptedProvider.of("hello")
    reply = await made.create(ask(model="my-model"), CALL)
    assert reply.body.model == "my-model"


async def test_the_same_seed_gives_the_same_ids() -> None:
    async def ids(seed: int | None) -> list[str]:
        made = ScriptedProvider({"seed": seed, "rules": [{"reply": "a"}]})
        return [(await made.create(ask(), CALL)).body.id for _ in range(2)]

    assert await ids(3) == await ids(3) != await ids(4)
    assert await ids(None) != await ids(None)


BLOCKS = st.lists(
    st.one_of(
        st.builds(lambda text: {"type": "text", "text": text}, st.text(max_size=60)),
        st.builds(
            lambda values: {"type": "tool_use", "id": "toolu_1", "name": "f", "input": values},
            st.dictionaries(st.text(max_size=5), st.integers(-9, 9) | st.text(), max_size=3),
        ),
        st.builds(lambda data: {"type": "redacted_thinking", "data": data}, st.text()),
    ),
    max_size=4,
)


@given(content=BLOCKS, chunk=st.integers(1, 50))
async def test_stream_and_message_are_the_same(content: list[dict[str, Any]], chunk: int) -> None:
    made = provider({"reply": {"content": content, "chunk": chunk, "id": "msg_1"}})
    reply = await made.create(ask(), CALL)
    assert reply.body.content == content
    assert fold(await collect(made)).plain == reply.plain


async def test_exact_events_are_sent_as_they_are() -> None:
    events = [{"type": "ping", "x": 1}, {"type": "new_event"}, {"type": "error", "error": {}}]
    made = provider({"reply": {"events": events}})
    seen = await collect(made)
    assert [event.type for event in seen] == ["ping", "new_event", "error"]
    assert [msgspec.json.decode(event.data) for event in seen] == events
    with pytest.raises(errors.InternalServerError):
        await text(made)


async def test_exact_events_of_a_message() -> None:
    events = [msgspec.json.decode(e.data) for e in await collect(ScriptedProvider.of("hello"))]
    assert await text(provider({"reply": {"events": events}})) == "hello"


# --- what goes wrong on the way ------------------------------------------------------------------


async def test_an_error_and_its_latency() -> None:
    slept = Slept()
    error = {
        "type": "rate_limit_error",
        "message": "slower",
        "details": {"error_code": "x"},
        "status": 430,
        "headers": {"retry-after": "1"},
    }
    made = provider({"reply": {"error": error, "latency": 2}}, sleep=slept)
    for call in (text, collect):
        with pytest.raises(errors.RateLimitError) as caught:
            await call(made)
        found = caught.value
        assert (found.message, found.details, found.status) == ("slower", {"error_code": "x"}, 430)
        assert found.headers == {"retry-after": "1"}
    assert slept == [2, 2]


async def test_latency_and_pace() -> None:
    slept = Slept()
    reply = {"text": "abcdef", "latency": 1.5, "pace": 0.25, "chunk": 2}
    made = provider({"reply": reply}, {"reply": {"text": "a", "latency": 3}}, sleep=slept)
    assert [e.type for e in await collect(made)].count("content_block_delta") == 3
    assert slept == [1.5, 0.25, 0.25, 0.25]
    slept.clear()
    assert await text(made) == "abcdef"
    assert slept == [1.5, 0.25, 0.25, 0.25]
    slept.clear()
    assert await text(provider({"reply": {"text": "a", "latency": 3}}, sleep=slept)) == "a"
    assert slept == [3]


WHOLE = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
]


@pytest.mark.parametrize("count", range(7))
async def test_a_stream_is_cut(count: int) -> None:
    made = provider({"reply": {"text": "hi", "cut_after": count}})
    seen, error = await broken(made)
    assert seen == WHOLE[:count]
    assert isinstance(error, errors.ConnectionFailedError)
    assert isinstance(error, errors.StreamCutError)
    assert error.status == 502
    with pytest.raises(errors.ConnectionFailedError):
        await text(made)


async def test_a_cut_beyond_the_end_never_comes() -> None:
    made = provider({"reply": {"text": "hi", "cut_after": 7}})
    assert [event.type for event in await collect(made)] == WHOLE


async def test_an_error_in_the_middle() -> None:
    after = {"events": 3, "error": {"type": "overloaded_error"}}
    made = provider({"reply": {"text": "hi", "error_after": after}})
    seen, error = await broken(made)
    assert seen == WHOLE[:3]
    assert isinstance(error, errors.OverloadedError)
    assert error.message == "Overloaded"
    with pytest.raises(errors.OverloadedError):
        await text(made)


@pytest.mark.parametrize(
    ("malformed", "place"),
    [("{not json", 2), ({"events": 0, "data": "{not json"}, 0), ("\udcff", 2)],
)
async def test_malformed_data(malformed: Any, place: int) -> None:
    made = provider({"reply": {"text": "hello", "chunk": 3, "malformed": malformed}})
    plain = await collect(ScriptedProvider.of({"text": "hello", "chunk": 3}))
    seen = await collect(made)
    bad = seen.pop(place)
    del plain[place]
    raw = malformed if isinstance(malformed, str) else malformed["data"]
    assert (bad.type, bad.data) == (
        "content_block_delta",
        raw.encode("utf-8", "surrogateescape"),
    )
    assert [event.data for event in seen] == [event.data for event in plain]
    assert (await made.create(ask(), CALL)).data == bad.data


async def test_a_wait_can_be_left() -> None:
    stream = ScriptedProvider.of({"text": "hi", "latency": 3600}).stream(ask(), CALL)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(stream)


# --- counting, keeping, building -----------------------------------------------------------------


async def test_count_tokens() -> None:
    made = provider(
        {"match": {"text": "many"}, "count_tokens": 5000},
        {"match": {"stream": True}, "count_tokens": 1},
        {"times": 1, "reply": "hi"},
    )

    async def count(said: str) -> int:
        body = {"model": "claude-opus-5-5", "messages": [user(said)]}
        request = CountTokensRequest(data=msgspec.json.encode(body))
        return (await made.count_tokens(request, CALL)).input_tokens

    assert await count("so many") == 5000
    assert 1 < await count("a few words") < 50
    assert await text(made) == "hi"


async def test_requests_are_kept_up_to_a_number() -> None:
    made = ScriptedProvider.of("a", "b", "c", keep=2)
    for number in range(3):
        await made.create(ask(str(number)), Call(request_id=str(number)))
    assert [r.body.messages[0].content for r in made.requests] == ["1", "2"]
    assert [call.request_id for call in made.calls] == ["1", "2"]


async def test_replies_in_order() -> None:
    made = ScriptedProvider.of(
        "one",
        {"tool": {"name": "f"}},
        errors.RateLimitError("slower", headers={"retry-after": "1"}),
        errors.ConnectionFailedError(),
        Answer(text="four"),
    )
    assert await text(made) == "one"
    assert (await made.create(ask(), CALL)).body.stop_reason == "tool_use"
    with pytest.raises(errors.RateLimitError) as limited:
        await text(made)
    assert (limited.value.message, limited.value.headers) == ("slower", {"retry-after": "1"})
    with pytest.raises(errors.ConnectionFailedError):
        await text(made)
    assert await text(made) == "four"
    with pytest.raises(errors.InvalidRequestError, match="5 rules, of which 5 are used up"):
        await text(made)
    await made.close()


async def test_settings_name_the_script(tmp_path: Path) -> None:
    file = tmp_path / "script.yaml"
    file.write_text("rules: [{reply: from a file}]")
    made = registry.build("scripted", Settings(script=str(file)))
    assert isinstance(made, ScriptedProvider)
    assert (made.name, made.emulated) == ("scripted", True)
    assert await text(made) == "from a file"
    assert not made.requests
    with pytest.raises(SettingsError, match="ROOKERY_SCRIPT"):
        registry.build("scripted", Settings())


# --- the page about it ---------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_script_of_the_docs() -> None:
    [source] = blocks("yaml")
    made = ScriptedProvider(parse(yaml.safe_load(source)), sleep=Slept())
    weather = ask("How is the weather?", tools=TOOLS)
    with pytest.raises(errors.OverloadedError):
        await made.create(weather, CALL)
    looked = (await made.create(weather, CALL)).body
    assert looked.content[1]["input"] == {"city": "Paris"}
    assert looked.usage.output_tokens == 42
    assert await text(made, ask(messages=asked_a_tool(result("25 °C")))) == "It is warm in Paris."
    slow = fold(await collect(made, ask("Slowly, please")))
    assert slow.body.content[0]["text"] == "One word at a time."
    for kind in (errors.ConnectionFailedError, errors.InternalServerError):
        with pytest.raises(kind):
            await collect(made, ask("break"))
    assert (await made.create(ask("garbage"), CALL)).data.endswith(b'delta", ')
    refused: Reply = await made.create(ask(), CALL)
    assert refused.body.id == "msg_exactly_this"
    assert refused.body.stop_reason == "refusal"
    assert await text(made, ask(model="claude-haiku-5-5")) == "Hello."


async def test_the_python_of_the_docs() -> None:
    [source] = blocks("python")
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 (the page's own example)
    made = names["provider"]
    assert (await made.create(ask(), CALL)).body.stop_reason == "tool_use"
    with pytest.raises(errors.OverloadedError):
        await text(made)
    assert await text(made) == "It is warm in Paris."


def test_every_key_is_in_the_docs() -> None:
    from rookery.providers.scripted import script

    page = DOCS.read_text(encoding="utf-8")
    for part in (script.Match, script.Rule, script.Answer):
        for name in part.__struct_fields__:
            assert f"`{name}" in page, name
