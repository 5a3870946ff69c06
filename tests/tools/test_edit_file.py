from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import ToolError
from rookery.tools import edit_file
from rookery.tools.passage import find_passage, nearest
from rookery.tools.place import Place
from rookery.tools.replace import find, replace_file
from tests.tools.conftest import Call, Write, quick


async def edited(call: Call, old: str, new: str, path: str = "a", **options: bool) -> str:
    result = await call(edit_file, path=path, old_string=old, new_string=new, **options)
    assert not result.is_error, result.content
    return str(result.content)


async def error(call: Call, old: str, new: str = "new", path: str = "a") -> str:
    result = await call(edit_file, path=path, old_string=old, new_string=new)
    assert result.is_error, result.content
    return str(result.content)


async def test_the_only_occurrence_is_replaced_and_shown(call: Call, write: Write) -> None:
    file = write("a", "".join(f"line {number}\n" for number in range(1, 10)))
    assert await edited(call, "line 5\nline 6", "\tfive\nand\nsix") == (
        "Edited a at line 5:\n2\tline 2\n3\tline 3\n4\tline 4\n"
        "5\t\tfive\n6\tand\n7\tsix\n8\tline 7\n9\tline 8\n10\tline 9"
    )
    assert file.read_text().splitlines()[3:8] == ["line 4", "\tfive", "and", "six", "line 7"]


async def test_an_ambiguous_passage_is_refused_with_its_lines(call: Call, write: Write) -> None:
    file = write("a", "x = 1\ny = 2\nx = 1\n")
    assert await error(call, "x = 1") == (
        "old_string occurs 2 times in a (lines 1, 3). "
        "Give more of the lines around the one you mean, or set replace_all."
    )
    assert await edited(call, "x = 1", "z", replace_all=True) == (
        "Replaced 2 occurrences in a (lines 1, 3)."
    )
    assert file.read_text() == "z\ny = 2\nz\n"


async def test_occurrences_that_overlap_are_ambiguous(call: Call, write: Write) -> None:
    write("a", "aaa")
    assert (await error(call, "aa")).startswith("old_string occurs 2 times in a (lines 1, 1).")


async def test_a_passage_that_is_not_there_is_answered_with_the_nearest(
    call: Call, write: Write
) -> None:
    write("a", "def run(task):\n    return  go(task)\n\ndone = True\n")
    assert await error(call, "def ran(task):\n    pass") == (
        "a does not contain old_string. The nearest line is 1: 'def run(task):'"
    )
    assert await error(call, "  return go(task)") == (
        "a does not contain old_string. "
        "Line 2 differs from its first line in white space only: '    return  go(task)'"
    )
    assert await error(call, "done = True\nnever") == (
        "a does not contain old_string. "
        "Line 4 is as its first line; what follows there is different."
    )
    assert await error(call, "qqqqqqqq") == "a does not contain old_string."


async def test_line_ends_of_the_file_are_kept(call: Call, write: Write) -> None:
    file = write("a", b"\xef\xbb\xbfone\r\ntwo\r\nthree\r\n")
    assert (
        await edited(call, "one\ntwo", "1\n2")
        == "Edited a at line 1:\n1\t\ufeff1\n2\t2\n3\tthree\n4\t"
    )
    await edited(call, "three", "3\n4")
    assert file.read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n3\r\n4\r\n"
    mixed = write("mixed", b"a\nb\nc\r\nd\n")
    await edited(call, "c\nd", "x\ny", path="mixed")
    assert mixed.read_bytes() == b"a\nb\nx\r\ny\n"


async def test_bytes_that_are_not_utf8_survive(call: Call, write: Write) -> None:
    file = write("a", b"caf\xe9\nname\n")
    assert (
        await edited(call, "name", "n\u00e9")
        == "Edited a at line 2:\n1\tcaf\ufffd\n2\tn\u00e9\n3\t"
    )
    assert file.read_bytes() == b"caf\xe9\nn\xc3\xa9\n"


async def test_what_is_refused(call: Call, root: Path, write: Write) -> None:
    write("a", "x")
    write("bin", b"x\0")
    os.mkfifo(root / "pipe")
    with (root / "huge").open("wb") as file:
        file.truncate(1 << 30)
    assert await error(call, "") == "old_string is empty; to write a whole file, use write_file."
    assert await error(call, "x", "x") == (
        "old_string and new_string are the same: nothing would change."
    )
    assert await error(call, "x", path="b") == "b does not exist; write_file makes new files."
    assert await error(call, "x", path="none/b") == (
        "none/b does not exist; write_file makes new files."
    )
    assert await error(call, "x", path="bin") == "bin is a binary file; only text can be edited."
    assert await error(call, "x", path="pipe") == (
        "pipe is a pipe, socket or device, and no regular file."
    )
    assert await error(call, "x", path="huge") == (
        "huge has 1,073,741,824 bytes; files up to 33,554,432 can be edited."
    )
    assert "outside the workspace" in await error(call, "x", path="../a")
    assert (root / "a").read_text() == "x"


async def test_edits_of_one_file_at_the_same_time_are_all_made(call: Call, write: Write) -> None:
    file = write("a", "".join(f"<{number}>\n" for number in range(40)))
    await asyncio.gather(*(edited(call, f"<{n}>", f"[{n}]") for n in range(40)))
    assert file.read_text() == "".join(f"[{number}]\n" for number in range(40))


def test_an_edit_by_somebody_else_in_between_is_not_lost(root: Path, write: Write) -> None:
    file = write("a", "old")
    place = Place(str(root), ("a",))
    before = find(place)
    with pytest.raises(ToolError, match="was changed by somebody else"):
        replace_file(place, b"mine", before, proceed=lambda: void(file.write_text("theirs")))
    assert file.read_text() == "theirs"
    new = Place(str(root), ("b",))
    with pytest.raises(ToolError, match="was made by somebody else"):
        replace_file(new, b"mine", None, proceed=lambda: void(write("b", "theirs")))
    assert (root / "b").read_text() == "theirs"
    assert {entry.name for entry in root.iterdir()} == {"a", "b"}


def void(value: object) -> None:
    """Drop a value."""


@quick
@given(
    text=st.text("ab\n", max_size=30),
    passage=st.text("ab\n", min_size=1, max_size=3),
)
def test_a_passage_is_found_wherever_it_is(text: str, passage: str) -> None:
    found = find_passage(text, passage)
    starts = [at for at in range(len(text)) if text.startswith(passage, at)]
    assert found.lines == [text.count("\n", 0, at) + 1 for at in starts][:20]
    assert (found.times == 0) == (not starts)
    assert (found.times > 1) == (len(starts) > 1)


def test_the_nearest_line_of_a_large_text_is_found_in_bounded_work() -> None:
    text = "\n".join(f"{'x' * 500} {number}" for number in range(30_000))
    assert nearest(text, "y" * 500) == ""
