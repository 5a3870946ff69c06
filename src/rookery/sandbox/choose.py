"""Which sandbox is used: the best one that works here and gives what is required."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module

from rookery.errors import SandboxError
from rookery.sandbox.base import Guarantees, Probe, Sandbox

TIERS = {
    "bubblewrap": ("bubblewrap", "Bubblewrap"),
    "landlock": ("landlock", "Landlock"),
    "seatbelt": ("seatbelt", "Seatbelt"),
    "none": ("none", "Unconfined"),
}
"""The sandboxes, best first: name, module and class. `none` is never chosen by itself."""

REQUIRED = Guarantees(fs_read=True, fs_write=True, net=True, kill_tree=True)
"""What `auto` asks for: what makes it safe to run a command that nobody looked at."""


def choose(name: str = "auto", require: Guarantees | None = None) -> Sandbox:
    """Return the sandbox of this name; for `auto` the best one that has the guarantees.

    `require` is what it must guarantee on this machine: by default `REQUIRED` for `auto`, and
    nothing for a name, since who names one has decided. Raises SandboxError, which says for every
    sandbox what is missing and what to do about it. Never falls back to less.
    """
    if name == "auto":
        return _best(REQUIRED if require is None else require)
    if name not in TIERS:
        raise SandboxError(f"There is no sandbox {name!r}; there are auto, {', '.join(TIERS)}.")
    problem = _shortfall(probe(name), require or Guarantees())
    if problem:
        raise SandboxError(f"The sandbox {name} cannot be used here.\n{problem}")
    return tier(name)


def probes() -> list[Probe]:
    """Try every sandbox on this machine, best first."""
    return [probe(name) for name in TIERS]


@cache
def tier(name: str) -> Sandbox:
    """Return the one sandbox of this name in the process, whether or not it works here."""
    module, made = TIERS[name]
    found: Sandbox = getattr(import_module(f"rookery.sandbox.{module}"), made)()
    return found


def load() -> None:
    """Import all that commands may need, so that no event loop waits for it when one is run."""
    for module, _ in (*TIERS.values(), ("proxy", "")):
        import_module(f"rookery.sandbox.{module}")


@cache
def probe(name: str) -> Probe:
    """Try a sandbox, once a process."""
    return tier(name).probe()


def _best(require: Guarantees) -> Sandbox:
    problems = []
    for name in TIERS:
        if name == "none":
            continue
        problem = _shortfall(probe(name), require)
        if not problem:
            return tier(name)
        problems.append(problem)
    wanted = ", ".join(Guarantees().lacks(require))
    if sys.platform == "win32":
        raise SandboxError("Windows has no sandbox for commands: run the program in WSL2.")
    raise SandboxError(
        f"No sandbox on this machine guarantees {wanted}, so commands are not run.\n"
        + "\n".join(problems)
        + '\nsandbox="none" runs commands without any protection; only by this name.'
    )


def _shortfall(found: Probe, require: Guarantees) -> str:
    """Return a line for people about what keeps a sandbox from being used; empty: nothing."""
    missing = found.guarantees.lacks(require)
    if found.works and not missing:
        return ""
    said = [found.problem or f"it does not guarantee {', '.join(missing)}"]
    if found.works and found.problem:
        said = [f"it does not guarantee {', '.join(missing)}: {found.problem}"]
    if found.remedy:
        said.append(found.remedy)
    return f"  {found.name}: {'; '.join(said)}"
