"""A history that grows beyond the model's context: what is sent of it, and that it stays whole."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery import Agent, RunError, tool
from rookery.agent import events, summary
from rookery.agent.events import CompactionFailed, ContextCleared, ContextCompacted, StepStarted
from rookery.agent.prompt import Prompt
from rookery.agent.room import Clear, Room, Summarize, limit_of
from rookery.agent.view import SUMMARY, Cut, View
from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.errors import AgentError, OverloadedError
from rookery.gateway.gateway import Gateway
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import todo
from rookery.wire.usage import Usage
from tests.agent.common import MODEL, call, is_valid, sent, text, use

PAGE = "A line of the report, which is long and says little. " * 120
"""About 1,500 tokens."""


@tool(read_only=True)
def read(page: int) -> str:
    """Read a page of the report."""
    return f"Page {page}. {PAGE}" if page >= 0 else "Nothing there."


@tool
def note(words: str) -> str:
    """Write a note, at length."""
    return PAGE


class Case:
    """A run with its events."""

    def __init__(self, *replies: Any, **options: Any) -> None:
        self.provider = ScriptedProvider.of(*replies)
        self.events: list[events.Event] = []
        settings = {"tools": [read, note, todo], "compact_at": 6_000, "max_retries": 0, **options}
        self.agent: Agent[Any] = Agent(
            settings.pop("model", MODEL), provider=self.provider, **settings
        )

    def run(self, task: Any = "Read the report.", **given: Any) -> Any:
        return self.agent.run(task, on_event=self.events.append, **given)

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def replayed(self) -> Cut:
        cut = Cut()
        for event in self.events:
            cut = cut.after(event)
        return cut


def pages(*numbers: int) -> list[dict[str, Any]]:
    return [call("read", page=number) for number in numbers]


def contents(body: dict[str, Any]) -> list[str]:
    """The results of tools in a request."""
    blocks = [b for m in body["messages"] if isinstance(m["content"], list) for b in m["content"]]
    return [block["content"] for block in blocks if block["type"] == "tool_result"]


# --- results of tools ----------------------------------------------------------------------------


def test_old_results_are_cleared_in_large_steps_and_the_history_keeps_them() -> None:
    case = Case(*pages(*range(9)), "Done.")
    result = case.run()
    found = case.told(ContextCleared)
    assert 1 <= len(found) <= 3
    assert all(event.tokens_before > 6_000 > event.tokens_after for event in found)
    assert all(event.tokens_before - event.tokens_after >= 1_200 for event in found)
    steps = [step.usage.prompt_tokens for step in result.steps]
    for event in found:
        after = next(after for before, after in pairwise(steps) if after < before)
        assert after == pytest.approx(event.tokens_after, rel=0.1)
        steps = steps[steps.index(after) :]
    assert not case.told(ContextCompacted)
    assert [PAGE in one for one in contents({"messages": result.messages})] == [True] * 9
    shown = contents(sent(case.provider))
    assert PAGE not in shown[0]
    assert PAGE in shown[-1]
    assert max(step.usage.prompt_tokens for step in result.steps) < 7_000
    assert result.stop_reason == "end_turn"


def test_a_placeholder_says_what_was_there_and_how_to_get_it_again() -> None:
    case = Case(call("note", words="a"), *pages(*range(4)), "Done.")
    case.run()
    written, first, *_ = contents(sent(case.provider))
    assert first.startswith("(Cleared to make room: the result of read, 6,368 characters")
    assert "'Page 0. A line of the report" in first
    assert first.endswith("If it is needed, call read again with the same input.)")
    assert written.endswith("call note again only where that changes nothing.)")


def test_a_placeholder_tells_of_the_file_with_the_whole(tmp_path: Path) -> None:
    @tool(read_only=True)
    def dump() -> str:
        """Give a lot."""
        return "x" * 50_000

    case = Case(
        *(call("dump") for _ in range(4)),
        "Done.",
        tools=[dump],
        workspace=tmp_path,
        compact_at=9_000,
    )
    case.run()
    assert "Of it, the whole is in .rookery/output/dump-" in contents(sent(case.provider))[0]


def test_short_results_are_not_worth_a_placeholder() -> None:
    @tool(read_only=True)
    def ping() -> str:
        """Answer."""
        return "pong"

    replies = [call("ping"), *pages(*range(5)), "Done."]
    case = Case(*replies, tools=[ping, read])
    case.run()
    assert contents(sent(case.provider))[0] == "pong"


def test_the_cache_is_read_again_after_a_clearing() -> None:
    case = Case(*pages(*range(9)), "Done.", system="Be exact. " * 600, compact_at=8_000)
    steps = case.run().steps
    missed = [
        step.step
        for before, step in pairwise(steps)
        if step.usage.cache_read_input_tokens != before.usage.prompt_tokens
    ]
    assert 1 <= len(missed) == len(case.told(ContextCleared)) <= 3


# --- summaries -----------------------------------------------------------------------------------


def words(number: int) -> dict[str, Any]:
    """A reply with long text of its own, which cannot be cleared, and a call."""
    return {"content": [text(f"{number}. {PAGE}"), use("read", number, page=-1)]}


TASK = "Read the report, and never say 'synergy'."


def test_old_turns_become_a_summary_by_the_model() -> None:
    case = Case(*map(words, range(4)), "We read pages 0 to 2.", "Done.")
    result = case.run(TASK)
    [event] = case.told(ContextCompacted)
    assert event.tokens_before > 6_000 > event.tokens_after
    assert event.summary == "We read pages 0 to 2."
    first, second, *kept = sent(case.provider)["messages"]
    assert [block["text"] for block in first["content"]] == [TASK, SUMMARY + event.summary]
    assert second["role"] == "assistant"
    assert [m["role"] for m in kept] == ["user"]
    assert [m["role"] for m in result.messages] == ["user", *["assistant", "user"] * 4, "assistant"]
    assert is_valid(result.messages)
    assert str(result) == "Done."


def test_the_call_for_a_summary_is_a_step_with_its_cost_and_reads_the_cache() -> None:
    case = Case(
        *map(words, range(4)),
        "A summary.",
        "Done.",
        system="Be exact. " * 600,
        compact_at=8_000,
    )
    result = case.run(TASK)
    assert [step.step for step in result.steps] == [1, 2, 3, 4, 5, 6]
    purposes = {event.step: event.purpose for event in case.told(StepStarted)}
    assert [step for step, purpose in purposes.items() if purpose == "summary"] == [5]
    [asked] = [step for step in result.steps if step.step == 5]
    assert asked.usage.cache_read_input_tokens == result.steps[3].usage.prompt_tokens
    assert asked.cost is not None
    assert result.cost is not None
    assert result.cost > asked.cost > 0
    assert sent(case.provider, 4)["messages"][-1]["content"][-1]["text"] == summary.INSTRUCTION
    told = [event.text for event in case.events if isinstance(event, events.TextDelta)]
    assert "A summary." not in "".join(told)


def test_open_steps_are_kept() -> None:
    steps = call("todo", items=[{"text": "read it all"}, {"text": "report", "status": "completed"}])
    case = Case(steps, *map(words, range(4)), "A summary.", "Done.")
    case.run(TASK)
    [event] = case.told(ContextCompacted)
    assert "[ ] 1 read it all\n[x] 2 report" in event.summary


def test_a_second_summary_takes_the_place_of_the_first() -> None:
    case = Case(
        *map(words, range(4)),
        "Summary one.",
        *map(words, range(4, 7)),
        "Summary two.",
        "Done.",
    )
    result = case.run(TASK)
    assert [event.summary for event in case.told(ContextCompacted)] == [
        "Summary one.",
        "Summary two.",
    ]
    asked = sent(case.provider, 8)["messages"]
    assert asked[0]["content"][1]["text"] == f"{SUMMARY}Summary one."
    assert len(result.messages) == 16
    assert sent(case.provider)["messages"][0]["content"][0]["text"] == TASK


def test_the_view_is_the_same_when_the_events_are_replayed() -> None:
    case = Case(*map(words, range(4)), "A summary.", *pages(*range(6)), "Done.")
    result = case.run(TASK)
    assert case.told(ContextCompacted)
    assert case.told(ContextCleared)
    data = msgspec.json.encode(case.events)
    cut = Cut()
    for event in msgspec.json.decode(data, type=list[events.Event]):
        cut = cut.after(event)
    again = View(cut, repeatable={"read", "todo"}).of(result.messages[:-1])
    body = sent(case.provider)["messages"]
    assert [strip(message) for message in again] == [strip(message) for message in body]


def strip(message: dict[str, Any]) -> Any:
    content = message["content"]
    blocks = [text(content)] if isinstance(content, str) else content
    return [{k: v for k, v in block.items() if k != "cache_control"} for block in blocks]


@pytest.mark.parametrize(
    "bad",
    [
        OverloadedError(),
        call("read", page=9),
        {"content": [text("I will not.")], "stop_reason": "refusal"},
        {"content": []},
    ],
)
def test_where_there_is_no_summary_the_run_goes_on_with_its_history(bad: Any) -> None:
    case = Case(*map(words, range(4)), bad, *map(words, range(4, 6)), "Done.")
    result = case.run(TASK)
    assert result.stop_reason == "end_turn"
    [failed] = case.told(CompactionFailed)
    assert failed.problem
    assert len(sent(case.provider)["messages"]) == 13, "all of it, and asked for only once"
    assert is_valid(result.messages)


def test_a_summary_is_not_asked_for_in_the_form_of_the_output() -> None:
    class Answer(msgspec.Struct):
        value: int

    forced = {"tool_choice": {"type": "any"}, "stop_sequences": ["."]}
    case = Case(
        *map(words, range(4)),
        "A summary.",
        '{"value": 1}',
        output_type=Answer,
        request=forced,
    )
    assert case.run(TASK).output == Answer(1)
    asked, after = sent(case.provider, 4), sent(case.provider)
    assert not {"tool_choice", "stop_sequences"} & asked.keys()
    assert "format" not in asked.get("output_config", {})
    assert "format" in after["output_config"]


def test_thinking_before_a_change_is_not_sent_and_later_thinking_is() -> None:
    def thought(number: int) -> dict[str, Any]:
        block = {"type": "thinking", "thinking": f"Hm {number}.", "signature": "EqQBCgIYAhIM"}
        return {"content": [block, use("read", number, page=number)]}

    case = Case(*map(thought, range(5)), "Done.")
    case.run()
    [event] = case.told(ContextCleared)
    messages = sent(case.provider)["messages"]
    told = [
        number
        for number, message in enumerate(messages)
        if any(block["type"] == "thinking" for block in strip(message))
    ]
    assert told
    assert min(told) >= event.messages > event.before


def test_enabled_thinking_which_must_stay_stays() -> None:
    block = {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIM"}
    history: list[Any] = [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": [block, text("Yes.")]},
    ]
    cut = Cut(cleared=1, thought=2)
    assert View(cut, keeps_thinking=True).of(history) == history
    assert View(cut).of(history)[1]["content"] == [text("Yes.")]


def history(*kinds: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"role": "user", "content": "The task."}]
    for number, kind in enumerate(kinds):
        extend(found, kind, number)
    return found


def test_what_frees_too_little_is_not_cleared() -> None:
    talk = ["said", "long call", "short call"]
    found = history(*talk, *["talk"] * 4)
    assert isinstance(Room(View(), 6_500).plan(found), Clear)
    plan = Room(View(), 7_100).plan(found)
    assert isinstance(plan, Summarize), "a result of 1,400 tokens is less than a fifth"


def test_of_several_samplings_of_a_reply_the_last_has_the_context() -> None:
    found = history("said")
    own = {"type": "message", "input_tokens": 900, "output_tokens": 100}
    usage = Usage(
        input_tokens=1_700, output_tokens=200, iterations=[{**own, "input_tokens": 800}, own]
    )
    room = Room(View(), 1_500)
    room.replied(usage, len(found))
    assert room.tokens(found) == 1_000
    room.replied(Usage(input_tokens=1_700, iterations=[{**own, "input_tokens": None}]), len(found))
    assert room.tokens(found) == 1_700


@pytest.mark.parametrize("name", ["tool_choice", "output_config", "stop_sequences"])
def test_fields_that_are_null_are_no_trouble(name: str) -> None:
    asked, _ = summary.request({"model": MODEL, name: None}, history("said"))
    assert not asked.get(name)


def test_a_paused_turn_is_not_talked_into() -> None:
    found = history("talk", "talk", "talk", "paused")
    assert isinstance(Room(View(), 3_000).plan(found[:-1]), Summarize)
    assert Room(View(), 3_000).plan(found) is None


def test_marks_of_turns_that_are_left_out_are_forgotten() -> None:
    marked = [{**text("Read."), "cache_control": {"type": "ephemeral"}}]
    prompt = Prompt({"system": "Be brief."}, "5m")
    talk = [{"role": "user", "content": marked}, {"role": "assistant", "content": [text("So.")]}]
    prompt.body([*talk, *talk, *talk, talk[0]])
    prompt.forget()
    data, places = prompt.body([{"role": "user", "content": [text("One."), text("Two.")]}])
    assert places == ("system.0", "messages.0.content.1")
    assert data.count(b"cache_control") == 2


# --- where the limit is --------------------------------------------------------------------------


def test_nothing_is_left_out_where_that_is_turned_off() -> None:
    case = Case(*pages(*range(6)), "Done.", compact_at=False)
    case.run()
    assert [PAGE in one for one in contents(sent(case.provider))] == [True] * 6
    assert not case.told(ContextCleared)


@pytest.mark.parametrize("value", [True, 0, -1, 0.8, "80%"])
def test_what_is_no_threshold(value: Any) -> None:
    with pytest.raises(AgentError, match="compact_at must be a whole number above 0"):
        Case("Hello.", compact_at=value)


def test_the_limit_leaves_room_for_a_reply() -> None:
    def model(window: int) -> Model:
        return Model(id="m", display_name="M", max_input_tokens=window, max_tokens=1)

    assert limit_of(None, 1000) > 10**9
    assert limit_of(model(200_000), 32_000) == 160_000
    assert limit_of(model(200_000), 64_000) == 136_000
    assert limit_of(model(9_000), 9_000) == 2_250


def small(tmp_path: Path, *replies: Any, **options: Any) -> Case:
    """An agent whose model has a context of 12,000 tokens."""
    path = tmp_path / "own.toml"
    path.write_text(
        '[models.mine]\ndisplay_name = "Mine"\nmax_input_tokens = 12000\nmax_tokens = 500\n'
    )
    case = Case(*replies)
    gateway = Gateway(case.provider, catalog=Catalog.from_files(path))
    case.agent = Agent("mine", provider=gateway, tools=[read, note], **options)
    return case


def test_the_limit_is_that_of_the_model(tmp_path: Path) -> None:
    case = small(tmp_path, *pages(*range(14)), "Done.")
    result = case.run()
    assert result.stop_reason == "end_turn"
    assert case.told(ContextCleared)
    assert max(step.usage.prompt_tokens for step in result.steps) <= 12_000


def test_without_it_the_context_of_the_model_is_full(tmp_path: Path) -> None:
    case = small(tmp_path, *pages(*range(14)), "Done.", compact_at=False)
    with pytest.raises(RunError, match="prompt is too long") as caught:
        case.run()
    assert is_valid(caught.value.result.messages)


def test_a_prompt_that_the_api_finds_too_long_is_shortened_and_sent_again(tmp_path: Path) -> None:
    case = small(tmp_path, *pages(*range(14)), "Done.", compact_at=1_000_000)
    result = case.run()
    assert result.stop_reason == "end_turn"
    assert case.told(ContextCleared)


FULL = {"content": [text("I was saying")], "stop_reason": "model_context_window_exceeded"}


def test_a_reply_that_filled_the_context_is_asked_for_again() -> None:
    case = Case(*pages(0, 1, 2), FULL, "Done.", compact_at=100_000)
    result = case.run()
    assert (result.stop_reason, str(result)) == ("end_turn", "Done.")
    assert case.told(ContextCleared)
    assert "I was saying" not in str(result.messages)
    assert len(result.steps) == 5


def test_where_nothing_helps_the_context_is_full() -> None:
    case = Case(FULL)
    assert case.run().stop_reason == "context_window"
    case = Case(*pages(0, 1, 2), FULL, "Done.", compact_at=False)
    assert case.run().stop_reason == "context_window"
    case = Case(*pages(0, 1, 2), FULL, FULL, FULL, FULL, compact_at=9_000)
    assert case.run().stop_reason == "context_window"


def test_the_last_turn_is_not_spent_on_a_summary() -> None:
    case = Case(*map(words, range(4)), "Done.", max_turns=5)
    assert str(case.run(TASK)) == "Done."


def test_a_history_that_a_run_is_given_is_counted_whole() -> None:
    case = Case(*pages(*range(3)), "Done.", "And again.", compact_at=100_000)
    first = case.run()
    case.agent = Agent(MODEL, provider=case.provider, tools=[read], compact_at=3_000)
    case.run("And now?", messages=first.messages)
    assert case.told(ContextCleared)
    assert PAGE not in contents(sent(case.provider))[0]


async def test_a_run_can_be_cancelled_at_each_event_of_a_compaction() -> None:
    def fresh() -> Case:
        return Case(*map(words, range(4)), "A summary.", "Done.")

    whole = fresh()
    await whole.agent.arun(TASK, on_event=whole.events.append)
    start = next(
        at
        for at, event in enumerate(whole.events)
        if isinstance(event, StepStarted) and event.purpose == "summary"
    )
    for stop in range(start, len(whole.events) - 1):
        case = fresh()
        async with case.agent.astream(TASK) as stream:
            seen = 0
            async for _ in stream:
                seen += 1
                if seen > stop:
                    break
            await asyncio.sleep(0)
        result = stream.result
        assert is_valid(result.messages)
        assert result.messages[0]["content"] == TASK


# --- whatever the history is ---------------------------------------------------------------------

turn = st.sampled_from(["said", "long call", "short call", "two calls", "paused"])


@given(st.lists(turn, min_size=1, max_size=25), st.integers(200, 6_000), st.booleans())
def test_every_view_is_a_valid_request(turns: list[str], limit: int, summarizes: bool) -> None:
    room = Room(View(repeatable={"read"}), limit, None, {"system": "Be brief."})
    history: list[dict[str, Any]] = [{"role": "user", "content": "The task."}]
    for number, kind in enumerate(turns):
        before = msgspec.json.encode(history)
        extend(history, kind, number)
        grown = msgspec.json.encode(history)
        plan = room.plan(history)
        if isinstance(plan, Clear):
            room.cleared(history, plan)
        elif isinstance(plan, Summarize) and summarizes:
            room.summarized(history, plan, "What was before.")
        view = room.view.of(history)
        assert is_valid(view)
        assert view[0]["role"] == "user"
        assert view[-1] == history[-1], "the newest is always sent"
        assert any("The task." in str(m["content"]) or "Also" in str(m["content"]) for m in view)
        assert msgspec.json.encode(history) == grown
        assert grown.startswith(before[:-1])
        room.replied(Usage(input_tokens=room.tokens(history)), len(history))


def extend(history: list[dict[str, Any]], kind: str, number: int) -> None:
    if kind == "said":
        history.append({"role": "assistant", "content": [text("Done. " * 20)]})
        history.append({"role": "user", "content": f"Also number {number}."})
        return
    if kind == "talk":
        history.append({"role": "assistant", "content": [text(PAGE)]})
        history.append({"role": "user", "content": "Go on."})
        return
    if kind == "paused":
        history.append({"role": "assistant", "content": [text("Searching. " * 20)]})
        return
    ids = [number * 2] if kind != "two calls" else [number * 2, number * 2 + 1]
    words = "ok" if kind == "short call" else PAGE
    history.append({"role": "assistant", "content": [use("read", one, page=one) for one in ids]})
    results = [
        {"type": "tool_result", "tool_use_id": f"toolu_{one}", "content": words} for one in ids
    ]
    history.append({"role": "user", "content": results})


class Passing(ScriptedProvider):
    """One of a backend that is a Claude API itself: what it gets is what it would be sent."""

    emulated = False


def test_the_window_of_a_model_that_is_not_known_is_found_out() -> None:
    refused = {"error": {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}}
    peer = Passing.of(*pages(0, 1, 2, 3), refused, "Done.")
    seen: list[events.Event] = []
    worker = Agent("of-tomorrow", provider=peer, tools=[read])
    assert str(worker.run("Read.", on_event=seen.append)) == "Done."
    [event] = [one for one in seen if isinstance(one, ContextCleared)]
    assert event.tokens_after < event.tokens_before * 4 / 5
