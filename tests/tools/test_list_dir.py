from __future__ import annotations

import os
from pathlib import Path

from rookery.tools import Tool, ToolContext, Workspace, glob, grep, list_dir, read_file
from tests.tools.conftest import Call, Write


async def lines(call: Call, path: str = ".", **options: int) -> list[str]:
    result = await call(list_dir, path=path, **options)
    assert not result.is_error, result.content
    return str(result.content).split("\n")


async def test_a_folder_with_types_and_sizes(call: Call, root: Path, write: Write) -> None:
    write("b.txt", "x" * 1234)
    write("a/inner.txt", "12")
    write(".git/config", "")
    write(".hidden", "")
    write("new\nline", "")
    (root / "link").symlink_to("a/inner.txt")
    (root / "out").symlink_to("/etc")
    os.mkfifo(root / "pipe")
    assert await lines(call) == [
        ".:",
        ".git/ (not entered)",
        ".hidden 0",
        "a/",
        "b.txt 1,234",
        "link -> a/inner.txt",
        "new\ufffdline 0",
        "out -> (outside the workspace)",
        "pipe (pipe, socket or device)",
    ]
    assert (await lines(call, depth=2))[1:6] == [
        ".git/ (not entered)",
        ".hidden 0",
        "a/",
        "  inner.txt 2",
        "b.txt 1,234",
    ]
    assert await lines(call, ".git") == [".git:", "config 0"]


async def test_it_is_bounded(call: Call, root: Path) -> None:
    for number in range(1100):
        (root / f"f{number:04}").touch()
    listed = await lines(call)
    assert listed[1000:] == ["f0999 0", "(there is more; list the folders one by one, or use glob)"]


async def test_an_empty_folder_and_what_is_none(call: Call, root: Path, write: Write) -> None:
    (root / "empty").mkdir()
    write("file", "")
    assert await lines(call, "empty") == ["empty (empty)"]
    for path, message in {
        "file": "file is not a folder.",
        "none": "none does not exist; glob can find the path.",
        "..": ".. is outside the workspace.",
    }.items():
        result = await call(list_dir, path=path)
        assert result.is_error
        assert str(result.content).startswith(message)


async def test_further_folders_have_a_name(root: Path, write: Write) -> None:
    docs = root.parent / "docs"
    docs.mkdir()
    (docs / "guide.md").write_text("needle\n")
    write("a", "needle\n")
    context = ToolContext(Workspace(root, roots={"docs": docs}))

    async def said(tool: Tool, **values: object) -> str:
        return str((await tool.call(values, context)).content)

    assert await said(list_dir) == ".:\n@docs/ (another folder)\na 7"
    assert await said(list_dir, path="@docs") == "@docs:\nguide.md 7"
    assert await said(grep, pattern="needle") == "a:1:needle"
    assert await said(grep, pattern="needle", path="@docs") == "@docs/guide.md:1:needle"
    assert await said(glob, pattern="*", path="@docs") == "@docs/guide.md"
    assert (await said(read_file, path="@docs/guide.md")).startswith("@docs/guide.md (lines 1-1")
    assert (await said(read_file, path=str(docs / "guide.md"))).startswith("@docs/guide.md (lines")
