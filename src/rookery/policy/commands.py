"""What the rules about commands say: `Bash(git diff:*)`, or those of a `CommandPolicy` alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rookery.policy.decision import Decision, Verdict
from rookery.policy.known import KNOWN, Compared, compares
from rookery.policy.paths import Folders
from rookery.policy.rule import Command, Rule
from rookery.policy.subject import Subject

if TYPE_CHECKING:
    from rookery.policy.command import CommandPolicy


class Commands:
    """The rules about commands among those of a policy."""

    def __init__(self, rules: Mapping[Verdict, tuple[Rule, ...]]) -> None:
        """Take them by list. Raises PolicyError for one that cannot be read."""
        self._rules = {
            verdict: {
                rule.calls.pattern: rule.text for rule in found if isinstance(rule.calls, Command)
            }
            for verdict, found in rules.items()
        }
        if any(self._rules.values()):
            _ = self._policy  # read now, so that a mistake is told now

    @cached_property
    def _policy(self) -> CommandPolicy:
        from rookery.policy.command import CommandPolicy  # noqa: PLC0415 -- brings a parser

        return CommandPolicy(**self._rules)

    def check(self, subject: Subject, *, moved: bool) -> Decision | None:
        """Return what they say; None: it is no command. `ask` without a rule: nothing allows it."""
        if not subject.is_command or subject.text is None:
            return None
        said = self._policy.check(subject.text, moved=moved)
        rule = self._rules[said.verdict].get(said.rule) if said.rule else None
        return Decision(said.verdict, rule, _sentence(said, rule), said.line)


class ShellOnly:
    """A `CommandPolicy` as the policy of an agent: of other tools than `bash` it says nothing."""

    def __init__(self, commands: CommandPolicy) -> None:
        """Take the policy of commands."""
        self._commands = commands

    def removes(self, tool: str) -> bool:
        """Whether a model is not told of the tool: of none."""
        return False

    def unread(self, tool: str, workspace: Folders, *, approved: bool) -> tuple[str, ...]:
        """Return which files a search must leave out: none."""
        return ()

    def decide(
        self,
        tool: str,
        given: Mapping[str, Any],
        *,
        read_only: bool = False,
        workspace: Folders | None = None,
        moved: bool = False,
    ) -> Decision | None:
        """Decide a call of `tool`; None: it is no command."""
        if compares(tool) is not Compared.COMMAND:
            return None
        said = self._commands.check(str(given.get(KNOWN[tool].field)), moved=moved)
        return Decision(said.verdict, said.rule, _sentence(said, said.rule), said.line)


def _sentence(said: Decision, rule: str | None) -> str:
    return f"The rule {rule}: {said.reason}." if rule else f"Of this command: {said.reason}."
