"""Runs a program of examples/ as a user would: in a process and an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rookery.errors import SandboxError
from rookery.gateway.meter import MemoryUsage
from rookery.providers.base import Provider
from rookery.providers.offline.provider import OfflineProvider
from rookery.providers.scripted.loading import load
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.sandbox.choose import choose
from rookery.testing import provider_server
from tests.architecture.source import ROOT

EXAMPLES = ROOT / "examples"
PROGRAMS = sorted(
    path.stem for path in EXAMPLES.glob("*.py") if path.stem not in ("backend", "official")
)
STAND_INS = {"offline": "the offline engine", "scripted": "the scripted provider"}


class Program:
    """A program, and whether it runs alone or with a key."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.folder = folder
        self._environment = environment

    def run(self, *arguments: str) -> list[str]:
        """Run it and return what it printed, without the line that says what it runs on."""
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        done = subprocess.run(
            [sys.executable, str(EXAMPLES / f"{self.name}.py"), *arguments],
            cwd=self.folder,
            env={**clean, **self._environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        first, *rest = done.stdout.splitlines()
        if url := self._environment.get("ANTHROPIC_BASE_URL"):
            assert first == f"Running on the Claude API at {url}."
        else:
            assert first.startswith(f"Running on {STAND_INS[stand_in(self.name)]} (")
            assert "not a language model" in first
        return rest

    @property
    def shop(self) -> Path:
        """The copy of examples/data/shop that the program worked in."""
        [path] = self.folder.glob("rookery-example-*/shop")
        return path


def has_sandbox() -> bool:
    """Say whether commands can be run here as they are without a policy."""
    try:
        choose()
    except SandboxError:
        return False
    return True


def stand_in(name: str) -> str:
    """Return what a program runs on without a key: a script lies beside it, or none does."""
    return "scripted" if (EXAMPLES / f"{name}.yaml").exists() else "offline"


def backend(name: str) -> Provider:
    """Return a provider that answers as the stand-in of a program does."""
    if stand_in(name) == "offline":
        return OfflineProvider()
    return ScriptedProvider(load(EXAMPLES / f"{name}.yaml"))


@contextmanager
def with_key(name: str, folder: Path, provider: Provider | None = None) -> Iterator[Program]:
    """Give a program with a key in its environment, for a server that stands for the API."""
    with provider_server(provider or backend(name)) as server:
        environment = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": server.key}
        yield Program(name, folder, environment)
        usage = server.gateway.usage
        assert isinstance(usage, MemoryUsage) and usage.rows
