"""Claude Code without its screen: how it is run, and what it is told to do.

The program is the one that the claude-agent-sdk package brings (clients.txt). It gets a home of its
own, an address of the loopback and a key of the test's, and nothing else of who runs the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rookery.providers.base import Provider
from rookery.testing import KEY, provider_server
from tests.compat.environments import NO_CLAUDE, RUN_SETUP, installed, unavailable
from tests.compat.media import PDF, PNG
from tests.compat.relay import Passed, Relay

NAME = "claude-agent-sdk"
"""Of its environment, a row of clients.txt."""
SECONDS = 90

QUIET = {
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}
"""Its documented switches against everything but the work (code.claude.com, "Settings")."""

NO_WAY_OUT = {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}
"""Nothing listens there: whatever it sends elsewhere than to the loopback fails at once."""

JSON = ("--output-format", "json")

Rule = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """What it is asked, with what options, and what the model says (docs/scripted.md)."""

    prompt: str
    arguments: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Run:
    """What came of a run."""

    code: int
    output: str
    errors: str
    passed: list[Passed] = field(repr=False)

    @property
    def result(self) -> dict[str, Any]:
        """The result as JSON: the last line of the output."""
        decoded: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return decoded

    @property
    def refused(self) -> list[Passed]:
        """The requests that were not answered with 200."""
        return [one for one in self.passed if one.status != 200]


def _calls(prompt: str, name: str, /, **given: Any) -> Rule:
    return {"match": {"text": prompt}, "reply": {"tool": {"name": name, "input": given}}}


_TWO_CALLS = [
    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
    {"type": "text", "text": "Two commands."},
    {"type": "tool_use", "name": "Bash", "input": {"command": "echo a", "description": "Say a"}},
    {"type": "tool_use", "name": "Bash", "input": {"command": "exit 3", "description": "Fail"}},
]
_ANSWER = {
    "type": "object",
    "properties": {"answer": {"type": "integer"}},
    "required": ["answer"],
    "additionalProperties": False,
}

SCENARIOS = {
    "hello": Scenario("say hello", JSON),
    "events": Scenario("say hello", ("--output-format", "stream-json", "--verbose")),
    "bash": Scenario(
        "count",
        ("--allowedTools", "Bash", *JSON),
        (_calls("count", "Bash", command="echo rook-$((40+2))", description="Count"),),
    ),
    "read": Scenario(
        "note",
        ("--allowedTools", "Read", *JSON),
        (_calls("note", "Read", file_path="{home}/note.txt"),),
    ),
    "picture": Scenario(
        "picture",
        ("--allowedTools", "Read", *JSON),
        (_calls("picture", "Read", file_path="{home}/picture.png"),),
    ),
    "paper": Scenario(
        "paper",
        ("--allowedTools", "Read", *JSON),
        (_calls("paper", "Read", file_path="{home}/paper.pdf"),),
    ),
    "parallel": Scenario(
        "both",
        ("--allowedTools", "Bash", *JSON),
        ({"match": {"text": "both"}, "reply": {"content": _TWO_CALLS}},),
    ),
    "structured": Scenario(
        "the answer",
        ("--json-schema", json.dumps(_ANSWER), *JSON),
        (_calls("the answer", "StructuredOutput", answer=42),),
    ),
    "deferred": Scenario(
        "find a tool",
        JSON,
        (_calls("find a tool", "ToolSearch", query="select:WebSearch", max_results=2),),
    ),
    "web search": Scenario(
        "look it up",
        ("--allowedTools", "WebSearch", *JSON),
        (_calls("look it up", "WebSearch", query="rooks"),),
    ),
    "subagent": Scenario(
        "delegate",
        ("--allowedTools", "Agent", *JSON),
        (
            _calls(
                "delegate",
                "Agent",
                description="Little",
                prompt="do little",
                subagent_type="general-purpose",
            ),
        ),
    ),
    "context": Scenario("/context"),
}


def environment_home() -> Path:
    """Return the environment that has Claude Code; skip where it could not be installed."""
    home = installed(NAME)
    if home is None:
        if unavailable(NAME):
            pytest.skip(NO_CLAUDE)
        pytest.fail(f".venvs/{NAME} {RUN_SETUP}", pytrace=False)
    return home


def program() -> str:
    """Return the path of Claude Code."""
    places = environment_home().glob("lib/python*/site-packages/claude_agent_sdk/_bundled/claude")
    return str(next(places))


def script(scenario: Scenario, home: Path) -> dict[str, Any]:
    """Return the script of a scenario that runs in `home`; what no rule is for is answered too."""
    text = json.dumps([*scenario.rules, {"reply": "Hello there."}])
    return {"rules": json.loads(text.replace("{home}", str(home)))}


def run(
    scenario: Scenario, provider: Provider, home: Path, *arguments: str, **environment: str
) -> Run:
    """Run Claude Code in the empty folder `home`, in front of a server with `provider`."""
    (home / "note.txt").write_text("the word is xyzzy\n", encoding="utf-8")
    (home / "picture.png").write_bytes(PNG)
    (home / "paper.pdf").write_bytes(PDF)
    command = [program(), "-p", scenario.prompt, *scenario.arguments, *arguments]
    return run_command(command, provider, home, **environment)


def run_command(command: list[str], provider: Provider, home: Path, **environment: str) -> Run:
    """Run a program in the folder `home`, in front of a server with `provider`."""
    with provider_server(provider) as server, Relay(server.url) as relay:
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home),
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "ANTHROPIC_BASE_URL": relay.url,
            "ANTHROPIC_API_KEY": KEY,
            **QUIET,
            **NO_WAY_OUT,
            **environment,
        }
        done = subprocess.run(
            command,
            env=clean,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, relay.passed)
