"""Trying a sandbox: a small program in it does what is forbidden, and tells what it could do."""

from __future__ import annotations

import io
import os
import select
import socket
import tempfile
from pathlib import Path

from rookery.errors import SandboxError
from rookery.sandbox.base import Bounds, Sandbox
from rookery.sandbox.environment import DEFAULT_PATH

_SCRIPT = """
exec 2>/dev/null
: >inside && : >"$TMPDIR/inside" || echo start
read -r secret <"$1/secret"
[ "$secret" ] && echo fs_read
(: >"$1/written")
(exec 3<>"/dev/tcp/127.0.0.1/$2") && echo net
(: >.git/hooks/post-commit)
(echo >>.git/config)
mv .git moved
echo end
setsid sleep 5 &
"""
"""Prints names of guarantees that do not hold; what it wrote is looked for afterwards.

The last line holds on to the output, so that a process that is left shows.
"""

_SECONDS = 10


def broken(sandbox: Sandbox) -> frozenset[str]:
    """Return the guarantees that do not hold, `start` among them where it cannot even work.

    Raises SandboxError where nothing can be started, with what the system said.
    """
    with tempfile.TemporaryDirectory(prefix="rookery-probe-") as name, _listener() as listener:
        folder = Path(os.path.realpath(name))
        for part in ("workspace/.git/hooks", "workspace/.git/objects", "workspace/.git/refs"):
            (folder / part).mkdir(parents=True)
        (folder / "tmp").mkdir()
        (folder / "workspace/.git/HEAD").write_text("ref: refs/heads/main\n")
        (folder / "workspace/.git/config").write_text("")
        (folder / "secret").write_text("secret\n")
        port = listener.getsockname()[1]
        told = _run(sandbox, folder, ["/bin/bash", "-c", _SCRIPT, "probe", str(folder), str(port)])
        git = folder / "workspace/.git"
        if not git.exists() or any((git / "hooks").iterdir()) or (git / "config").read_text():
            told |= {"protect_git"}
        return told | {"fs_write"} if (folder / "written").exists() else told


def _listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _run(sandbox: Sandbox, folder: Path, argv: list[str]) -> frozenset[str]:
    bounds = Bounds(workspace=folder / "workspace", tmp=folder / "tmp")
    output, given = os.pipe()
    with (
        os.fdopen(output, "rb", buffering=0) as read,
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as problem,
    ):
        try:
            child = sandbox.start(
                argv,
                bounds,
                cwd=bounds.workspace,
                env={"PATH": DEFAULT_PATH},
                stdin=nothing.fileno(),
                stdout=given,
                stderr=problem.fileno(),
            )
        finally:
            os.close(given)
        try:
            status = child.wait(_SECONDS)
        except SandboxError as error:
            problem.seek(0)
            said = problem.read().decode(errors="replace").strip()
            raise SandboxError(said or error.message) from error
        escaped = {"kill_tree"} if _is_held(read) else set()
        child.kill()
        if status is None:
            raise SandboxError(f"A small program did not end in it within {_SECONDS} seconds.")
        told = set(os.read(output, 4096).decode().split()) if escaped or status == 0 else set()
        if "end" not in told:
            raise SandboxError(f"A small program failed in it with status {status}.")
        return frozenset(escaped | told - {"end"})


def _is_held(pipe: io.FileIO) -> bool:
    """Tell whether a process still has the other end, though the sandbox said that all ended."""
    poll = select.poll()
    poll.register(pipe, select.POLLHUP)
    return not any(event & select.POLLHUP for _, event in poll.poll(0))
