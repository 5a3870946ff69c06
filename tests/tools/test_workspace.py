from __future__ import annotations

from pathlib import Path

import pytest

from rookery.errors import AgentError, ToolError
from rookery.tools import ToolContext, Workspace, write_file
from rookery.tools.base import CONTEXT
from tests.tools.conftest import Write


def test_paths_are_relative_to_the_root_or_inside_it(root: Path, write: Write) -> None:
    write("src/main.py", "x")
    workspace = Workspace(root)
    for path in ("src/main.py", "./src//main.py", "src/../src/main.py", str(root / "src/main.py")):
        assert workspace.resolve(path) == root / "src/main.py"
        assert workspace.relative(path) == "src/main.py"
    for path in (".", "", "src/..", str(root)):
        assert workspace.relative(path) == "."
    assert workspace.relative("new/file.txt") == "new/file.txt"


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../workspace2/file",
        "src/../../x",
        "/etc/passwd",
        "/",
        "//etc/passwd",
        "/proc/self/environ",
        "etc/passwd",
        "up/x",
        "self/../../x",
    ],
)
def test_paths_that_lead_outside(root: Path, path: str) -> None:
    (root / "etc").symlink_to("/etc")
    (root / "up").symlink_to("..")
    (root / "self").symlink_to(".")
    workspace = Workspace(root)
    for use in (workspace.resolve, workspace.relative, workspace.open):
        with pytest.raises(ToolError, match="is outside the workspace"):
            use(path)


def test_a_sibling_whose_name_starts_like_the_root_is_outside(root: Path) -> None:
    with pytest.raises(ToolError, match="outside"):
        Workspace(root).resolve(f"{root}-other/file")


def test_links_inside_are_followed(root: Path, write: Write) -> None:
    write("real/file", "inside")
    (root / "link").symlink_to("real")
    (root / "absolute").symlink_to(root / "real" / "file")
    workspace = Workspace(root)
    assert workspace.relative("link/file") == "real/file"
    for path in ("link/file", "absolute"):
        with workspace.open(path) as file:
            assert file.read() == b"inside"


def test_the_root_may_be_reached_by_a_link(root: Path, write: Write) -> None:
    write("file", "inside")
    alias = root.parent / "alias"
    alias.symlink_to(root)
    workspace = Workspace(alias)
    assert workspace.root == root
    assert workspace.relative(alias / "file") == "file"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a\0b", "A path cannot contain NUL characters."),
        ("none.txt", "none.txt does not exist; glob can find the path."),
        ("file/below", "file/below does not exist"),
        ("x" * 300, "File name too long"),
        ("loop", "loop"),
        ("x/" * 3000, "The path is too long: x/x/"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_cannot_be_opened_is_explained(
    root: Path, write: Write, path: str, message: str
) -> None:
    write("file", "")
    (root / "loop").symlink_to("loop")
    with pytest.raises(ToolError, match=message):
        Workspace(root).open(path)


def test_the_root_of_the_file_system_is_a_workspace_too() -> None:
    assert Workspace("/").relative("/etc") == "etc"


def test_a_workspace_needs_a_folder(root: Path, write: Write) -> None:
    write("file", "")
    for path in (root / "none", root / "file"):
        with pytest.raises(AgentError, match="is not a folder"):
            Workspace(path)


def test_further_folders_have_names(root: Path, write: Write) -> None:
    docs = root.parent / "docs"
    docs.mkdir()
    (docs / "guide").write_text("guide")
    write("@docs/own", "own")
    workspace = Workspace(root, roots={"docs": docs})
    assert workspace.names == ["@docs"]
    for path in ("@docs/guide", "@docs//./x/../guide", str(docs / "guide"), "../docs/guide"):
        assert workspace.relative(path) == "@docs/guide"
        assert workspace.resolve(path) == docs / "guide"
    assert workspace.relative("@docs") == "@docs"
    assert workspace.relative("./@docs/own") == "@docs/own"
    assert workspace.resolve("./@docs/own") == root / "@docs" / "own"
    with pytest.raises(ToolError, match=r"outside the workspace.*Other folders: @docs\."):
        workspace.place("@docs/../secret")
    with pytest.raises(ToolError, match="outside"):
        workspace.place("@docs//etc/../../../etc/passwd")


def test_of_folders_inside_each_other_the_inner_one_rules(root: Path) -> None:
    for path in ("fixed/open", "plain"):
        (root / path).mkdir(parents=True)
    outer = {"all": root.parent, "fixed": root / "fixed", "open": root / "fixed" / "open"}
    workspace = Workspace(root, roots=outer, writable=["open"])
    writable = {path: workspace.place(path).writable for path in ("a", "fixed/a", "fixed/open/a")}
    assert writable == {"a": True, "fixed/a": False, "fixed/open/a": True}
    assert workspace.relative("fixed/open/a") == "@open/a"
    assert not workspace.place("../a").writable


def test_only_folders_that_are_named_can_be_written(root: Path) -> None:
    for name in ("docs", "out"):
        (root.parent / name).mkdir()
    roots = {name: root.parent / name for name in ("docs", "out")}
    context = ToolContext(Workspace(root, roots=roots, writable=["out"]))
    token = CONTEXT.set(context)
    try:
        assert write_file("@out/a", "x") == "Wrote new file @out/a (1 lines, 1 bytes)."
        with pytest.raises(ToolError, match=r"^@docs/a is in a folder that can only be read\.$"):
            write_file("@docs/a", "x")
    finally:
        CONTEXT.reset(token)
    assert not list((root.parent / "docs").iterdir())


@pytest.mark.parametrize(
    ("roots", "writable", "message"),
    [
        ({"a/b": "."}, (), "cannot name a folder"),
        ({"": "."}, (), "cannot name a folder"),
        ({"a": "/none"}, (), "is not a folder"),
        ({"a": "."}, ("b",), "writable must hold names"),
        ({"a": "."}, "a", "writable must hold names"),
        ({}, ("a",), "writable must hold names"),
    ],
)
def test_what_cannot_be_a_further_folder(
    root: Path, roots: dict[str, str], writable: tuple[str, ...], message: str
) -> None:
    with pytest.raises(AgentError, match=message):
        Workspace(root, roots=roots, writable=writable)
