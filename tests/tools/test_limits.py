"""Timeouts, places, and answers that are too long: what `run_tool` keeps a tool to."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rookery.errors import AgentError
from rookery.tools import Limits, ToolContext, ToolResult, as_tool, read_file, run_tool, tool
from rookery.tools.gate import Gate


class Counter:
    """Counts how many are inside at a time."""

    def __init__(self) -> None:
        self.most = self.inside = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.inside -= 1


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", True])
def test_a_timeout_is_a_positive_number(value: Any) -> None:
    with pytest.raises(AgentError, match="timeout must be a number of seconds above 0"):
        tool(timeout=value)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_a_concurrency_is_a_positive_whole_number(value: Any) -> None:
    with pytest.raises(AgentError, match="concurrency must be a whole number above 0"):
        tool(concurrency=value)


async def test_a_blocking_tool_is_left_behind_when_its_time_is_over(context: ToolContext) -> None:
    ended = threading.Event()

    @tool(timeout=0.05)
    def wait(ctx: ToolContext) -> str:
        ctx.cancellation.wait(10)
        ended.set()
        return "late"

    result = await run_tool(wait, {}, context)
    assert result == ToolResult("wait was stopped: it took more than 0.05 s.", is_error=True)
    assert await asyncio.to_thread(ended.wait, 10)
    assert not context.cancellation.is_set()  # Each call has its own.


async def test_an_async_tool_is_cancelled_when_its_time_is_over(context: ToolContext) -> None:
    ended = asyncio.Event()

    @tool(timeout=0.05)
    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    result = await run_tool(wait, {}, context)
    assert result.content == "wait was stopped: it took more than 0.05 s."
    assert ended.is_set()


async def test_a_timeout_of_the_tools_own_is_another_error(context: ToolContext) -> None:
    @tool(timeout=60)
    async def ask() -> None:
        raise TimeoutError("the database")

    assert (await run_tool(ask, {}, context)).content == "TimeoutError: the database"


@pytest.mark.parametrize("blocking", [True, False])
async def test_so_many_calls_run_at_a_time(context: ToolContext, blocking: bool) -> None:
    counter = Counter()

    @tool(concurrency=3)
    async def later(n: int) -> int:
        with counter:
            await asyncio.sleep(0)
        return n

    @tool(concurrency=3)
    def at_once(n: int) -> int:
        with counter:
            return n

    worker = at_once if blocking else later
    calls = [run_tool(worker, {"n": n}, context) for n in range(30)]
    assert [result.content for result in await asyncio.gather(*calls)] == [*map(str, range(30))]
    assert 1 <= counter.most <= 3


def test_loops_and_bound_methods_share_the_places(context: ToolContext) -> None:
    counter = Counter()

    class Database:
        @tool(concurrency=1)
        async def query(self, n: int) -> int:
            """Ask."""
            with counter:
                await asyncio.sleep(0)
            return n

    async def many() -> None:
        database = Database()
        await asyncio.gather(
            *(run_tool(as_tool(database.query), {"n": n}, context) for n in range(50))
        )

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert counter.most == 1


async def test_a_place_that_was_waited_for_in_vain_is_not_lost() -> None:
    gate = Gate(1)
    for turns in range(6):
        async with gate:
            waiting = asyncio.create_task(_enter(gate))
            await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        async with asyncio.timeout(10), gate:
            pass


async def _enter(gate: Gate) -> None:
    async with gate:
        await asyncio.sleep(0)


def test_a_loop_that_was_closed_while_waiting_is_passed_over() -> None:
    gate = Gate(1)
    gone = asyncio.new_event_loop()
    waiting = gone.create_task(_enter(gate))

    async def hold() -> None:
        async with gate:
            await asyncio.to_thread(gone.run_until_complete, _soon())
            gone.close()

    async def again() -> None:
        async with asyncio.timeout(10), gate:
            pass

    asyncio.run(hold())
    asyncio.run(again())
    assert not waiting.done()


async def _soon() -> None:
    await asyncio.sleep(0)


class Protocol:
    """A tool that is no function, with limits."""

    name = "talk"
    description = "Talk."
    read_only = True
    limits = Limits(timeout=0.05)

    def __init__(self, answer: Any = None) -> None:
        self.input_schema: dict[str, Any] = {"type": "object"}
        self._answer = answer

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002
        if self._answer is None:
            await asyncio.Event().wait()
        return ToolResult(self._answer)


async def test_tools_of_any_kind_have_limits(context: ToolContext) -> None:
    assert (await run_tool(Protocol(), {}, context)).is_error
    assert (await run_tool(Protocol("hi"), {}, context)).content == "hi"


async def test_a_long_answer_goes_to_a_file_that_can_be_read(
    context: ToolContext, root: Path
) -> None:
    whole = "".join(f"line {number}\n" for number in range(10_000))
    shown = str((await run_tool(Protocol(whole), {}, context)).content)
    assert shown.startswith(whole[:16_000])
    assert shown.endswith(whole[-4_000:])
    [file] = (root / ".rookery" / "output").iterdir()
    left_out = len(whole) - 20_000
    assert shown[16_000:-4_000] == (
        f"\n({left_out:,} characters left out here; the whole is in .rookery/output/{file.name}, "
        "10,001 lines)\n"
    )
    assert file.read_text() == whole
    assert (root / ".rookery" / ".gitignore").read_text() == "*\n"
    again = await read_file.call({"path": f".rookery/output/{file.name}", "limit": 1}, context)
    assert "1\tline 0" in str(again.content)
    assert await run_tool(Protocol("x" * 40_000), {}, context) == ToolResult("x" * 40_000)


async def test_long_texts_among_blocks_are_cut_and_the_rest_stays(context: ToolContext) -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    blocks = [{"type": "text", "text": "short"}, image, {"type": "text", "text": "x" * 50_000}]
    small = replace(context, output_limit=100)
    content = (await run_tool(Protocol(blocks), {}, small)).content
    assert isinstance(content, list)
    assert content[:2] == blocks[:2]
    assert content[2]["text"].startswith("x" * 80 + "\n(49,900 characters left out here; ")


async def test_where_the_workspace_cannot_be_written_the_system_has_a_place(
    context: ToolContext, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / ".rookery").symlink_to(outside)  # Nothing is written through it.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown = str((await run_tool(Protocol("x" * 50_000), {}, context)).content)
    file = Path(re.findall(r"the whole is in (\S+),", shown)[0])
    assert file.is_relative_to(tmp_path)
    assert "where the file tools cannot read it" in shown
    with file.open() as stream:  # noqa: ASYNC230 -- a test may wait
        assert stream.read() == "x" * 50_000
    assert not list(outside.iterdir())
