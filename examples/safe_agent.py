"""An agent that may run a few commands, and no other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import backend
from rookery import Agent, CommandPolicy
from rookery.tools import bash


class SafeAgent:
    """Works with the commands that it is allowed."""

    def __init__(self, allowed_commands: list[str], workspace: Path) -> None:
        """Allow commands by their first words; they run in a sandbox around `workspace`."""
        self.allowed_commands = CommandPolicy(allow=allowed_commands)
        self.agent = Agent(
            model="claude-sonnet-4-6",
            tools=[self._safe_bash],
            workspace=workspace,
            provider=backend.scripted(__file__),
        )

    def _safe_bash(self, command: str) -> str:
        """Only allow whitelisted commands."""
        # Looking for an allowed command in the text would let `git status; rm -rf /` through.
        decision = self.allowed_commands.check(command)
        if decision.verdict != "allow":
            return _shown(command, f"Command not allowed: {command} ({decision.reason})")
        return _shown(command, bash(command))

    def run_task(self, task: str) -> str:
        """Run task with command safeguards."""
        return str(self.agent.run(task))


def _shown(command: str, answer: str) -> str:
    print(f"$ {command}\n{answer}\n")
    return answer


shop = backend.workspace("shop")
subprocess.run(["git", "init", "--quiet", str(shop)], check=True)  # noqa: S603, S607 - fixed words
agent = SafeAgent(["python3 -m unittest", "python3 -m compileall", "git status"], shop)
result = agent.run_task("Run tests and report results")
print(result)
