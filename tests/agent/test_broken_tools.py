"""Tools that misbehave: the model is told, and the run goes on with a valid history."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rookery.agent.events import Event, ToolReturned
from rookery.tools import ToolContext, ToolResult
from tests.agent.common import agent, answers, call, is_valid, text

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
"""One black dot."""

PIXEL = {
    "type": "image",
    "source": {
        "type": "base64",
        "media_type": "image/png",
        "data": PNG,
    },
}


class Raw:
    """A tool of the protocol, made by hand."""

    name = "raw"
    description = "Do something."
    read_only = False

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act
        self.input_schema: dict[str, Any] = {"type": "object"}

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002
        value: ToolResult = self._act()
        return value


def raising(error: BaseException) -> Callable[[], Any]:
    def act() -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), SystemExit(3), asyncio.CancelledError(), RecursionError()],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("kind", ["protocol", "async", "sync"])
def test_whatever_a_tool_raises_is_told_to_the_model(error: BaseException, kind: str) -> None:
    async def later() -> str:
        """Fail."""
        raise error

    def at_once() -> str:
        """Fail."""
        raise error

    tools = {"protocol": Raw(raising(error)), "async": later, "sync": at_once}
    name = {"protocol": "raw", "async": "later", "sync": "at_once"}[kind]
    worker, provider = agent(call(name), "sorry", tools=[tools[kind]])
    result = worker.run("Go.")
    [answer] = answers(provider)
    assert answer["is_error"] is True
    assert type(error).__name__ in answer["content"]
    assert is_valid(result.messages)


def test_ctrl_c_in_a_blocking_tool_is_told_to_the_model() -> None:
    def interrupt() -> str:
        """Fail."""
        raise KeyboardInterrupt

    worker, provider = agent(call("interrupt"), "sorry", tools=[interrupt])
    worker.run("Go.")
    assert answers(provider)[0]["content"] == "KeyboardInterrupt"


def test_a_keyboard_interrupt_in_an_async_tool_ends_the_run_but_not_the_private_loop() -> None:
    worker, _ = agent(call("raw"), "later", tools=[Raw(raising(KeyboardInterrupt()))])
    with pytest.raises(KeyboardInterrupt):
        worker.run("Go.")
    assert str(worker.run("Go on.")) == "later"


async def test_a_tool_that_waits_for_something_cancelled_is_not_the_end_of_the_run() -> None:
    async def wait() -> str:
        """Wait."""
        other = asyncio.create_task(asyncio.sleep(100))
        other.cancel()
        await other
        return ""

    worker, provider = agent(call("wait"), "sorry", tools=[wait])
    assert str(await worker.arun("Go.")) == "sorry"
    assert answers(provider)[0]["content"] == "CancelledError"


class Word(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (None, "(no output)"),
        ("", ""),
        (b"ab", '"YWI="'),
        (Word("word"), "word"),
        ({"a": Decimal("1.5")}, '{"a":"1.5"}'),
        ([text("see"), PIXEL], [text("see"), PIXEL]),
        ("\ud800", "?"),
        (ToolResult("\ud800"), "?"),
        (ToolResult([text("see")]), [text("see")]),
        (ToolResult(None), "(no output)"),  # type: ignore[arg-type]
        (ToolResult(b"ab"), '"YWI="'),  # type: ignore[arg-type]
    ],
    ids=repr,
)
@pytest.mark.parametrize("by_hand", [True, False])
def test_nonsense_has_a_form_that_can_be_sent(value: Any, content: Any, by_hand: bool) -> None:
    def function() -> Any:
        """Do something."""
        return value

    tool = Raw(lambda: value) if by_hand else function
    worker, provider = agent(call("raw" if by_hand else "function"), "ok", tools=[tool])
    worker.run("Go.")
    [answer] = answers(provider)
    assert answer["content"] == content
    assert "is_error" not in answer


@pytest.mark.parametrize(
    "value", [object(), (n for n in "ab"), [text("\ud800")], {1j}], ids=lambda v: type(v).__name__
)
def test_what_has_no_form_is_an_error_for_the_model(value: Any) -> None:
    worker, provider = agent(call("raw"), "ok", tools=[Raw(lambda: value)])
    worker.run("Go.")
    [answer] = answers(provider)
    assert answer["is_error"] is True
    assert "not JSON" in answer["content"]


def test_a_result_that_is_changed_afterwards_stays_in_the_history_as_it_was() -> None:
    block = {"type": "text", "text": "first"}

    def tell() -> list[dict[str, Any]]:
        """Tell."""
        return [block]

    worker, _ = agent(call("tell"), "ok", tools=[tell])
    result = worker.run("Go.")
    block["text"] = "second"
    assert result.messages[2]["content"][0]["content"] == [text("first")]


def test_ten_megabytes_go_to_a_file(tmp_path: Path) -> None:
    whole = "first\n" + "x" * 10_000_000 + "\nlast"
    worker, provider = agent(call("raw"), "ok", tools=[Raw(lambda: whole)], workspace=tmp_path)
    seen: list[Event] = []
    assert str(worker.run("Go.", on_event=seen.append)) == "ok"
    [answer] = answers(provider)
    shown = answer["content"]
    assert len(shown) < 21_000
    assert shown.startswith("first\n")
    assert shown.endswith("x\nlast")
    [path] = re.findall(r"the whole is in (\S+), 3 lines\)", shown)
    assert (tmp_path / path).read_text() == whole
    [returned] = [event for event in seen if isinstance(event, ToolReturned)]
    assert returned.content == shown


def test_one_failing_call_does_not_disturb_the_other() -> None:
    def fine() -> str:
        """Work."""
        return "fine"

    both = {
        "content": [
            {"type": "tool_use", "name": "raw", "input": {}},
            {"type": "tool_use", "name": "fine", "input": {}},
        ]
    }
    worker, provider = agent(both, "ok", tools=[Raw(raising(SystemExit())), fine])
    worker.run("Go.")
    assert [block["content"] for block in answers(provider)] == ["SystemExit", "fine"]
