"""An agent that may run a few commands only: by a substring, which is no check, and by a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rookery import Agent
from rookery.policy.command import CommandPolicy
from rookery.policy.decision import Decision
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.sandbox.choose import probe
from rookery.tools import ToolContext, Workspace, bash
from rookery.tools.base import CONTEXT
from tests.agent.common import call

ALLOWED = ["npm test", "npm run lint", "git status"]
HARMFUL = [
    "git status; touch pwned",
    "touch pwned # git status",
    "git status && touch pwned",
    "git status || touch pwned",
    "echo git status | tee pwned",
    "touch pwned; : npm test",
    "git status > pwned",
    "git status $(touch pwned)",
    "git status\ntouch pwned",
    "sh -c 'touch pwned' 'npm run lint'",
    "X='git status' touch pwned",
    "git status & touch pwned",
]


class SafeAgent:
    """Runs tasks with the commands that start like these, and no others."""

    def __init__(self, allowed_commands: list[str], **options: Any) -> None:
        self.policy = CommandPolicy(allow=allowed_commands)
        self.agent = Agent("claude-sonnet-4-6", tools=[self._safe_bash], **options)

    def _safe_bash(self, command: str) -> str:
        """Run a command that is allowed."""
        decision = self.policy.check(command)
        if decision.verdict != "allow":
            return f"Command not allowed: {decision.reason}"
        return bash(command)

    def run_task(self, task: str) -> str:
        return str(self.agent.run(task))


def naive(command: str) -> bool:
    """The check that this replaces."""
    return any(allowed in command for allowed in ALLOWED)


@pytest.mark.parametrize("command", HARMFUL)
def test_a_substring_lets_through_what_the_policy_stops(command: str) -> None:
    assert naive(command)
    assert CommandPolicy(allow=ALLOWED).check(command).verdict != "allow"


def test_a_substring_also_lets_something_else_happen(tmp_path: Path) -> None:
    """So that the lines above are harmful, and not just unusual."""
    for number, command in enumerate(HARMFUL):
        folder = tmp_path / str(number)
        folder.mkdir()
        context = ToolContext(Workspace(folder), sandbox="none", decision=Decision("allow"))
        token = CONTEXT.set(context)
        try:
            bash(command)
        finally:
            CONTEXT.reset(token)
            context.state.close()
        assert (folder / "pwned").exists() or command.endswith("& touch pwned"), command


@pytest.mark.skipif(not probe("bubblewrap").works, reason="bubblewrap does not work here")
def test_the_agent_runs_what_is_allowed_and_nothing_else(tmp_path: Path) -> None:
    calls = [call("_safe_bash", command=one) for one in ("git status", *HARMFUL)]
    rules = [{"reply": reply, "times": 1} for reply in (*calls, "done")]
    provider = ScriptedProvider({"rules": rules})
    agent = SafeAgent(ALLOWED, provider=provider, workspace=tmp_path)
    result = agent.agent.run("Run tests and report results")
    answers = [
        str(block["content"])
        for message in result.messages
        if message["role"] == "user" and isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "tool_result"
    ]
    assert len(answers) == len(calls)
    assert "(exit status 128, " in answers[0]  # there is no repository; git says so
    assert all(answer.startswith("Command not allowed: ") for answer in answers[1:])
    assert not list(tmp_path.iterdir())
