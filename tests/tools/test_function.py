from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from rookery.errors import AgentError, ToolError
from rookery.tools import (
    FunctionTool,
    ToolContext,
    ToolResult,
    as_tool,
    current_context,
    definition,
    grep,
    read_file,
    tool,
    write_file,
)
from rookery.tools.base import CONTEXT
from tests.tools.conftest import Call, Write


def calculate_investment_return(principal: float, rate: float, years: int) -> str:
    """Calculate ROI for an investment.

    Args:
        principal: Initial investment
        rate: Annual interest rate (%)
        years: Investment period
    """
    return f"Return: ${principal * ((1 + rate / 100) ** years):.2f}"


def fetch_stock_price(ticker: str) -> str:
    """Get current stock price.

    Args:
        ticker: Stock ticker (e.g., AAPL)
    """
    return f"{ticker} price: ${150.25}"


def test_a_function_as_the_api_sees_it() -> None:
    assert definition(as_tool(calculate_investment_return)) == {
        "name": "calculate_investment_return",
        "description": "Calculate ROI for an investment.",
        "input_schema": {
            "type": "object",
            "properties": {
                "principal": {"type": "number", "description": "Initial investment"},
                "rate": {"type": "number", "description": "Annual interest rate (%)"},
                "years": {"type": "integer", "description": "Investment period"},
            },
            "required": ["principal", "rate", "years"],
            "additionalProperties": False,
        },
    }


async def test_plain_functions_are_called_with_what_the_model_gave(call: Call) -> None:
    result = await call(as_tool(calculate_investment_return), principal=10_000, rate=7, years=5)
    assert result == ToolResult("Return: $14025.52")
    result = await call(as_tool(fetch_stock_price), ticker="AAPL")
    assert result == ToolResult("AAPL price: $150.25")


async def test_wrong_input_never_reaches_the_function(call: Call) -> None:
    result = await call(as_tool(calculate_investment_return), principal="abc", rate=7)
    assert result == ToolResult(
        'principal: expected number, got "abc"\nyears: missing', is_error=True
    )


async def test_an_async_function_runs_on_the_loop(call: Call) -> None:
    @tool
    async def where() -> bool:
        await asyncio.sleep(0)
        return threading.current_thread() is threading.main_thread()

    assert await call(where) == ToolResult("true")


async def test_a_blocking_function_does_not_block_the_loop(call: Call) -> None:
    released = threading.Event()

    @tool
    def wait() -> str:
        released.wait(5)
        return "released"

    waiting = asyncio.create_task(call(wait))
    await asyncio.sleep(0)  # The task has started; a blocked loop would not come back here.
    released.set()
    assert await waiting == ToolResult("released")


async def test_a_hundred_blocking_calls_run_at_once(call: Call) -> None:
    everyone = threading.Barrier(100, timeout=10)

    @tool
    def meet() -> str:
        everyone.wait()
        return "met"

    results = await asyncio.gather(*(call(meet) for _ in range(100)))
    assert results == [ToolResult("met")] * 100


async def test_a_blocking_function_that_returns_an_awaitable_is_awaited(call: Call) -> None:
    async def inner() -> str:
        return "inner"

    @functools.wraps(inner)
    def wrapper() -> Any:
        return inner()

    assert await call(as_tool(wrapper)) == ToolResult("inner")


def fails_with(error: BaseException) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no such ticker"), "ValueError: no such ticker"),
        (KeyError("x"), "KeyError: 'x'"),
        (RuntimeError(), "RuntimeError"),
        (StopIteration("x"), "StopIteration: x"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit("x"), "GeneratorExit: x"),
        (ToolError("Give a path."), "Give a path."),
        (ValueError("x" * 5000), "ValueError: " + "x" * 1988 + "…"),
    ],
)
async def test_what_a_function_raises_is_an_error_result(
    call: Call, error: BaseException, text: str
) -> None:
    assert await call(as_tool(fails_with(error))) == ToolResult(text, is_error=True)


async def test_what_an_async_function_raises_is_an_error_result(call: Call) -> None:
    @tool
    async def fail() -> str:
        raise LookupError("gone")

    assert await call(fail) == ToolResult("LookupError: gone", is_error=True)


async def test_cancellation_passes_through(call: Call) -> None:
    started = asyncio.Event()

    @tool
    async def forever() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(call(forever))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_call_does_not_wait_for_its_thread(call: Call) -> None:
    started, released = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    @tool
    def block() -> None:
        loop.call_soon_threadsafe(started.set)
        released.wait(10)

    task = asyncio.create_task(call(block))
    await started.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert not released.is_set()
    released.set()


async def test_the_context_is_injected(call: Call, context: ToolContext) -> None:
    seen: list[ToolContext] = []

    @tool
    def note(text: str, context: ToolContext) -> str:
        seen.append(context)
        return text

    assert await call(note, text="x") == ToolResult("x")
    assert (await call(note, text="x", context={})).content == (
        "context: unknown parameter; the tool takes text"
    )
    assert seen == [context]


async def test_a_tool_that_calls_another_passes_its_context_on(
    call: Call, context: ToolContext
) -> None:
    seen: list[ToolContext] = []

    @tool
    def inner(context: ToolContext) -> None:
        seen.extend([context, current_context()])

    @tool
    def outer() -> None:
        inner()  # type: ignore[call-arg]

    await call(outer)
    assert seen == [context, context]


