"""Path patterns mean what git says that gitignore's do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rookery.errors import PolicyError
from rookery.policy.paths import Folder, PathPattern, literal
from rookery.tools.workspace import Workspace

NAMES = ["a", "b", "ab", ".a", "a.py", "b.py"]
PARTS = [*NAMES, "*", "?", "*.py", "[ab]", "[!a]", "a*", "**"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def matches(text: str, path: str, folder: Path, *, links: bool = False) -> bool:
    found = PathPattern.read(text).expressions(Folder(str(folder)), links=links)
    return any(re.fullmatch(one, str(folder / path)) for one in found)


def ignored(folder: Path, pattern: str, paths: list[str]) -> set[str]:
    (folder / ".gitignore").write_text(pattern + "\n")
    done = subprocess.run(
        ["git", "-C", str(folder), "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(paths),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(done.stdout.split("\0")) - {""}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    anchor=st.sampled_from(["", "/"]),
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
    paths=st.lists(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join),
        min_size=1,
        max_size=20,
        unique=True,
    ),
)
def test_a_pattern_matches_what_git_ignores(
    repository: Path, anchor: str, parts: list[str], paths: list[str]
) -> None:
    pattern = anchor + "/".join(parts)
    theirs = ignored(repository, pattern, paths)
    ours = {path for path in paths if matches(pattern, path, repository)}
    # Here `src/**` is src itself, too: whoever may read all that is in it may list it.
    folder = {path for path in paths if pattern.endswith("/**") and path not in theirs}
    assert ours - folder == theirs


@pytest.mark.parametrize(
    ("pattern", "path", "does"),
    [
        (".env", "a/b/.env", True),
        ("./.env", ".env", True),
        ("./.env", "a/.env", False),
        ("/src", "src/a.py", True),
        ("src/app", "x/src/app", False),
        ("src/", "x/src/app.py", True),
        ("src/**", "src", True),
        ("*", "a", True),
        ("**", "a/b", True),
        (".", "a/b", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("[a-c]x", "bx", True),
        ("a?b", "a/b", False),
        ("a*b", "a/b", False),
        ("a[!x]b", "a/b", False),
        ("a b.txt", "a b.txt", True),
        ("a\nb", "a\nb", True),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, path: str, does: bool) -> None:
    assert matches(pattern, path, tmp_path) is does


def test_absolute_patterns_and_those_of_the_home_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert matches(f"/{tmp_path}/x/**", "x/y", tmp_path)
    assert matches("~/x", "x/y", tmp_path)
    assert not matches("~/x", "y", tmp_path)
    assert matches("//**/y", "x/y", tmp_path)


def test_patterns_of_further_folders(tmp_path: Path) -> None:
    for name in ("work", "docs"):
        (tmp_path / name).mkdir()
    workspace = Workspace(tmp_path / "work", roots={"docs": tmp_path / "docs"})

    def ours(text: str, path: str) -> bool:
        found = PathPattern.read(text).expressions(workspace, links=False)
        return any(re.fullmatch(one, str(tmp_path / path)) for one in found)

    assert ours("@docs/**", "docs/guide.md")
    assert not ours("@docs/**", "work/guide.md")
    assert not ours("@other/**", "docs/guide.md")
    assert ours("*.md", "docs/a/guide.md")  # at any depth is: of every folder
    assert not ours("./*.md", "docs/guide.md")


@pytest.mark.parametrize("pattern", ["!a", "a/../b", "", "[a", "[z-a]"])
def test_patterns_that_cannot_be(pattern: str) -> None:
    with pytest.raises(PolicyError):
        PathPattern.read(pattern)


@given(name=st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8))
def test_a_literal_pattern_is_of_one_path(name: str) -> None:
    if name in {".", ".."}:
        return
    folder = Folder("/")
    found = PathPattern.read(literal(folder, f"x/{name}")).expressions(folder, links=False)
    assert any(re.fullmatch(one, f"/x/{name}") for one in found)
    assert not any(re.fullmatch(one, f"/x/{name}x") for one in found)
