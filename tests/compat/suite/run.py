"""Runs the official Python client's own API tests against a rookery server."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from rookery.gateway.gateway import Gateway
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from tests.compat.environments import RUN_SETUP, installed

FILES = (
    "test_messages.py",
    "test_models.py",
    "beta/test_messages.py",
    "beta/test_models.py",
)
"""The files of the suite whose endpoints rookery has, below its tests/api_resources."""

NAME = "anthropic-suite"
"""Of the environment of the suite, a row of clients.txt."""

SECONDS = 300
_KEY = "my-anthropic-api-key"
_FOLDER = "tests/api_resources/"
_COMMAND = ("-m", "pytest", "-q", "-o", "addopts=-p tests._alias_httpx", "-p", "no:cacheprovider")


class Outcome(Struct, frozen=True):
    """What became of one case."""

    id: str
    outcome: Literal["passed", "failed", "skipped"]
    sent: int
    """Requests that it sent; a case may need none."""
    status: int | None = None
    message: str | None = None
    """Of the error that the server answered, if that is what ended the case."""
    fault: str = ""

    @property
    def file(self) -> str:
        """The file, below tests/api_resources."""
        return self.id.partition("::")[0].removeprefix(_FOLDER)

    @property
    def test(self) -> str:
        """The name of its function: without class (sync, async) and variant (loose, strict...)."""
        return self.id.rpartition("::")[2].partition("[")[0]

    @property
    def seen(self) -> str:
        """What ended the case, in words."""
        return f"{self.status} {self.message}" if self.status else self.fault


class SuiteError(Exception):
    """The suite could not be run."""


def run(files: tuple[str, ...] = FILES) -> list[Outcome]:
    """Return what became of each case of these files. Raises SuiteError."""
    home = installed(NAME)
    if home is None:
        raise SuiteError(f".venvs/{NAME} {RUN_SETUP}")
    source = home / "source"
    provider = ScriptedProvider({"rules": [{"reply": "hello"}]})
    with LocalServer(Gateway(provider), key=_KEY) as server, tempfile.TemporaryDirectory() as temp:
        record = Path(temp) / "record.jsonl"
        environment = {
            "HOME": temp,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANTHROPIC_OPEN_TELEMETRY": "false",
            "TEST_API_BASE_URL": server.url,
            "RECORD": str(record),
        }
        paths = [_FOLDER + file for file in files]
        done = subprocess.run(
            [str(home / "bin" / "python"), *_COMMAND, "-p", "recorder", *paths],
            env=environment,
            cwd=source,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode not in {0, 1}:  # all passed, or some failed
            raise SuiteError(f"the suite could not be run:\n{done.stdout}\n{done.stderr}")
        lines = record.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Outcome) for line in lines]