def test_a_plain_call_leaves_out_the_context_wherever_it_stands(context: ToolContext) -> None:
    @tool
    def first(ctx: ToolContext, text: str) -> tuple[Path, str]:
        return ctx.workspace.root, text

    @tool
    def last(text: str, ctx: ToolContext | None = None) -> tuple[Path, str]:
        assert ctx is not None
        return ctx.workspace.root, text

    token = CONTEXT.set(context)
    expected = context.workspace.root, "x"
    assert first("x") == first(text="x") == last("x") == last(text="x") == expected  # type: ignore[call-arg, arg-type]
    CONTEXT.reset(token)
    assert first(context, "x") == first(ctx=context, text="x") == last("x", context) == expected
    assert first.input_schema["required"] == last.input_schema["required"] == ["text"]


async def test_a_tool_in_a_thread_uses_other_tools_in_the_same_workspace(
    call: Call, write: Write
) -> None:
    write("notes.txt", "one\ntwo\n")

    def count(path: str) -> str:
        """Count lines: in threads that this tool starts itself, too."""
        with ThreadPoolExecutor(1) as pool:
            text = pool.submit(copy_context().run, read_file, path).result()
        assert text == read_file(path)
        write_file("count.txt", text.splitlines()[0])
        return grep("lines")

    assert (await call(as_tool(count), path="notes.txt")).content == (
        "count.txt:1:notes.txt (lines 1-2 of 2)"
    )


async def test_an_async_tool_uses_another_in_a_thread(call: Call, write: Write) -> None:
    write("notes.txt", "one\n")

    async def look() -> str:
        """Look."""
        return await asyncio.to_thread(grep, "one")

    assert (await call(as_tool(look))).content == "notes.txt:1:one"


class SafeAgent:
    """The class of the seed document: its checked command is the tool."""

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed

    def _safe_bash(self, command: str) -> str:
        """Only allow whitelisted commands."""
        return command if command in self.allowed else f"Command not allowed: {command}"

    @tool(name="shout", read_only=True)
    def decorated(self, text: str) -> str:
        """Shout."""
        return f"{text.upper()} {self.allowed}"


async def test_a_bound_method_is_a_tool(call: Call) -> None:
    safe = as_tool(SafeAgent(["ls"])._safe_bash)
    assert (safe.name, safe.description) == ("_safe_bash", "Only allow whitelisted commands.")
    assert list(safe.input_schema["properties"]) == ["command"]
    assert await call(safe, command="ls") == ToolResult("ls")
    assert (await call(safe, command="rm")).content == "Command not allowed: rm"


async def test_instances_share_what_was_read_but_not_themselves(call: Call) -> None:
    one, two = as_tool(SafeAgent(["a"])._safe_bash), as_tool(SafeAgent(["b"])._safe_bash)
    assert one.input_schema is two.input_schema
    assert (await call(one, command="a")).content == "a"
    assert (await call(two, command="a")).content == "Command not allowed: a"


async def test_a_decorated_method_binds(call: Call) -> None:
    shout = SafeAgent(["x"]).decorated
    assert (shout.name, shout.description, shout.read_only) == ("shout", "Shout.", True)
    assert list(shout.input_schema["properties"]) == ["text"]
    assert await call(shout, text="hi") == ToolResult("HI ['x']")
    assert shout("hi") == "HI ['x']"


async def test_a_method_without_its_instance_is_refused(call: Call) -> None:
    with pytest.raises(AgentError, match="give the bound one"):
        as_tool(SafeAgent._safe_bash)
    with pytest.raises(AgentError, match="give the bound one"):
        as_tool(SafeAgent.decorated)
    assert (await call(SafeAgent.decorated, text="x")).is_error


async def test_positional_only_parameters(call: Call) -> None:
    @tool
    def divide(a: int, b: int = 2, /, *, digits: int = 1) -> float:
        return round(a / b, digits)

    assert (await call(divide, a=9)).content == "4.5"
    assert (await call(divide, a=9, b=4, digits=2)).content == "2.25"


def test_a_tool_is_still_the_function() -> None:
    @tool(name="sum", description="Add up.", read_only=True)
    def add(a: int, b: int = 1) -> int:
        """Not this."""
        return a + b

    assert add(1, b=2) == 3
    assert (add.name, add.description, add.read_only) == ("sum", "Add up.", True)
    assert as_tool(add) is add
    assert repr(add) == "<tool sum>"


def yields() -> Iterator[int]:
    yield 1


async def yields_later() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (yields, "it is a generator"),
        (yields_later, "it is a generator"),
        (lambda: 1, "'<lambda>' cannot be the name of a tool"),
        (FunctionTool, "is a class"),
        (SafeAgent, "is a class"),
        (SafeAgent([]), "neither a tool nor a function"),
        ("read_file", "neither a tool nor a function"),
    ],
)
def test_what_cannot_be_a_tool(value: Any, message: str) -> None:
    with pytest.raises(AgentError, match=message):
        as_tool(value)


def test_a_bad_name_is_refused() -> None:
    with pytest.raises(AgentError, match="cannot be the name of a tool"):
        tool(name="no spaces")(fetch_stock_price)
