"""What the sandbox that is none still does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rookery.errors import SandboxError
from rookery.sandbox.environment import kept
from rookery.sandbox.none import Unconfined
from tests.sandbox.common import bash, bounds_in, run

NONE = Unconfined()


def test_it_runs_in_its_folder_with_the_environment_given(tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path)
    done = bash(NONE, 'pwd; echo "$HOME $TMPDIR $A ${SECRET-}"', bounds, env={"A": "1"})
    assert done.output == f"{bounds.workspace}\n{bounds.tmp} {bounds.tmp} 1 \n"


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137)])
def test_exit_status(script: str, status: int, tmp_path: Path) -> None:
    assert bash(NONE, script, bounds_in(tmp_path)).status == status


def test_what_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"/no/such could not be started: .*No such file"):
        run(NONE, ["/no/such"], bounds_in(tmp_path))
    with pytest.raises(SandboxError, match="null byte"):
        run(NONE, ["/bin/echo", "a\0b"], bounds_in(tmp_path))


def test_wait_with_a_timeout_and_kill_of_the_group(tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path)
    child = NONE.start(
        ["/bin/bash", "-c", "sleep 60 & sleep 60"],
        bounds,
        cwd=bounds.workspace,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert child.wait(0.01) is None
    child.kill()
    assert child.wait() == 137
    child.kill()


def test_the_environment_has_no_secrets_and_no_relative_path() -> None:
    environ = {
        "PATH": ".:bin::/usr/bin:/bin",
        "ANTHROPIC_API_KEY": "sk",
        "MY_TOKEN": "t",
        "SSH_AUTH_SOCK": "/x",
        "LC_ALL": "C",
        "USER": "rook",
        "PYTHONPATH": "/x",
        "LD_PRELOAD": "/x.so",
        "HOME": "/home/rook",
        "https_proxy": "http://user:password@host",
    }
    assert kept(environ) == {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C",
        "USER": "rook",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
    }
    assert kept({"PATH": "."})["PATH"].startswith("/usr/local/bin:")
