"""What can be read, and how it is mounted."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from rookery.errors import SandboxError
from rookery.sandbox import choose, mounts, reads
from rookery.sandbox.base import Bounds, ResourceLimits
from tests.sandbox.common import bash, bounds_in, run

works = pytest.mark.skipif(not choose.probe("bubblewrap").works, reason="bubblewrap is missing")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with programs and with secrets beside them."""
    home = tmp_path / "home"
    for name in (
        *(".cargo/bin", ".cargo/registry", ".rustup/toolchains/stable", ".local/bin"),
        *(".local/lib", ".local/share/keyrings", ".local/share/uv/tools", ".ssh", "bin"),
        *(".pyenv/shims", ".pyenv/versions", "project/.venv/bin", "project/.venv/lib"),
    ):
        (home / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    return home


def test_programs_of_the_home_are_shown_without_what_lies_beside_them(home: Path) -> None:
    folders = [".cargo/bin", ".local/bin", ".pyenv/shims", "bin", "project/.venv/bin", "."]
    shown = reads.installations(":".join(str(home / name) for name in folders))
    assert sorted(str(p.relative_to(home)) for p in shown if p.is_relative_to(home)) == [
        ".cargo/bin",
        ".local/bin",
        ".local/lib",
        ".local/share/uv",
        ".pyenv/shims",
        ".pyenv/versions",
        ".rustup/toolchains",
        "bin",
        "project/.venv",
    ]
    assert not [path for path in shown if home.is_relative_to(path)]


def test_a_workspace_with_the_home_in_it_is_refused(home: Path, tmp_path: Path) -> None:
    for workspace in (home, home.parent, Path("/")):
        with pytest.raises(SandboxError, match="has the home directory"):
            reads.named(Bounds(workspace=workspace, tmp=tmp_path))
    assert reads.named(Bounds(workspace=home / "project", tmp=tmp_path))[0] == home / "project"
    with pytest.raises(SandboxError, match="No such file"):
        reads.named(Bounds(workspace=home / "missing", tmp=tmp_path))


def test_of_etc_only_what_every_user_may_read(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    for name, mode in (("open/all", 0o644), ("open/one", 0o600), ("closed", 0o640)):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(mode)
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("closed")
    hidden = set(reads._private(tmp_path))
    assert {str(path.relative_to(tmp_path)) for path in hidden} == {"open/one", "closed", "folder"}
    assert list(reads._without(tmp_path, hidden)) == [tmp_path / "open/all"]
    assert Path("/etc/shadow") not in reads.readable(bounds_in(tmp_path), "/usr/bin")


@works
def test_a_workspace_in_the_other_folder_for_temporary_files() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        done = bash(choose.choose("bubblewrap"), "touch made; touch ../no", bounds_in(Path(folder)))
        assert done.status == 1
        names = {path.name for path in Path(folder).rglob("*")}
        assert "made" in names
        assert "no" not in names


@works
def test_readable_roots_and_those_inside_others(tmp_path: Path) -> None:
    for name in ("workspace/kept", "more", "out"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("text\n")
    kept, more, out = tmp_path / "workspace/kept", tmp_path / "more", tmp_path / "out"
    bounds = bounds_in(tmp_path, readable=(kept, more), writable=(out,))
    script = f"cat kept/file {more}/file; echo x | tee kept/new {more}/new {out}/new new"
    done = bash(choose.tier("bubblewrap"), script, bounds)
    assert done.output == "text\ntext\nx\n"
    assert [(p / "new").exists() for p in (kept, more, out, bounds.workspace)] == [0, 0, 1, 1]


@works
def test_the_private_folder_is_shared_by_commands_and_cannot_lead_elsewhere(
    tmp_path: Path,
) -> None:
    bounds = bounds_in(tmp_path)
    sandbox = choose.tier("bubblewrap")
    told = bash(sandbox, "echo kept >/tmp/a; echo $HOME; echo $TMPDIR", bounds).output
    assert told.split() == [str(mounts.INSIDE_TMP)] * 2
    assert bash(sandbox, "cat /var/tmp/a", bounds).output == "kept\n"
    if tmp_path.is_relative_to(mounts.INSIDE_TMP):  # where the tests usually run
        top = mounts.INSIDE_TMP / tmp_path.parts[2]
        done = bash(sandbox, f"mv {top} /tmp/b; rmdir {top}; ls -d {top}", bounds)
        assert done.output == f"{top}\n"
        assert "busy" in done.problem
    (bounds.tmp / "link").symlink_to("/etc")
    with pytest.raises(SandboxError, match="must be a folder"):
        mounts.make_points(bounds.tmp, ("link",))


@works
def test_an_installation_in_the_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "venv"
    (home / "bin").mkdir(parents=True)
    (home / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (home / "secret").write_text("")
    (home / "bin" / "hello").write_text("#!/bin/sh\necho hello\n")
    (home / "bin" / "hello").chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}/bin:{os.environ['PATH']}")
    bounds = bounds_in(tmp_path)
    for _ in range(2):  # what the first one leaves in the private folder is there for the second
        done = bash(choose.tier("bubblewrap"), f"hello; cat {home}/pyvenv.cfg; ls {home}", bounds)
        assert done.output == "hello\nhome = /usr/bin\nbin\npyvenv.cfg\n"


@works
def test_what_cannot_start_is_an_error_and_not_a_status(tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path)
    sandbox = choose.tier("bubblewrap")
    with pytest.raises(SandboxError, match="there is no such program"):
        run(sandbox, ["/no/such"], bounds)
    with pytest.raises(SandboxError, match="could not be set up"):
        bash(sandbox, "true", bounds, cwd=Path("/nowhere"))


@works
def test_limits_of_each_process(tmp_path: Path) -> None:
    limits = ResourceLimits(file_size=1 << 20, processes=64, cpu_seconds=77)
    script = "ulimit -t; ulimit -u; ulimit -c; head -c 3M /dev/zero >large; echo $?"
    done = bash(choose.tier("bubblewrap"), script, bounds_in(tmp_path, limits=limits))
    assert done.output == "77\n64\n0\n153\n"  # SIGXFSZ
    assert (tmp_path / "workspace/large").stat().st_size == 1 << 20
