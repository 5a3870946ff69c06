"""The cases of `tests/data/command-cases.json`, run through the tools they name.

What a policy says of the commands is tested with the policy; here that nothing happens where it
says no, and that what it allows is run. Commands are not in a sandbox: the policy has to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rookery.policy.command import CommandPolicy
from rookery.policy.decision import Decision
from rookery.sandbox.choose import probe
from rookery.tools import (
    Tool,
    ToolContext,
    ToolResult,
    Workspace,
    bash,
    grep,
    list_dir,
    read_file,
    write_file,
)
from rookery.tools.call import run_tool

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "command-cases.json").read_text(encoding="utf-8")
)
EVIL = "#!/bin/sh\ntouch pwned\nexec cat\n"


def rows(*kinds: str) -> Any:
    found = [row for row in ROWS if row["kind"] in kinds]
    return pytest.mark.parametrize("row", found, ids=[row["id"] for row in found])


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with files that the cases name, one with a hostile configuration below it, and
    secrets outside."""
    house = tmp_path_factory.mktemp("house")
    root = house / "workspace"
    (root / "evilrepo").mkdir(parents=True)
    (root / "f.txt").write_text("a\nb\n")
    (root / "a.bin").write_bytes(b"\0\xff" * 10)
    for name in ("evil.sh", "ls", "touch"):
        (root / name).write_text(EVIL)
        (root / name).chmod(0o755)
    for folder in (root, root / "evilrepo"):
        _git(folder, "init", "-q")
        _git(folder, "add", "f.txt" if folder == root else ".")
        _git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    _git(root / "evilrepo", "config", "core.fsmonitor", "touch pwned; false")
    subprocess.run(["tar", "cf", "a.tar", "f.txt"], cwd=root, check=True)
    (house / "workspace-secrets").mkdir()
    (house / "workspace-secrets" / "a").write_text("secret")
    (house / "bashrc").write_text("old")
    (root / "link-to-etc").symlink_to("/etc")
    (root / "link-to-home-bashrc").symlink_to("../bashrc")
    return house


@pytest.fixture
def root(furnished: Path, tmp_path: Path) -> Path:
    house = shutil.copytree(furnished, tmp_path / "house", symlinks=True)
    return house / "workspace"


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=n", "-c", "user.email=e@x"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def context(root: Path) -> Iterator[ToolContext]:
    context = ToolContext(Workspace(root), sandbox="none", read_before_write=False)
    yield context
    context.state.close()


def call(tool: Tool, given: dict[str, Any], context: ToolContext) -> ToolResult:
    return asyncio.run(run_tool(tool, given, context))


def everything(folder: Path) -> dict[str, str]:
    """A digest of each file, but those of git's index, which `git status` may refresh."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(
            bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or path.is_file()) and path.name != "index"
    }


@rows("bash")
def test_a_command_does_nothing_where_the_policy_says_no(
    row: dict[str, Any], context: ToolContext, root: Path
) -> None:
    before = everything(root.parent)
    decision = CommandPolicy(allow=row["allowed_commands"]).check(row["command"])
    result = call(bash, {"command": row["command"]}, replace(context, decision=decision))
    assert result.is_error == (row["verdict"] != "allow"), result.content
    if row["verdict"] == "allow":
        assert "exit status" in str(result.content)
    assert everything(root.parent) == before


def test_the_harm_is_real(furnished: Path, tmp_path: Path) -> None:
    """With bash the commands do what the test above looks for."""
    harmful = [row for row in ROWS if row["kind"] == "bash" and row["verdict"] != "allow"]
    done = set()
    for row in harmful:
        house = shutil.copytree(furnished, tmp_path / row["id"], symlinks=True)
        root = house / "workspace"
        before = everything(house)
        call(bash, {"command": row["command"].replace("\0", ""), "timeout": 2}, _free(root))
        if everything(house) != before:
            done.add(row["id"])
    assert len(done) >= 70


def _free(root: Path) -> ToolContext:
    return ToolContext(Workspace(root), sandbox="none", decision=Decision("allow"))


FILES: dict[str, Tool] = {
    "read_file": read_file,
    "write_file": write_file,
    "list_dir": list_dir,
    "grep": grep,
}


def _many(root: Path) -> None:
    (root / "many").mkdir()
    for number in range(2_000):
        (root / "many" / str(number)).touch()


def _huge(root: Path) -> None:
    (root / "huge").write_bytes(b"a" * (20 << 20))


SETUP: dict[str, Callable[[Path], None]] = {"file-ignored-list": _many, "grep-huge-line": _huge}


@rows(*FILES)
def test_a_file_tool_keeps_to_its_bounds(
    row: dict[str, Any], context: ToolContext, root: Path
) -> None:
    given = json.loads(row["command"].replace("<workspace>", str(root)))
    given.pop("setup", None)
    if given.pop("entries", None):
        given["path"] = "many"
    if "path" in given:
        given["path"] = given["path"].replace("<5000 x a>", "a" * 5_000)
    if row["id"] in SETUP:
        SETUP[row["id"]](root)
    before = everything(root.parent)
    result = call(FILES[row["kind"]], given, context)
    text = str(result.content)
    assert "secret" not in text.replace("workspace-secrets", "")
    if row["verdict"] == "truncate":
        assert not result.is_error
        assert len(text) < 40_000
    else:
        assert result.is_error
    assert everything(root.parent) == before


def _gone(pid: int) -> bool:
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(not probe("bubblewrap").works, reason="bubblewrap does not work here")
@rows("runtime")
def test_a_command_keeps_to_its_bounds(
    row: dict[str, Any], context: ToolContext, root: Path
) -> None:
    """In the sandbox, with nothing but it to hold the command."""
    inside = replace(context, sandbox="bubblewrap")
    (root / ".env").write_text("SECRET=1\n")
    before = everything(root.parent)
    start = time.monotonic()
    answer = str(call(bash, {"command": row["command"], "timeout": 30}, inside).content)
    note = answer.splitlines()[-1]
    match row["verdict"]:
        case "truncate":
            assert "it wrote too much" in note
            assert len(answer) < 40_000
        case "allow":
            assert note.startswith("(exit status 0, ")
        case "deny":
            # A debugger that may not attach ends with status 0.
            refused = "Operation not permitted" in answer
            assert refused or re.match(r"\(exit status [1-9]", note), answer
        case "kill":
            assert "stopped" not in note  # nothing had to be waited for
            assert time.monotonic() - start < 30
            assert not _children()
    assert everything(root.parent) == before


def _children() -> list[str]:
    """The processes of the cases that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[:2] == [b"sleep", b"600"] and not _gone(int(folder.name)):
                found.append(folder.name)
    return found
