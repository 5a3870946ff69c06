"""What an agent says of the sandbox of its commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from rookery.errors import AgentError
from rookery.sandbox.base import Bounds, Guarantees, ResourceLimits, Sandbox
from rookery.sandbox.choose import TIERS, choose, probe
from rookery.tools.workspace import Workspace

LONGER = 5
"""How many times as long as by default a command may run, where a call asks for it."""


class Sandboxed(Struct, frozen=True):
    """Which sandbox commands run in, and what they may do there."""

    sandbox: str | Sandbox = "auto"
    """A name, or an object that is a sandbox."""
    allow_domains: Sequence[str] = ()
    """Hosts that commands can reach; none: no network."""
    readable: Sequence[str | Path] = ()
    """Folders outside the workspace that commands can read."""
    limits: ResourceLimits = ResourceLimits()
    require: Guarantees | None = None
    """What the sandbox must guarantee; None: for `auto` that nothing outside is read or written,
    no network, and no process left; for a name nothing."""

    def __post_init__(self) -> None:
        """Take lists, too. Raises AgentError for what cannot be."""
        named = self.sandbox
        if isinstance(named, str):
            if named != "auto" and named not in TIERS:
                known = ", ".join(("auto", *TIERS))
                raise AgentError(f"There is no sandbox {named!r}; there are {known}.")
        elif not all(callable(getattr(named, name, None)) for name in ("start", "probe")):
            raise AgentError(f"sandbox must be a name or a sandbox, not {named!r:.100}.")
        for name in ("allow_domains", "readable"):
            value = getattr(self, name)
            if not isinstance(value, list | tuple):
                raise AgentError(f"{name} must be a list, not {value!r:.100}.")
            force_setattr(self, name, tuple(value))
        if not isinstance(self.limits, ResourceLimits):
            raise AgentError(f"limits must be ResourceLimits, not {self.limits!r:.100}.")

    def chosen(self) -> Sandbox:
        """Return the sandbox. Raises SandboxError where none can be used, with what to do."""
        if isinstance(self.sandbox, str):
            return choose(self.sandbox, self.require)
        return self.sandbox

    def guarantees(self) -> Guarantees:
        """Return what the sandbox guarantees here. Raises SandboxError like `chosen`."""
        chosen = self.chosen()
        found = probe(chosen.name) if isinstance(self.sandbox, str) else chosen.probe()
        return found.guarantees

    def bounds(self, workspace: Workspace, tmp: Path) -> Bounds:
        """Return the bounds of commands in a workspace."""
        others = workspace.others
        return Bounds(
            workspace=workspace.root,
            readable=(
                *(Path(place.root) for place in others if not place.writable),
                *(Path(folder) for folder in self.readable),
            ),
            writable=tuple(Path(place.root) for place in others if place.writable),
            tmp=tmp,
            allow_domains=tuple(self.allow_domains),
            limits=self.limits,
        )


def sandboxed(value: Any) -> Sandboxed:
    """Return what `Agent(sandbox=...)` was given as a `Sandboxed`. Raises AgentError."""
    return value if isinstance(value, Sandboxed) else Sandboxed(value)
