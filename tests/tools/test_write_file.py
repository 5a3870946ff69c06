from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rookery.tools import ToolContext, Workspace, edit_file, read_file, write_file
from rookery.tools.base import CONTEXT
from tests.tools.conftest import Call, Write, quick


async def said(call: Call, path: str, content: str) -> str:
    result = await call(write_file, path=path, content=content)
    assert not result.is_error, result.content
    return str(result.content)


async def error(call: Call, path: str, content: str = "new") -> str:
    result = await call(write_file, path=path, content=content)
    assert result.is_error, result.content
    return str(result.content)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


async def test_a_new_file_and_its_folders(call: Call, root: Path) -> None:
    assert await said(call, "a/b/c.txt", "é\nx") == "Wrote new file a/b/c.txt (2 lines, 4 bytes)."
    assert (root / "a/b/c.txt").read_bytes() == "é\nx".encode()
    assert names(root / "a/b") == {"c.txt"}
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((root / "a/b/c.txt").stat().st_mode) == 0o666 & ~umask
    assert await said(call, "empty", "") == "Wrote new file empty (0 lines, 0 bytes)."


async def test_what_was_not_read_is_not_replaced(call: Call, write: Write) -> None:
    file = write("a", "old")
    assert await error(call, "a") == (
        "a exists and was not read in this run. Read it first, "
        "change it with edit_file, or write to another path."
    )
    await call(read_file, path="a")
    assert await said(call, "./a", "new\n") == "Replaced a (1 lines, 4 bytes)."
    assert await said(call, "a", "newer\n") == "Replaced a (1 lines, 6 bytes)."
    file.write_text("by somebody else")
    assert await error(call, "a") == ("a was changed since it was read. Read it again first.")
    assert file.read_text() == "by somebody else"


async def test_what_was_written_or_edited_is_known(call: Call, write: Write) -> None:
    await said(call, "a", "one")
    await call(edit_file, path="a", old_string="one", new_string="two")
    await said(call, "a", "three")
    file = write("b", "unread")
    await call(edit_file, path="b", old_string="unread", new_string="edited")
    assert "was not read in this run" in await error(call, "b")
    assert file.read_text() == "edited"


async def test_a_run_does_not_know_what_another_read(call: Call, write: Write, root: Path) -> None:
    write("a", "old")
    await call(read_file, path="a")
    other = ToolContext(Workspace(root))
    result = await write_file.call({"path": "a", "content": "new"}, other)
    assert result.is_error
    free = replace(other, read_before_write=False)
    assert not (await write_file.call({"path": "a", "content": "new"}, free)).is_error


def test_as_a_function_it_replaces_what_is_there(
    root: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("a", "old")
    monkeypatch.chdir(root)
    assert write_file("a", "new") == "Replaced a (1 lines, 3 bytes)."
    assert file.read_text() == "new"


async def test_mode_line_ends_and_mark_are_kept(call: Call, write: Write) -> None:
    file = write("a", b"\xef\xbb\xbfone\r\ntwo\r\n")
    file.chmod(0o750)
    await call(read_file, path="a")
    await said(call, "a", "three\nfour\r\nfive")
    assert file.read_bytes() == b"\xef\xbb\xbfthree\r\nfour\r\nfive"
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


async def test_a_mode_that_only_the_owner_may_read_is_never_wider(call: Call, write: Write) -> None:
    file = write("a", "old")
    file.chmod(0o600)
    await call(read_file, path="a")
    await said(call, "a", "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_link_stays_and_its_target_is_written(call: Call, root: Path, write: Write) -> None:
    target = write("real/file", "old")
    (root / "link").symlink_to("real/file")
    (root / "dangling").symlink_to("real/new")
    await call(read_file, path="link")
    assert (await said(call, "link", "new")).startswith("Replaced real/file ")
    assert (await said(call, "dangling", "x")).startswith("Wrote new file real/new ")
    assert (root / "link").is_symlink()
    assert target.read_text() == "new"


async def test_the_other_name_of_a_hard_link_keeps_its_content(
    call: Call, root: Path, write: Write
) -> None:
    outside = root.parent / "outside"
    outside.write_text("old")
    (root / "inside").hardlink_to(outside)
    await call(read_file, path="inside")
    await said(call, "inside", "new")
    assert outside.read_text() == "old"


async def test_what_cannot_be_written_is_explained(call: Call, root: Path, write: Write) -> None:
    write("file", "x")
    write("fixed", "x").chmod(0o444)
    (root / "folder").mkdir()
    os.mkfifo(root / "pipe")
    (root / "out").symlink_to(root.parent)
    assert await error(call, "folder") == "folder is a folder; list_dir shows what is in it."
    assert await error(call, ".") == ". is a folder; give the path of a file."
    assert await error(call, "pipe") == "pipe is a pipe, socket or device, and no regular file."
    assert await error(call, "fixed") == "fixed is read-only (mode 0444)."
    assert await error(call, "file/below") == "file is not a folder."
    assert await error(call, "file/below/deeper") == "file/below is not a folder."
    assert "outside the workspace" in await error(call, "../x")
    assert "outside the workspace" in await error(call, "out/x")
    assert "File name too long" in await error(call, "x" * 300)
    assert "control characters" in await error(call, "a\nb")
    assert "control characters" in await error(call, os.fsdecode(b"caf\xe9"))
    assert names(root) == {"file", "fixed", "folder", "pipe", "out"}
    assert names(root.parent) == {"workspace"}


def test_half_a_character_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with pytest.raises(Exception, match="half a character"):
        write_file("a", "\ud83d")
    assert names(root) == set()


async def test_a_cancelled_call_writes_nothing(
    call: Call, root: Path, context: ToolContext
) -> None:
    context.cancellation.set()
    assert await error(call, "folder/a") == "The call was cancelled."
    assert names(root) <= {"folder"}
    assert not (root / "folder/a").exists()


async def test_it_acts(call: Call) -> None:
    assert not write_file.read_only
    assert not edit_file.read_only


@quick
@given(content=st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_what_is_written_is_what_is_read(
    content: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("w")
    context = ToolContext(Workspace(root))
    _in(context, lambda: write_file("a", content))
    assert (root / "a").read_bytes() == content.encode()


def _in(context: ToolContext, act: Callable[[], object]) -> None:
    token = CONTEXT.set(context)
    try:
        act()
    finally:
        CONTEXT.reset(token)
