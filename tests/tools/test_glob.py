from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from rookery.tools import ToolContext, glob
from tests.tools.conftest import Call, Write


@pytest.fixture
def tree(root: Path, write: Write) -> Path:
    for path in (
        "README.md",
        "src/a.py",
        "src/a/b.py",
        "src/a-b.py",
        "src/deep/er/c.py",
        ".env",
        ".git/config.py",
        "node_modules/x/x.py",
    ):
        write(path, "")
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("")
    (root / "out").symlink_to(outside)
    (root / "src" / "secret.py").symlink_to(outside / "secret.py")
    (root / "inside.py").symlink_to("src/a.py")
    (root / "again").symlink_to("src")
    (root / "gone.py").symlink_to("nothing")
    return root


async def paths(call: Call, pattern: str, path: str = ".") -> list[str]:
    result = await call(glob, pattern=pattern, path=path)
    assert not result.is_error, result.content
    return str(result.content).split("\n")


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("*", ".", ["README.md", "again/", "inside.py", "node_modules/", "src/"]),
        (
            "**/*.py",
            ".",
            ["inside.py", "src/a-b.py", "src/a.py", "src/a/b.py", "src/deep/er/c.py"],
        ),
        ("*.py", "src", ["src/a-b.py", "src/a.py"]),
        (
            "src/**/",
            ".",
            [
                *("src/", "src/a-b.py", "src/a.py", "src/a/", "src/a/b.py"),
                *("src/deep/", "src/deep/er/", "src/deep/er/c.py"),
            ],
        ),
        ("{README,src/a}.{md,py}", ".", ["README.md", "src/a.py"]),
        (".*", ".", [".env", ".git/"]),
        (".git/*", ".", [".git/config.py"]),
        ("node_modules/**/*.py", ".", ["node_modules/x/x.py"]),
        ("*.py", "again", ["src/a-b.py", "src/a.py"]),
        ("again/*.py", ".", ["No matches in ."]),
        ("out/*", ".", ["No matches in ."]),
        ("**/secret.py", ".", ["No matches in ."]),
        ("nothing", "src", ["No matches in src."]),
    ],
)
async def test_paths_that_match(call: Call, pattern: str, path: str, found: list[str]) -> None:
    if found[0].startswith("No matches"):
        found = [f"No matches in {path}."]
    assert await paths(call, pattern, path) == found


async def test_paths_are_sorted_and_capped(call: Call, write: Write) -> None:
    for number in range(1005):
        write(f"f/{number:04}", "")
    found = await paths(call, "**/*")
    assert found == [
        "f/",
        *(f"f/{number:04}" for number in range(999)),
        "(1000 paths shown, there are more; make the pattern narrower)",
    ]


async def test_the_output_is_bounded(call: Call, write: Write) -> None:
    for number in range(200):
        write(f"{'f' * 200}{number:03}", "")
    found = await paths(call, "*")
    assert found[-1] == "(147 paths shown, there are more; make the pattern narrower)"
    assert sum(map(len, found)) < 30_100


async def test_a_deep_tree(call: Call, root: Path) -> None:
    (root / "/".join(["d"] * 100)).mkdir(parents=True)
    assert len(await paths(call, "**/d")) == 100


async def test_time_is_limited(call: Call, write: Write, context: ToolContext) -> None:
    write("a/b", "")
    result = await glob.call({"pattern": "**/*"}, replace(context, time_limit=-1.0))
    assert result.content == "(stopped after -1 s; make the pattern or path narrower)"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("pattern", "path", "message"),
    [
        ("../*", ".", "../*: a pattern cannot contain '..'; give the folder as path."),
        ("/etc/*", ".", "/etc/*: a pattern is relative to the workspace; leave out the first /."),
        ("*", "/etc", "/etc is outside the workspace."),
        ("*", "out", "out is outside the workspace."),
        ("*", "README.md", "README.md is not a folder."),
        ("*", "none", "none does not exist; glob can find the path."),
    ],
)
async def test_what_is_refused(call: Call, pattern: str, path: str, message: str) -> None:
    result = await call(glob, pattern=pattern, path=path)
    assert result.is_error
    assert str(result.content).startswith(message)
