"""Git in a workspace: commands can use it, and cannot make it run something outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rookery.sandbox import choose, repositories
from rookery.sandbox.base import Bounds
from rookery.sandbox.git_state import GitState, git_state
from tests.sandbox.common import Done, bash, bounds_in

GIT = ["git", "-c", "user.name=rook", "-c", "user.email=rook@example.com"]
ME = "git config user.name >/dev/null || exit 9; "

pytestmark = pytest.mark.skipif(
    not choose.probe("bubblewrap").guarantees.protect_git,
    reason=f"bubblewrap: {choose.probe('bubblewrap').problem}; {choose.probe('bubblewrap').remedy}",
)
BUBBLEWRAP = choose.tier("bubblewrap")


def git(folder: Path, *arguments: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    command = [*GIT, "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository(folder: Path, *options: str) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    git(folder, "init", "-q", "-b", "main", *options)
    git(folder, "config", "user.name", "rook")
    git(folder, "config", "user.email", "rook@example.com")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


@pytest.fixture
def bounds(tmp_path: Path) -> Bounds:
    repository(tmp_path / "workspace")
    return bounds_in(tmp_path)


def run(script: str, bounds: Bounds) -> tuple[Done, tuple[str, ...]]:
    """Run a script, and return what it changed of what counts."""
    before = git_state(bounds.workspace)
    done = bash(BUBBLEWRAP, script, bounds)
    return done, before.changes(git_state(bounds.workspace))


@pytest.mark.parametrize(
    "script",
    [
        "echo a >a && git add a && git commit -qm two && git log --oneline",
        "git checkout -qb topic && git commit -qm t --allow-empty && git switch -q main",
        "git switch -qc t && git switch -q main && git merge -q --no-ff t && git branch -D t",
        "echo a >a && git add a && git stash -q && git stash pop -q && git restore --staged a",
        "git commit -qm two --allow-empty && git gc -q && git fsck && git reflog && git tag t",
        "git commit -qm two --allow-empty && git rebase -q HEAD~1 && git reset -q --hard HEAD~1",
        "git branch other && git for-each-ref && git cherry-pick --allow-empty main; git status",
        "echo x >x && git add x && git commit -qm x && git revert --no-edit HEAD && git clean -fdx",
    ],
)
def test_ordinary_commands_work(script: str, bounds: Bounds) -> None:
    done, changes = run(ME + script, bounds)
    assert (done.status, changes) == (0, ()), done
    assert git(bounds.workspace, "fsck", "--no-dangling") == ""


@pytest.mark.parametrize(
    "script",
    [
        "echo x >.git/hooks/pre-commit",
        "ln -sf ../../evil .git/hooks/pre-commit",
        "echo '[core] fsmonitor = ./evil' >>.git/config",
        "git config core.fsmonitor ./evil; git config core.hooksPath evil",
        "git config --file .git/config core.pager ./evil",
        "rm -rf .git/hooks .git/config; mkdir -p .git/hooks; echo x >.git/hooks/pre-commit",
        "mv .git/hooks .git/old; mkdir .git/hooks; echo x >.git/hooks/pre-commit",
        "mv .git/config .git/old; echo x >.git/config",
        "echo x >.git/new && mv -f .git/new .git/config",
        "mv .git .old; mkdir .git; cp -r .old/* .git; echo x >>.git/config",
        "rm -rf .git; git init -q; echo x >>.git/config",
        "git init -q --template=/dev/null; git init -q --separate-git-dir=elsewhere",
        "chmod 777 .git/config .git/hooks; echo x >>.git/config",
        "ln .git/config linked && echo x >>linked",
        "exec 3<.git/config; echo x >>/proc/self/fd/3",
        "umount .git/config; umount -l .git; echo x >>.git/config",
        "sed -i s/x/y/ .git/config; truncate -s 0 .git/config; dd if=/dev/null of=.git/config",
    ],
)
def test_hooks_and_configuration_stay(script: str, bounds: Bounds) -> None:
    config = (bounds.workspace / ".git/config").read_bytes()
    hooks = sorted((bounds.workspace / ".git/hooks").iterdir())
    _, changes = run(script, bounds)
    assert changes == ()
    assert (bounds.workspace / ".git/config").read_bytes() == config
    assert sorted((bounds.workspace / ".git/hooks").iterdir()) == hooks


def test_a_file_that_leads_git_elsewhere_does_not_stay(bounds: Bounds) -> None:
    done, changes = run(
        "cp -r .git evil; echo '[core] pager = evil' >>evil/config; echo ../evil >.git/commondir; "
        "git config core.pager",
        bounds,
    )
    assert done.output == "evil\n"  # inside, for as long as the command ran
    assert not (bounds.workspace / ".git/commondir").exists()
    assert [line.split(" ", 1)[0] for line in changes] == ["evil"]


def test_missing_hooks_and_configuration_are_made_empty(bounds: Bounds) -> None:
    for sample in (bounds.workspace / ".git/hooks").iterdir():
        sample.unlink()
    (bounds.workspace / ".git/hooks").rmdir()
    bash(BUBBLEWRAP, "mkdir -p .git/hooks; echo x >.git/hooks/pre-commit", bounds)
    assert list((bounds.workspace / ".git/hooks").iterdir()) == []


def test_repositories_inside_and_bare_ones(bounds: Bounds) -> None:
    inner = repository(bounds.workspace / "a/inner")
    bare = bounds.workspace / "bare.git"
    git(bounds.workspace, "init", "-q", "--bare", str(bare))
    repositories.look(bounds.workspace)
    done, changes = run(
        "echo x >a/inner/.git/hooks/pre-commit; echo x >>bare.git/config; mv bare.git b; "
        "mv a/inner/.git a/g; cd a/inner && git commit -qm in --allow-empty && git log --oneline",
        bounds,
    )
    assert (done.output.count("\n"), changes) == (2, ())
    assert "fsmonitor" not in git(inner, "config", "--list")


def test_a_repository_that_a_command_makes_is_told_and_guarded_from_then_on(
    bounds: Bounds,
) -> None:
    done, changes = run("git init -q new && git -C new config core.pager evil", bounds)
    assert done.status == 0
    assert [line.split(":")[0] for line in changes] == ["new/.git is a new git repository"]
    _, changes = run("git -C new config core.pager worse", bounds)
    assert changes == ()


def test_moving_a_folder_with_a_repository_is_told(bounds: Bounds) -> None:
    repository(bounds.workspace / "sub")
    _, changes = run("mv sub moved && git init -q sub && echo x >>sub/.git/config", bounds)
    assert any(line.startswith("moved/.git is a new git repository") for line in changes)
    assert "sub/.git/config was changed" in changes


def test_submodules(bounds: Bounds, tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    git(bounds.workspace, "submodule", "--quiet", "add", str(other), "sub")
    git(bounds.workspace, "commit", "-qm", "with a submodule")
    done, changes = run(
        "echo x >>.git/modules/sub/config; echo x >.git/modules/sub/hooks/post-checkout; "
        "mv .git/modules .git/m; mv .git/modules/sub .git/modules/s; "
        "echo gitdir: ../evil >sub/.git; rm -f sub/.git; echo gitdir: ../evil >sub/.git; "
        "cd sub && git status --short && git -c user.name=r -c user.email=r@x commit -q "
        "--allow-empty -m in && git log --oneline",
        bounds,
    )
    assert (done.output.count("\n"), changes) == (2, ()), done.problem
    assert git(bounds.workspace / "sub", "status", "--short") == ""


def test_working_trees_elsewhere_keep_their_repository(bounds: Bounds, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(bounds.workspace, "worktree", "add", "-q", str(tree))
    _, changes = run(
        "cp -r .git evil; echo ../../../evil >.git/worktrees/tree/commondir; "
        "mv .git/worktrees .git/w; mv .git/worktrees/tree .git/worktrees/t; rm -rf evil",
        bounds,
    )
    assert changes == ()
    assert git(tree, "log", "--oneline").count("\n") == 1


def test_hooks_and_files_that_the_configuration_names(bounds: Bounds) -> None:
    for name in ("hooks", "more"):
        (bounds.workspace / name).mkdir()
    (bounds.workspace / "hooks/pre-commit").write_text("#!/bin/sh\n")
    (bounds.workspace / "more/config").write_text("[alias]\n")
    git(bounds.workspace, "config", "core.hooksPath", "hooks")
    git(bounds.workspace, "config", "include.path", "../more/config")
    done, changes = run(
        "echo x >hooks/pre-commit; echo x >hooks/post-merge; mv hooks h; echo x >>more/config; "
        "echo y >more/other && git add -A && git commit -qm x",
        bounds,
    )
    assert changes == ()
    assert (bounds.workspace / "more/other").exists()
    assert done.status == 0


def test_settings_of_the_workspace_stay(bounds: Bounds) -> None:
    for name in (".claude/hooks", ".rookery"):
        (bounds.workspace / name).mkdir(parents=True)
    (bounds.workspace / ".claude/settings.json").write_text("{}")
    (bounds.workspace / ".mcp.json").write_text("{}")
    script = "echo x | tee .claude/settings.json .claude/hooks/h .mcp.json .rookery/x; mv .claude c"
    assert run(script, bounds)[1] == ()
    assert run("echo x >rookery.toml", bounds)[1] == ("rookery.toml was made",)


def test_links_are_not_followed_and_told(bounds: Bounds, tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    (bounds.workspace / "linked").mkdir()
    (bounds.workspace / "linked/.git").symlink_to(other / ".git")
    state = git_state(bounds.workspace)
    assert state.unprotected == ("linked/.git is a link, which can be replaced",)
    done, _ = run("cat linked/.git/config", bounds)
    assert done.output == ""


def test_what_is_told_of_changes() -> None:
    before = GitState(frozenset({"a"}), {"a/config": "1", "a/hooks/x": "1", "f": "1"}, ())
    after = GitState(frozenset({"b"}), {"a/config": "2", "b/config": "3", "g": "1"}, ())
    told = [" ".join(line.split(":")[0].split()[:6]) for line in before.changes(after)]
    assert told == [
        "b is a new git repository",
        "a is no longer a git",
        "a/config was changed",
        "a/hooks/x was removed",
        "f was removed",
        "g was made",
    ]
    assert before.changes(before) == ()


def test_links_of_a_repository_are_told(tmp_path: Path) -> None:
    folder = repository(tmp_path / "r")
    (folder / ".git/config.worktree").symlink_to("config")
    assert git_state(folder).unprotected == (
        ".git/config.worktree is a link, which can be replaced",
    )


def test_a_look_needs_nothing_of_linux(tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(tmp_path)
    (tmp_path / ".mcp.json").write_text("{}")
    script = (
        "import os, pathlib, sys\n"
        "del os.O_PATH\n"
        "from rookery.sandbox.git_state import git_state\n"
        "print(*git_state(pathlib.Path(sys.argv[1])).marks)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == [".mcp.json"]
