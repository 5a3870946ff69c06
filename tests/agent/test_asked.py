"""What an agent's requests have besides messages, and histories that runs go on with."""

from __future__ import annotations

from typing import Any

import pytest

from rookery import Agent, RunError
from rookery.errors import AgentError
from rookery.providers.scripted.provider import ScriptedProvider
from tests.agent.common import MODEL, agent, call, is_valid, sent, text, use

SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}


def add(a: int = 1) -> int:
    """Add."""
    return a


def again() -> str:
    """Do it again."""
    return "again"


def test_fields_go_into_each_request() -> None:
    worker, provider = agent(
        call("add"),
        "ok",
        tools=[add],
        instructions="Be brief.",
        thinking={"type": "adaptive"},
        effort="low",
        server_tools=[SEARCH],
        request={
            "metadata": {"user_id": "u"},
            "stop_sequences": ["END"],
            "output_config": {"task_budget": {"type": "tokens", "total": 50_000}},
            "betas": ["task-budgets-2026-03-13"],
        },
    )
    worker.run("Search.")
    for index in (0, 1):
        body = sent(provider, index)
        assert body["system"] == "Be brief."
        assert body["thinking"] == {"type": "adaptive"}
        assert body["output_config"] == {
            "task_budget": {"type": "tokens", "total": 50_000},
            "effort": "low",
        }
        assert body["metadata"] == {"user_id": "u"}
        assert body["stop_sequences"] == ["END"]
        assert body["tools"][1] == SEARCH
        assert "betas" not in body


