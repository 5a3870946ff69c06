"""What an agent cannot be made of or given is told in plain words, where it happens."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, RunError
from rookery.errors import AgentError, RookeryError
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import ToolContext, ToolResult
from tests.agent.common import MODEL, agent


def add(a: int) -> int:
    """Add."""
    return a


class ByHand:
    """A tool with one wrong thing."""

    def __init__(self, **wrong: Any) -> None:
        self.name: Any = "tool"
        self.description: Any = ""
        self.input_schema: Any = {"type": "object"}
        self.read_only = True
        vars(self).update(wrong)

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002
        return ToolResult("")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": 5}, "The model must be a name such as 'claude-sonnet-4-6', not 5"),
        ({"model": " "}, "The model must be a name"),
        ({"model": "\ud800"}, "The model cannot be sent"),
        ({"system": 5}, "system must be text, not int"),
        ({"system": "\ud800"}, "system cannot be sent"),
        ({"tools": add}, "tools must be a list"),
        ({"tools": "grep"}, "tools must be a list"),
        ({"tools": ["grep"]}, "'grep' is neither a tool nor a function"),
        ({"tools": [lambda: 1]}, "'<lambda>' cannot be the name of a tool"),
        ({"tools": [ByHand]}, "ByHand is a class"),
        ({"tools": [ByHand(name="a b")]}, "'a b' cannot be the name of a tool"),
        ({"tools": [ByHand(name=None)]}, "None cannot be the name of a tool"),
        ({"tools": [ByHand(description=5)]}, "The description of tool 'tool' is not text"),
        ({"tools": [ByHand(input_schema=None)]}, "'tool' is not of type object"),
        ({"tools": [ByHand(input_schema={"type": "object", "x": 1j})]}, "'tool' cannot be sent"),
        ({"workspace": "/no/such/folder"}, "The workspace /no/such/folder is not a folder"),
        ({"workspace": __file__}, "is not a folder"),
        ({"workspace": "a\0b"}, "is not a folder"),
        ({"max_turns": 0}, "max_turns must be a whole number above 0, not 0"),
        ({"max_turns": -1}, "max_turns must be"),
        ({"max_turns": "3"}, "max_turns must be"),
        ({"max_turns": True}, "max_turns must be"),
        ({"max_tokens": 0}, "max_tokens must be a whole number above 0, not 0"),
        ({"max_tokens": 0.5}, "max_tokens must be"),
        ({"provider": "nonsense"}, "There is no provider 'nonsense'"),
        ({"provider": ""}, "There is no provider ''"),
        ({"provider": 5}, "provider must be a name, a provider or a Gateway, not 5"),
        ({"provider": ScriptedProvider}, "provider must be a name"),
        ({"provider": None, "base_url": 5}, "base_url must be text, not int"),
        ({"base_url": "http://127.0.0.1"}, "not both"),
    ],
    ids=repr,
)
def test_what_an_agent_cannot_be_made_of(options: dict[str, Any], message: str) -> None:
    fine = {"model": MODEL, "provider": ScriptedProvider.of("hello")}
    with pytest.raises(RookeryError) as caught:
        Agent(**{**fine, **options})
    assert message in caught.value.message


def test_more_tokens_than_the_model_has_are_refused_by_who_knows_the_model() -> None:
    worker, _ = agent("hello", max_tokens=10**9)
    with pytest.raises(RunError, match="1000000000 > 128000, which is the maximum"):
        worker.run("Hello?")


def test_an_empty_system_prompt_is_none() -> None:
    worker, provider = agent("hello", system="")
    worker.run("Hello?")
    assert "system" not in provider.requests[0].plain


@pytest.mark.parametrize("task", [None, 5, "", [], ["hello"], {"type": "text", "text": "hello"}])
def test_what_is_no_task(task: Any) -> None:
    worker, _ = agent("hello")
    with pytest.raises(AgentError, match="A task is text or a list of content blocks"):
        worker.run(task)


@pytest.mark.parametrize("task", ["\ud800", [{"type": "text", "text": object()}]])
def test_a_task_that_cannot_be_sent(task: Any) -> None:
    worker, _ = agent("hello")
    with pytest.raises(AgentError, match="The task cannot be sent"):
        worker.run(task)


def test_the_blocks_of_a_task_may_be_used_again() -> None:
    worker, _ = agent("hello")
    task = [{"type": "text", "text": "one"}]
    result = worker.run(task)
    task[0]["text"] = "two"
    assert result.messages[0]["content"] == [{"type": "text", "text": "one"}]


def test_what_cannot_take_events() -> None:
    async def later(event: object) -> None:
        """Never awaited."""

    worker, _ = agent("hello")
    for bad in (5, later):
        with pytest.raises(AgentError, match="on_event must be a"):
            worker.run("Hello?", on_event=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(("sync", "other"), [("run", "arun"), ("close", "aclose")])
def test_the_sync_form_is_the_async_form(sync: str, other: str) -> None:
    one, two = getattr(Agent, sync), getattr(Agent, other)
    assert inspect.signature(one) == inspect.signature(two)
    assert one.__doc__ == two.__doc__
    assert inspect.iscoroutinefunction(two)
    assert not inspect.iscoroutinefunction(one)


def test_every_async_method_has_a_sync_form() -> None:
    found = {name for name in dir(Agent) if inspect.iscoroutinefunction(getattr(Agent, name))}
    assert found == {"arun", "aresume", "aclose", "__aenter__", "__aexit__"}
    assert all(hasattr(Agent, name) for name in ("__enter__", "__exit__"))


def test_the_repr_of_an_agent_is_short(tmp_path: Path) -> None:
    worker, _ = agent("hello", tools=[add], workspace=tmp_path, system="x" * 1000)
    assert repr(worker) == "Agent('agent', model='claude-sonnet-4-6', tools: add)"
