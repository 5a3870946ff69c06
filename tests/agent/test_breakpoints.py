"""Each turn reads its history from the prompt cache; marks are never too many, nor kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery import Agent
from rookery.agent import events
from rookery.agent.breakpoints import control, ends, marks_in
from rookery.agent.prompt import Prompt
from rookery.catalog.lookup import Catalog
from rookery.errors import AgentError
from rookery.gateway.checks.prompt import CHECKS
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.messages import Request
from tests.agent.common import MODEL, call, sent, text, use

LONG = "You are careful with numbers, and say where each of them is from. " * 120


def add(a: int) -> str:
    """Add one to a number, and tell at length what came out."""
    return f"The sum is {a + 1}. " * 20


def agent(*replies: Any, **options: Any) -> tuple[Agent[Any], ScriptedProvider]:
    provider = ScriptedProvider.of(*replies)
    settings = {"system": LONG, "tools": [add], **options}
    return Agent(MODEL, provider=provider, **settings), provider


def marks(value: Any) -> int:
    """Count the marks in a body or a history, wherever they are."""
    if isinstance(value, dict):
        return ("cache_control" in value) + sum(map(marks, value.values()))
    return sum(map(marks, value)) if isinstance(value, list) else 0


def assert_each_reads_the_one_before(result: Any) -> None:
    first, *later = [step.usage for step in result.steps]
    assert first.cache_write_5m_tokens == first.prompt_tokens > 0
    before = first.prompt_tokens
    for usage in later:
        assert usage.cache_read_input_tokens == before
        assert usage.cache_write_5m_tokens == usage.prompt_tokens - before > 0
        before = usage.prompt_tokens


def test_eleven_turns_read_what_was_before_from_the_cache() -> None:
    worker, provider = agent(*(call("add", a=number) for number in range(10)), "Done.")
    result = worker.run("Add ten times.")
    assert len(result.steps) == 11
    assert_each_reads_the_one_before(result)
    assert marks(result.messages) == 0
    assert [marks(request.plain) for request in provider.requests] == [2, *[3] * 10]


def mixed(first: int) -> dict[str, Any]:
    """A reply of forty calls with words between them, so that each is a position of its own."""
    pairs = ([text(f"Now {number}."), use("add", number, a=number)] for number in range(40))
    return {
        "content": [{**b, "id": f"{b['id']}_{first}"} if "id" in b else b for p in pairs for b in p]
    }


@pytest.mark.parametrize("turns", [1, 3])
def test_turns_of_forty_calls_read_what_was_before_from_the_cache(turns: int) -> None:
    worker, _ = agent(*map(mixed, range(turns)), "Done.")
    result = worker.run("Add forty times.")
    assert len(result.messages[1]["content"]) == 80
    assert_each_reads_the_one_before(result)


def test_a_later_run_reads_the_history_of_an_earlier_one() -> None:
    worker, _ = agent(call("add", a=1), "Two.", mixed(0), "Done.")
    first = worker.run("Add.")
    second = worker.run("Again, and more.", messages=first.messages)
    read = [step.usage.cache_read_input_tokens for step in second.steps]
    assert read[0] == first.steps[-1].usage.prompt_tokens
    assert read[1] == second.steps[0].usage.prompt_tokens


def test_a_paused_turn_is_read_from_the_cache_too() -> None:
    paused = {"content": [text("I am looking, " * 9 + "still.")], "stop_reason": "pause_turn"}
    provider = ScriptedProvider.of(paused, paused, "Found.")
    worker = Agent("claude-sonnet-4-5", system=LONG, provider=provider)
    assert_each_reads_the_one_before(worker.run("Look."))


def test_agents_that_share_tools_and_system_share_their_cache() -> None:
    worker, provider = agent("One.", "Two.")
    worker.run("The first task.")
    usage = worker.run("Another one.").usage
    head = sent(provider)["system"][0]
    assert head["cache_control"] == {"type": "ephemeral"}
    assert 0 < (usage.cache_read_input_tokens or 0) < usage.prompt_tokens


def test_without_a_system_prompt_the_last_tool_that_is_not_deferred_is_marked() -> None:
    searched = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}
    deferred = {"type": "web_search_20250305", "name": "web_search", "defer_loading": True}
    worker, provider = agent("Hello.", system=None, server_tools=[searched, deferred])
    worker.run("Hello.")
    assert [marks(tool) for tool in sent(provider)["tools"]] == [0, 1, 0]


def test_the_time_to_live_can_be_chosen_and_nothing_be_marked() -> None:
    worker, provider = agent(call("add", a=1), "Done.", cache="1h")
    usage = worker.run("Add.").usage
    assert usage.cache_write_1h_tokens > 0
    assert usage.cache_write_5m_tokens == 0
    assert sent(provider)["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}

    worker, provider = agent("Hello.", cache=False)
    worker.run("Hello.")
    assert marks(sent(provider)) == 0


@pytest.mark.parametrize("value", [True, None, 0, "10m", ["5m"]])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(AgentError, match="cache must be '5m', '1h' or False"):
        agent("Hello.", cache=value)


def test_events_tell_where_the_marks_are() -> None:
    seen: list[events.Event] = []
    worker, _ = agent({"content": [text("I add."), use("add", 1, a=1)]}, "Done.")
    worker.run("Add.", on_event=seen.append)
    found = [event.breakpoints for event in seen if isinstance(event, events.StepStarted)]
    assert found == [
        ("system.0", "messages.0.content.0"),
        ("system.0", "messages.0.content.0", "messages.2.content.0"),
    ]


class Passing(ScriptedProvider):
    """One of a backend that is a Claude API itself."""

    emulated = False


def test_what_is_passed_on_has_the_marks() -> None:
    provider = Passing.of(call("add", a=1), "Done.")
    Agent(MODEL, system="Be brief.", tools=[add], provider=provider).run("Add.")
    body = sent(provider)
    assert body["system"][0] == {**text("Be brief."), "cache_control": control("5m")}
    assert body["messages"][0]["content"] == [{**text("Add."), "cache_control": control("5m")}]
    assert body["messages"][-1]["content"][-1]["cache_control"] == control("5m")
    assert marks(body) == 3


def test_the_offline_engine_reads_from_the_cache() -> None:
    worker = Agent(MODEL, system=LONG, tools=[add], provider="offline")
    result = worker.run("Add one to the number 41.")
    assert len(result.steps) > 1
    assert_each_reads_the_one_before(result)


# --- marks of the caller -------------------------------------------------------------------------


def test_marks_of_the_caller_count_and_stay() -> None:
    task = [{**text(f"Part {n}."), "cache_control": control("5m")} for n in range(3)]
    worker, provider = agent(call("add", a=1), "Done.")
    result = worker.run(task)
    assert [marks(request.plain) for request in provider.requests] == [4, 4]
    assert result.messages[0]["content"] == task
    assert_each_reads_the_one_before(result)


def test_where_the_callers_marks_become_too_many_the_oldest_are_not_sent() -> None:
    worker, provider = agent(*["Yes."] * 6)
    messages: list[Any] = []
    for number in range(6):
        task = [{**text(f"Document {number}."), "cache_control": control("5m")}]
        messages = worker.run(task, messages=messages).messages
    assert marks(messages) == 6
    assert marks(sent(provider)) == 4
    assert marks(sent(provider)["messages"][0]) == 0


def test_automatic_caching_of_the_api_is_the_mark_of_the_end() -> None:
    automatic = {"cache_control": control("1h")}
    worker, provider = agent(call("add", a=1), "Done.", request=automatic)
    result = worker.run("Add.")
    body = sent(provider)
    assert marks(body["messages"][-1]) == 0
    assert body["system"][0]["cache_control"] == control("1h"), "no 5m before 1h"
    assert result.steps[1].usage.cache_read_input_tokens == result.steps[0].usage.prompt_tokens


# --- whatever the history is ---------------------------------------------------------------------

ttls = st.sampled_from(["5m", "1h"])
maybe = st.none() | ttls


def block(kind: str, ttl: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "text": text("words"),
        "thinking": {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIM"},
        "new": {"type": "of_tomorrow"},
    }[kind]
    return found if ttl is None or kind != "text" else {**found, "cache_control": control(ttl)}


said = st.text("ab ", min_size=1) | st.lists(
    st.builds(block, st.sampled_from(["text", "text", "thinking", "new"]), maybe), min_size=1
)
histories = st.lists(
    st.builds(
        lambda role, content: {"role": role, "content": content},
        st.sampled_from(["user", "assistant"]),
        said,
    ),
    min_size=1,
    max_size=12,
)


@given(histories, maybe, maybe, ttls, st.booleans())
def test_marks_are_never_too_many_and_the_history_never_changes(
    messages: list[Any], tool_ttl: Any, automatic: Any, ttl: Any, has_system: bool
) -> None:
    tool: dict[str, Any] = {"name": "add", "input_schema": {"type": "object"}}
    if tool_ttl is not None:
        tool["cache_control"] = control(tool_ttl)
    fields: dict[str, Any] = {"tools": [tool], **({"system": "Be brief."} if has_system else {})}
    if automatic is not None:
        fields["cache_control"] = control(automatic)
    before = msgspec.json.encode(messages)
    prompt = Prompt(fields, ttl)
    for count in range(1, len(messages) + 1):
        data, _ = prompt.body(messages[:count])
        body = msgspec.json.decode(data)
        twice = automatic is not None and has_mark_at_its_end(body["messages"])
        assert marks(body) - twice <= 4
        assert unmarked(body["messages"]) == unmarked(messages[:count])
        blocks = [
            b for m in body["messages"] if isinstance(m["content"], list) for b in m["content"]
        ]
        assert not any(marks(b) for b in blocks if b["type"] != "text")
    assert msgspec.json.encode(messages) == before


def has_mark_at_its_end(messages: list[Any]) -> bool:
    """Whether the block that automatic caching takes has a mark, which is the same one then."""
    place = next(ends(messages), None)
    return place is not None and place in marks_in(messages[place.at], place.at)


def unmarked(messages: list[Any]) -> list[Any]:
    """A history as its blocks, without marks."""
    return [
        [
            {name: value for name, value in block.items() if name != "cache_control"}
            for block in (
                [text(one["content"])] if isinstance(one["content"], str) else one["content"]
            )
        ]
        for one in messages
    ]


turns = st.lists(st.lists(st.sampled_from(["text", "use"]), min_size=1, max_size=30), max_size=5)


@given(turns, st.lists(ttls, max_size=3).map(sorted), ttls)
def test_every_request_passes_the_checks_of_the_api(
    replies: list[list[str]], task: list[Any], ttl: Any
) -> None:
    """`sorted` puts the hours first, as the caller must."""
    content = [{**text("A task."), "cache_control": control(one)} for one in task]
    messages: list[Any] = [{"role": "user", "content": content or "A task."}]
    fields = {"model": MODEL, "max_tokens": 10, "system": "Be brief.", "tools": [DEFINITION]}
    prompt, number = Prompt(fields, ttl), 0
    model, api = Catalog.builtin().get(MODEL), Call(request_id="req_1")
    for kinds in replies:
        made, results = [], []
        for kind in kinds:
            number += 1
            made.append(use("add", number) if kind == "use" else text("So."))
            if kind == "use":
                result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": "1"}
                results.append(result)
        messages.append({"role": "assistant", "content": made})
        messages.append({"role": "user", "content": results or "Go on."})
        body = Request(prompt.body(messages).data).body
        for check in CHECKS:
            check(body, model, api)


DEFINITION = {"name": "add", "description": "Add.", "input_schema": {"type": "object"}}