def test_an_agent_may_have_server_tools_alone() -> None:
    worker, provider = agent("ok", server_tools=[SEARCH])
    worker.run("Search.")
    assert sent(provider)["tools"] == [SEARCH]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"system": "a", "instructions": "b"}, "the same: give one"),
        ({"instructions": 5}, "instructions must be text"),
        ({"name": 5}, "name must be text"),
        ({"description": 5}, "description must be text"),
        ({"thinking": "high"}, "thinking must be a dict"),
        ({"thinking": {"type": "deep"}}, "thinking: Input tag 'deep'"),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, "thinking.enabled.budget_tokens"),
        ({"effort": "huge"}, "output_config.effort"),
        ({"effort": 5}, "output_config.effort"),
        ({"server_tools": SEARCH}, "server_tools must be a list"),
        ({"server_tools": None}, "server_tools must be a list"),
        ({"server_tools": ["web_search"]}, "A server tool must be a dict"),
        ({"server_tools": [{"type": "web_search_1999", "name": "x"}]}, "web_search_1999"),
        ({"server_tools": [{**SEARCH, "speed": 1}]}, "speed"),
        ({"server_tools": [{"name": "mine", "input_schema": {"type": "object"}}]}, "not run"),
        ({"server_tools": [{"type": "bash_20250124", "name": "bash"}]}, "not run itself"),
        ({"request": "model"}, "request must be a dict"),
        ({"request": {5: 6}}, "request must be a dict"),
        ({"request": {"modle": "x"}}, "modle: Extra inputs are not permitted"),
        ({"request": {"metadata": {"user": "u"}}}, "metadata.user"),
        ({"request": {"metadata": object()}}, "cannot be sent"),
        ({"request": {"model": "x"}}, "request has 'model': give it as model"),
        ({"request": {"system": "x"}}, "request has 'system'"),
        ({"request": {"tools": []}}, "give it as tools, or server_tools"),
        ({"request": {"messages": []}}, "give it as messages"),
        ({"request": {"max_tokens": 5}}, "request has 'max_tokens'"),
        ({"request": {"thinking": {}}}, "request has 'thinking'"),
        ({"request": {"stream": False}}, "'stream', which a run decides"),
        ({"request": {"thread": {"type": "create"}}}, "'thread', which a run decides"),
        ({"request": {"temperature": 1}}, "temperature: Extra inputs are not permitted.$"),
        ({"request": {"betas": "x"}}, "betas must be a list of names"),
        ({"request": {"betas": ["a\nb"]}}, "betas must be a list of names"),
        ({"request": {"context_management": {"edits": []}}}, "needs a beta header"),
        ({"request": {"output_config": {"effort": "low"}}, "effort": "high"}, "effort is given tw"),
        ({"request": {"output_config": 5}, "effort": "high"}, "output_config must be a dict"),
    ],
    ids=repr,
)
def test_what_would_be_refused_is_told_when_the_agent_is_made(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(AgentError, match=message):
        Agent(MODEL, provider=ScriptedProvider.of("hello"), **options)


def test_a_beta_opens_its_fields() -> None:
    edits = {"edits": [{"type": "clear_tool_uses_20250919"}]}
    beta = "context-management-2025-06-27"
    worker, provider = agent("ok", request={"context_management": edits, "betas": [beta]})
    worker.run("Hello?")
    assert sent(provider)["context_management"] == edits


# --- the tools of a run --------------------------------------------------------------------------


def test_tools_of_a_run_are_there_besides_the_agents() -> None:
    worker, provider = agent(call("again"), "ok", "ok", tools=[add])
    worker.run("Do it.", tools=[again])
    assert [tool["name"] for tool in sent(provider, 0)["tools"]] == ["add", "again"]
    assert sent(provider, 1)["messages"][-1]["content"][0]["content"] == "again"
    worker.run("Do it.")
    assert [tool["name"] for tool in sent(provider)["tools"]] == ["add"]
    assert list(worker.tools) == ["add"]


@pytest.mark.parametrize("tools", [[add], [again, again], [5], add, "add", 5])
def test_tools_of_a_run_that_cannot_be(tools: Any) -> None:
    worker, _ = agent("ok", tools=[add])
    for start in (worker.run, worker.stream):
        with pytest.raises(AgentError):
            start("Do it.", tools=tools)


def test_a_server_tool_has_its_name_alone() -> None:
    def web_search(query: str) -> str:
        """Search."""
        return query

    with pytest.raises(AgentError, match="'web_search': one is a server tool"):
        agent("ok", tools=[web_search], server_tools=[SEARCH])
    worker, _ = agent("ok", server_tools=[SEARCH])
    with pytest.raises(AgentError, match="'web_search'"):
        worker.run("Search.", tools=[web_search])


# --- the history of a run ------------------------------------------------------------------------


def test_a_run_goes_on_with_the_history_of_another() -> None:
    worker, provider = agent(call("add", a=3), "It is 3.", "As I said: 3.", tools=[add])
    first = worker.run("Add.")
    second = worker.run("Again?", messages=first.messages)
    assert sent(provider)["messages"] == [*first.messages, {"role": "user", "content": "Again?"}]
    assert second.messages[:-2] == first.messages
    assert len(first.messages) == 4
    assert second.messages[0] is first.messages[0]
    assert is_valid(second.messages)


def test_ids_of_the_history_are_not_given_again() -> None:
    reply = {"content": [use("add", 1, a=3)]}
    worker, _ = agent(reply, "3", reply, "3 again", tools=[add])
    first = worker.run("Add.")
    second = worker.run("Add.", messages=first.messages)
    assert [b["id"] for m in second.messages if m["role"] == "assistant" for b in m["content"]
            if "id" in b] == ["toolu_1", "toolu_1_2"]  # fmt: skip


USER = {"role": "user", "content": "Add."}
CALLS = {"role": "assistant", "content": [text("I add."), use("add", 1)]}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ("Hello", "must be a list of messages"),
        (5, "must be a list of messages"),
        ({"role": "user"}, "must be a list of messages"),
        (["Hello"], "messages.0"),
        ([{"role": "robot", "content": "hi"}], 'Unexpected role "robot"'),
        ([{"role": "user", "content": [{"type": "hologram"}]}], "hologram"),
        ([{"role": "user", "content": object()}], "cannot be sent"),
        ([USER, CALLS], r"end with calls of tools that have no result: \['toolu_1'\]"),
        ([USER, CALLS, USER], "messages.2: the calls"),
        ([USER, {"role": "user", "content": [RESULT]}], "messages.1: the calls"),
    ],
    ids=repr,
)
def test_a_history_that_cannot_be_gone_on_with(messages: Any, message: str) -> None:
    worker, _ = agent("ok")
    for start in (worker.run, worker.stream):
        with pytest.raises(AgentError, match=message):
            start("Go on.", messages=messages)


