"""The clients that have environments of their own, made by scripts/setup, and how to run them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = HERE / "node"

NO_NODE = "Node was not found, so the TypeScript client was NOT tested."
NO_CLAUDE = "Claude Code could not be installed, so it was NOT tested."
RUN_SETUP = "is missing or out of date: run scripts/setup"


def node() -> str | None:
    """Return the path of Node, if it is installed."""
    return shutil.which("node")


def installed(name: str) -> Path | None:
    """Return the environment of a row of clients.txt, if scripts/setup has made it."""
    home = ROOT / ".venvs" / name
    return home if _text(home / "requirement") == _requirements(name) else None


def unavailable(name: str) -> bool:
    """Whether scripts/setup could not make the environment of a row that may be missing."""
    return _text(ROOT / ".venvs" / name / "requirement") == "unavailable"


def python_client(name: str) -> list[str]:
    """Return the command of a session with the Python client of a row of clients.txt."""
    home = installed(name)
    if home is None:
        pytest.fail(f".venvs/{name} {RUN_SETUP}", pytrace=False)
    return [str(home / "bin" / "python"), str(HERE / "session.py")]


def current_client() -> list[str]:
    """Return the command of a session with the Python client of these tests."""
    return [sys.executable, str(HERE / "session.py")]


def typescript_client(script: str = "session.mjs") -> list[str]:
    """Return the command of a script with the TypeScript client; skip where there is no Node."""
    program = node()
    if program is None:
        pytest.skip(NO_NODE)
    installed = _text(NODE / "node_modules" / "package.json")
    if installed != _text(NODE / "package.json"):
        pytest.fail(f"{NODE.relative_to(ROOT)}/node_modules {RUN_SETUP}", pytrace=False)
    return [program, str(NODE / script)]


def run(command: list[str], home: Path, **environment: str) -> Any:
    """Run a program in a clean environment and return the JSON that it prints."""
    clean = {"HOME": str(home), "ANTHROPIC_OPEN_TELEMETRY": "false", **environment}
    done = subprocess.run(
        command, env=clean, cwd=home, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _requirements(name: str) -> str:
    rows = (HERE / "clients.txt").read_text(encoding="utf-8").splitlines()
    return dict(row.split(maxsplit=1) for row in rows)[name]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
