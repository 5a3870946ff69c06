"""With ripgrep and without it, and with one that lies: the answers of grep are the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rookery.tools import ToolContext, Workspace, grep, ripgrep
from tests.tools.conftest import Call, Write

REAL = shutil.which("rg")
Fake = Callable[[str], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Put a program called rg at the front of the path; it is the script that is given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(script: str) -> None:
        (folder / "rg").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "rg").chmod(0o755)

    return make


@pytest.fixture
def tree(root: Path, write: Write) -> Path:
    write("a/x.py", "needle one\nfine\n")
    write("a-b/x.py", "needle two\n")
    write("ignored.txt", "needle ignored\n")
    write(".ignore", "ignored.txt\n")
    write("late", b"x\n" * 5000 + b"\0\nneedle late\n")
    write("marked", b"\xff\xfeneedle raw\n")
    write(".rookery-new-0", "needle of a killed writer\n")
    write("a.txt", "Needle three\n")
    write(".hidden/y", "needle four\r\n")
    write(".gitignore", "a.txt\na-b\n")
    write("node_modules/m", "needle\n")
    write("a/.git/c", "needle\n")
    write("binary", b"needle\0")
    write("latin", b"\xe9 needle \xe9\n")
    write("mark", b"\xef\xbb\xbfneedle five\n")
    write("wide", "\ufeffneedle\n".encode("utf-16-le"))
    write("-rf", "needle six\n")
    write("node_modules.txt", "needle seven\n")
    write("new\nline", "needle eight\n")
    write(os.fsdecode(b"caf\xe9"), "needle nine\n")
    write(".rookery/output/x.txt", "needle\n")
    (root / "link").symlink_to("/etc")
    (root / "link.txt").symlink_to("a.txt")
    os.mkfifo(root / "pipe")
    return root


CASES: list[dict[str, Any]] = [
    {"pattern": "needle"},
    {"pattern": "needle", "ignore_case": True},
    {"pattern": "^needle"},
    {"pattern": "needle$"},
    {"pattern": "needle", "glob": "*.{py,txt}"},
    {"pattern": "needle", "path": "a"},
    {"pattern": "needle", "path": "a/.git"},
    {"pattern": "needle", "path": "a.txt", "ignore_case": True},
    {"pattern": "needle", "path": "."},
    {"pattern": "needle", "context": 1, "max_results": 3},
    {"pattern": "--files"},
    {"pattern": "-v needle"},
    {"pattern": "needle (one|two)"},
    {"pattern": "é needle"},
    {"pattern": "needle", "path": "none"},
    {"pattern": "needle("},
]


@pytest.mark.usefixtures("tree")
@pytest.mark.skipif(REAL is None, reason="ripgrep is not installed")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_answers_are_the_same(
    call: Call, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await call(grep, **case)
    monkeypatch.setenv("PATH", "")
    assert await call(grep, **case) == found


@pytest.mark.usefixtures("tree")
async def test_more_names_than_are_worth_naming(
    call: Call, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(r"printf './a/x.py\0./b/x.py\0'")
    assert (await call(grep, pattern="needle [ot]")).content == "a/x.py:1:needle one"
    monkeypatch.setattr(ripgrep, "MANY", 1)
    assert "a-b/x.py:1:needle two" in str((await call(grep, pattern="needle [ot]")).content)


@pytest.mark.usefixtures("tree")
async def test_it_is_asked_only_for_names(call: Call, fake: Fake, tmp_path: Path) -> None:
    fake(f'printf "%s\\n" "$@" > {tmp_path}/asked; printf "./a/x.py\\0"')
    assert (await call(grep, pattern="Needle|-x-")).content == "a.txt:1:Needle three"
    assert not (tmp_path / "asked").exists()  # No text that every match has: nothing to ask.
    assert (await call(grep, pattern="needle (one|two)")).content == "a/x.py:1:needle one"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[-3:] == ["--regexp=needle ", "--", "."]
    assert "--no-config" in asked


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    "script",
    ["exit 2", "kill -9 $$", "echo nonsense >&2; exit 77", "printf './a/x.py\\0'; exit 2"],
)
async def test_one_that_fails_is_done_without(call: Call, fake: Fake, script: str) -> None:
    expected = await call(grep, pattern="needle one")
    fake(script)
    assert await call(grep, pattern="needle one") == expected
    assert expected.content == "a/x.py:1:needle one"


@pytest.mark.usefixtures("tree")
async def test_names_that_lead_outside_are_not_opened(
    call: Call, fake: Fake, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("needle secret\n")
    names = ["../secret", f"{tmp_path}/secret", "link/passwd", "link.txt", "pipe", "a/.git/c", "a"]
    names += ["./none", "binary", "node_modules/m", "./a/x.py"]
    fake("printf '" + "\\0".join(names) + "\\0'")
    assert (await call(grep, pattern="needle", ignore_case=True)).content == ("a/x.py:1:needle one")


@pytest.mark.usefixtures("tree")
async def test_one_that_hangs_is_ended_with_the_search(fake: Fake, context: ToolContext) -> None:
    fake("exec sleep 1000")
    result = await grep.call({"pattern": "needle"}, replace(context, time_limit=0.5))
    assert result.is_error
    assert "The search was stopped after 0.5 s" in str(result.content)


async def test_a_program_of_the_workspace_is_not_run(
    fake: Fake, tmp_path: Path, write: Write
) -> None:
    fake(f"touch {tmp_path}/ran")
    write("a", "needle\n")
    context = ToolContext(Workspace(tmp_path))
    result = await grep.call({"pattern": "needle"}, context)
    assert "workspace/a:1:needle" in str(result.content)
    assert not (tmp_path / "ran").exists()