def test_no_history_is_an_empty_one() -> None:
    worker, provider = agent("ok", "ok")
    worker.run("Hello?", messages=[])
    worker.run("Hello?", messages=None)
    assert sent(provider, 0)["messages"] == sent(provider, 1)["messages"]


def test_a_failure_keeps_the_history() -> None:
    history: list[dict[str, Any]] = [
        USER,
        CALLS,
        {"role": "user", "content": [RESULT]},
        {**CALLS, "content": "1"},
    ]
    worker, _ = agent({"error": {"type": "overloaded_error"}})
    with pytest.raises(RunError) as caught:
        worker.run("Go on.", messages=history)
    assert caught.value.result.messages == [*history, {"role": "user", "content": "Go on."}]


# --- how runs end --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stop_reason", "told"),
    [
        ("end_turn", "end_turn"),
        ("stop_sequence", "end_turn"),
        ("max_tokens", "max_tokens"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "context_window"),
    ],
)
def test_a_run_ends_with_the_reason_of_the_reply(stop_reason: str, told: str) -> None:
    worker, _ = agent({"text": "So far.", "stop_reason": stop_reason})
    result = worker.run("Hello?")
    assert (result.stop_reason, result.text, len(result.steps)) == (told, "So far.", 1)
    assert is_valid(result.messages)


def test_a_paused_turn_is_gone_on_with() -> None:
    searching = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    paused = {"content": [text("I search."), searching], "stop_reason": "pause_turn"}
    worker, provider = agent(paused, "Found.", server_tools=[SEARCH])
    result = worker.run("Search.")
    assert (result.stop_reason, result.text, len(result.steps)) == ("end_turn", "Found.", 2)
    assert sent(provider)["messages"][-1]["role"] == "assistant"


# --- a history of the agent ----------------------------------------------------------------------

EXAMPLE = [
    {"role": "user", "content": "Shout: hello"},
    {"role": "assistant", "content": "HELLO"},
]


def test_each_run_starts_from_the_history_of_the_agent() -> None:
    worker, provider = agent("ONE", "TWO", messages=EXAMPLE)
    for task in ("Shout: one", "Shout: two"):
        assert worker.run(task).messages[:2] == EXAMPLE
        assert sent(provider)["messages"] == [*EXAMPLE, {"role": "user", "content": task}]
    assert len(EXAMPLE) == 2


def test_a_history_that_a_run_is_given_takes_its_place() -> None:
    worker, provider = agent("ONE", "TWO", "THREE", messages=EXAMPLE)
    first = worker.run("Shout: one")
    worker.run("Shout: two", messages=first.messages)
    assert sent(provider)["messages"][:-1] == first.messages
    worker.run("Say: three", messages=[])
    assert len(sent(provider)["messages"]) == 1


@pytest.mark.parametrize(
    "messages",
    [
        "hello",
        [{"role": "user"}],
        [{"role": "assistant", "content": [use("add", a=1)]}],
        [{"role": "user", "content": [{"type": "of_tomorrow"}]}],
    ],
)
def test_a_history_that_cannot_be_gone_on_with_is_refused_when_the_agent_is_made(
    messages: Any,
) -> None:
    with pytest.raises(AgentError, match="messages"):
        agent("Hello.", messages=messages)
