from __future__ import annotations

import os
from pathlib import Path

import pytest

from rookery.tools import ToolResult, read_file
from tests.tools.conftest import Call, Write


async def text(call: Call, path: str, **options: int) -> str:
    result = await call(read_file, path=path, **options)
    assert not result.is_error, result.content
    assert isinstance(result.content, str)
    return result.content


async def error(call: Call, path: str, **options: int) -> str:
    result = await call(read_file, path=path, **options)
    assert result.is_error
    return str(result.content)


async def test_lines_are_numbered_under_a_header(call: Call, write: Write) -> None:
    write("src/a.py", "one\r\n\n\tthree")
    assert (
        await text(call, "src/../src/a.py") == "src/a.py (lines 1-3 of 3)\n1\tone\n2\t\n3\t\tthree"
    )


async def test_a_range_says_how_to_continue(call: Call, write: Write) -> None:
    write("a", "".join(f"line {number}\n" for number in range(1, 11)))
    assert await text(call, "a", offset=3, limit=2) == (
        "a (lines 3-4 of 10)\n3\tline 3\n4\tline 4\n(continue with offset=5)"
    )
    assert await text(call, "a", offset=10) == "a (lines 10-10 of 10)\n10\tline 10"


async def test_long_lines_are_cut(call: Call, write: Write) -> None:
    write("a", "é" * 5000 + "\nshort")
    header, first, second = (await text(call, "a")).split("\n")
    assert header == "a (lines 1-2 of 2)"
    assert first == "1\t" + "é" * 2000 + "… (line cut)"
    assert second == "2\tshort"
    assert (await text(call, "a", limit=1)).split("\n")[0] == "a (lines 1-1 of 2)"


async def test_a_line_of_just_the_limit_is_whole(call: Call, write: Write) -> None:
    write("a", "😀" * 2000)
    assert (await text(call, "a")).endswith("\t" + "😀" * 2000)


async def test_the_output_is_bounded_and_can_be_continued(call: Call, write: Write) -> None:
    write("a", f"{'x' * 999}\n" * 100)
    seen, offset = [], 1
    while offset:
        lines = (await text(call, "a", offset=offset)).split("\n")
        assert sum(map(len, lines)) < 31_000
        note = lines.pop() if lines[-1].startswith("(") else ""
        seen += [int(line.split("\t")[0]) for line in lines[1:]]
        offset = int(note.removeprefix("(continue with offset=").rstrip(")") or 0)
    assert seen == list(range(1, 101))


async def test_a_huge_file_is_not_read_to_its_end(call: Call, root: Path) -> None:
    with (root / "huge").open("wb") as file:
        file.write(b"first\n" * 2000)
        file.seek(10**12)  # A hole: nothing of it is on the disk.
        file.write(b"last")
    assert (await text(call, "huge", limit=1)) == (
        "huge (lines 1-1 of many more)\n1\tfirst\n(continue with offset=2)"
    )


async def test_bytes_that_are_not_utf8_are_replaced(call: Call, write: Write) -> None:
    write("a", b"caf\xe9\n")
    assert await text(call, "a") == "a (lines 1-1 of 1)\n1\tcaf\ufffd"


async def test_an_empty_file(call: Call, write: Write) -> None:
    write("a", "")
    assert await text(call, "a") == "a (empty)"


async def test_what_cannot_be_read_is_explained(call: Call, write: Write, root: Path) -> None:
    write("src/a", "one\ntwo\n")
    write("logo.png", b"\x89PNG\0" + bytes(2000))
    os.mkfifo(root / "pipe")
    assert (
        await error(call, "src/a", offset=9) == "src/a has 2 lines: there is nothing at the offset."
    )
    assert await error(call, "logo.png") == (
        "logo.png is a binary file of 2,005 bytes; only text can be read."
    )
    assert await error(call, "src") == ("src is a folder; list_dir shows what is in it.")
    assert await error(call, "pipe") == ("pipe is a pipe, socket or device, and no regular file.")
    assert await error(call, "../x") == (
        "../x is outside the workspace. Use a path relative to its root, such as src/main.py."
    )
    assert await error(call, "src/b") == "src/b does not exist; glob can find the path."
    assert await error(call, "src/a", limit=0) == "limit: expected integer >= 1, got 0"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_without_permission(call: Call, write: Write) -> None:
    write("a", "x").chmod(0)
    assert await error(call, "a") == "a: permission denied."


async def test_it_only_reads(call: Call) -> None:
    assert read_file.read_only
    assert await call(read_file) == ToolResult("path: missing", is_error=True)


def test_it_is_still_a_function(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a", "x")
    monkeypatch.chdir(root)
    assert read_file("a") == "a (lines 1-1 of 1)\n1\tx"
