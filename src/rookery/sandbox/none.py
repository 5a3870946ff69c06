"""No sandbox: the program runs with all that the user may do. Only by this explicit name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rookery.sandbox import group
from rookery.sandbox.base import Bounds, Child, Probe
from rookery.sandbox.environment import at_home


class Unconfined:
    """Guarantees nothing. The program still has its own session, environment and home."""

    name = "none"

    def probe(self) -> Probe:
        """Tell that it works, and that it confines nothing."""
        return Probe(
            name=self.name,
            works=True,
            problem="commands can read, change and send whatever this user can",
        )

    def start(
        self,
        argv: Sequence[str],
        bounds: Bounds,
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: int,
        stdout: int,
        stderr: int,
    ) -> Child:
        """Start a program; of the bounds only `tmp` has a meaning here."""
        process = group.start(
            argv,
            cwd=cwd,
            env=at_home(env, bounds.tmp),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )
        return group.GroupChild(process)
