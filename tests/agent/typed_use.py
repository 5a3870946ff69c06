"""Public names as a user writes them. Not run: mypy checks it, with all of tests/."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypedDict, assert_type

from rookery import Agent, Gateway, Result, RunError, Usage, tool
from rookery.agent.events import Event, TextDelta
from rookery.catalog.cost import Cost
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import FunctionTool, ToolContext, ToolResult, grep, read_file


@tool
def shout(text: str) -> str:
    """Say it loudly."""
    return text.upper()


@tool(name="whisper", read_only=True)
async def say_quietly(text: str, context: ToolContext) -> ToolResult:
    """Say it quietly."""
    return ToolResult(text.lower() + str(context.workspace))


def plain(count: int = 1) -> list[int]:
    """Count."""
    return list(range(count))


class ByHand:
    """Satisfies the protocol of tools."""

    name = "by_hand"
    description = "Do it."
    read_only = False

    def __init__(self) -> None:
        self.input_schema: dict[str, Any] = {"type": "object"}

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002
        return ToolResult("done")


def show(event: Event) -> None:
    if isinstance(event, TextDelta):
        assert_type(event.text, str)


def sync_use() -> None:
    with Agent("claude-sonnet-4-6", tools=[shout, say_quietly, plain, grep, read_file]) as agent:
        assert_type(agent, Agent)
        result = agent.run("Hello?", on_event=show)
        agent.run([{"type": "text", "text": "Hello?"}])
    assert_type(result, Result)
    assert_type(result.usage, Usage)
    assert_type(result.bill, Cost)
    assert_type(result.cost, Decimal | None)
    assert_type(result.steps[0].tools, tuple[str, ...])
    assert_type(shout("hello"), str)
    made: FunctionTool[[], list[int]] = tool(plain)
    assert_type(made(), list[int])


async def async_use() -> None:
    gateway = Gateway(ScriptedProvider.of("hello"))
    async with Agent("claude-sonnet-4-6", provider=gateway, tools=[ByHand()]) as agent:
        try:
            assert_type(await agent.arun("Hello?"), Result)
        except RunError as error:
            assert_type(error.message, str)


class Answer(TypedDict):
    """What an agent may give back."""

    text: str


def typed_output() -> None:
    plain = Agent("claude-sonnet-4-6")
    assert_type(plain, Agent[str])
    assert_type(plain.run("Hello?").output, str)
    agent = Agent("auto", output_type=Answer)
    assert_type(agent.run("Hello?").output, Answer)
    with agent.stream("Hello?") as stream:
        for event in stream:
            assert_type(event, Event)
        assert_type(stream.result.output, Answer)


def wrong_use() -> None:
    Agent(5)  # type: ignore[arg-type]
    Agent("claude-sonnet-4-6", tools="grep")  # type: ignore[arg-type]
    Agent("claude-sonnet-4-6").run(5)  # type: ignore[arg-type]
    shout(5)  # type: ignore[arg-type]
