from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rookery.tools import ToolContext, grep, split_location
from tests.tools.conftest import Call, Write

CATASTROPHIC = r"^(\w+\s?)*$"


async def lines(call: Call, pattern: str, **options: Any) -> list[str]:
    result = await call(grep, pattern=pattern, **options)
    assert not result.is_error, result.content
    return str(result.content).split("\n")


async def error(call: Call, pattern: str, **options: Any) -> str:
    result = await call(grep, pattern=pattern, **options)
    assert result.is_error
    return str(result.content)


@pytest.fixture
def tree(root: Path, write: Write) -> Path:
    write("b.txt", "Error: one\nfine\nerror: two\r\n")
    write("a/x.py", "raise Error\n")
    write("a.md", "no error here\n")
    write(".config/c.py", "Error = 1\n")
    write("node_modules/m.py", "Error\n")
    write(".git/config", "Error\n")
    write("data.bin", b"Error\0")
    write("latin.txt", b"caf\xe9 Error\n")
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("Error secret")
    (root / "link").symlink_to(outside)
    (root / "link.txt").symlink_to(outside / "secret.txt")
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.usefixtures("tree")
async def test_matches_are_sorted_places(call: Call) -> None:
    found = await lines(call, "Error")
    assert found == [
        ".config/c.py:1:Error = 1",
        "a/x.py:1:raise Error",
        "b.txt:1:Error: one",
        "latin.txt:1:caf\ufffd Error",
    ]
    assert split_location(found[1]) == ("a/x.py", 1, "raise Error")


@pytest.mark.usefixtures("tree")
async def test_where_to_search(call: Call) -> None:
    assert await lines(call, "Error", path="a") == ["a/x.py:1:raise Error"]
    assert await lines(call, "Error", path="b.txt") == ["b.txt:1:Error: one"]
    assert await lines(call, "Error", path="node_modules") == ["node_modules/m.py:1:Error"]
    assert await lines(call, "Error", glob="*.{py,md}") == [
        ".config/c.py:1:Error = 1",
        "a/x.py:1:raise Error",
    ]
    assert await lines(call, "Error", glob="a/*.py") == ["a/x.py:1:raise Error"]
    assert await lines(call, "nowhere", path="a") == ["No matches in a."]


@pytest.mark.usefixtures("tree")
async def test_case_can_be_ignored(call: Call) -> None:
    assert await lines(call, "^ERROR: .*$", ignore_case=True) == [
        "b.txt:1:Error: one",
        "b.txt:3:error: two",
    ]


async def test_context_is_marked_and_groups_are_apart(call: Call, write: Write) -> None:
    write("a", "".join(f"{number}\n" for number in range(1, 13)))
    write("b", "5\n")
    assert await lines(call, "^(2|4|9|5)$", context=1) == [
        *("a-1-1", "a:2:2", "a-3-3", "a:4:4", "a:5:5", "a-6-6", "--"),
        *("a-8-8", "a:9:9", "a-10-10", "--", "b:1:5"),
    ]


async def test_matches_are_capped(call: Call, write: Write) -> None:
    write("a", "x\n" * 200)
    note = "({} matches shown, there are more; narrow path, glob or pattern)"
    assert (await lines(call, "x"))[99:] == ["a:100:x", note.format(100)]
    assert (await lines(call, "x", max_results=1)) == ["a:1:x", note.format(1)]
    assert (await lines(call, "x", max_results=200))[-1] == "a:200:x"


async def test_the_output_is_bounded(call: Call, write: Write) -> None:
    write("a", f"{'x' * 490}\n" * 200)
    found = await lines(call, "x", max_results=200)
    assert found[-1] == (
        "(the output is full, there may be more matches; narrow path, glob or pattern)"
    )
    assert sum(map(len, found)) < 30_200


async def test_long_lines_are_cut_around_the_match(call: Call, write: Write) -> None:
    write("a", "x" * 3000 + "needle" + "y" * 3000)
    assert await lines(call, "needle") == ["a:1:…" + "x" * 100 + "needle" + "y" * 394 + "…"]


async def test_names_with_line_breaks_cannot_forge_a_match(call: Call, write: Write) -> None:
    write("a:1:safe\nb", "needle")
    assert await lines(call, "needle") == ["a:1:safe\ufffdb:1:needle"]


async def test_names_that_are_not_utf8_are_searched(call: Call, root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9")).write_text("needle")
    assert await lines(call, "needle") == ["caf\ufffd:1:needle"]


async def test_a_catastrophic_pattern_is_stopped(
    call: Call, write: Write, context: ToolContext
) -> None:
    write("a", "word " * 40 + "!\n")
    start = time.perf_counter()
    result = await grep.call({"pattern": CATASTROPHIC}, replace(context, time_limit=0.5))
    assert time.perf_counter() - start < 5
    assert result.is_error
    assert result.content == (
        "The search was stopped after 0.5 s without a match; "
        "use a simpler pattern (no nested repetitions), or narrow path or glob."
    )


async def test_a_search_that_nobody_waits_for_is_ended(write: Write, context: ToolContext) -> None:
    write("a", "word " * 40 + "!\n")
    context = replace(context, time_limit=600.0)
    asyncio.get_running_loop().call_later(0.2, context.cancellation.set)
    async with asyncio.timeout(60):
        assert (await grep.call({"pattern": CATASTROPHIC}, context)).is_error


async def test_what_was_found_in_time_is_kept(
    call: Call, write: Write, context: ToolContext
) -> None:
    write("a", "word word\n")
    write("b", "word " * 40 + "!\n")
    result = await grep.call({"pattern": CATASTROPHIC}, replace(context, time_limit=2.0))
    assert not result.is_error
    assert str(result.content).split("\n") == [
        "a:1:word word",
        (
            "(stopped after 2 s; use a simpler pattern (no nested repetitions), "
            "or narrow path or glob)"
        ),
    ]


@pytest.mark.usefixtures("tree")
async def test_what_is_refused(call: Call) -> None:
    assert await error(call, "(") == (
        "pattern: not a regular expression: missing ), unterminated subpattern at position 0. "
        "To search for text as it is, escape characters such as ( [ . * with a backslash."
    )
    assert await error(call, "(" * 9000 + ")" * 9000) == (
        "pattern: the regular expression is too large or nested."
    )
    assert (await error(call, "x", path="link")).startswith("link is outside the workspace.")
    assert (await error(call, "x", path="..")).startswith(".. is outside the workspace.")
    assert await error(call, "x", path="data.bin") == (
        "data.bin is a binary file; only text is searched."
    )
    assert await error(call, "x", path="none") == "none does not exist; glob can find the path."
    assert await error(call, "x", glob="../*") == (
        "../*: a pattern cannot contain '..'; give the folder as path."
    )
    assert await error(call, "x", max_results=0) == "max_results: expected integer >= 1, got 0"


@pytest.mark.usefixtures("tree")
async def test_a_pipe_as_path_is_refused_at_once(call: Call) -> None:
    assert await error(call, "x", path="pipe") == "pipe is not a folder."
