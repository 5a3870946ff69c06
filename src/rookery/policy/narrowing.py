"""Rules that only take away, over what decides without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rookery.policy.commands import ShellOnly
from rookery.policy.decision import VERDICTS, Decision
from rookery.policy.paths import Folders
from rookery.policy.policy import Policy


class Narrowing:
    """Rules that deny or ask; about what they say nothing of, somebody else decides, or nobody."""

    def __init__(
        self, ask: Iterable[str] = (), deny: Iterable[str] = (), of: ShellOnly | None = None
    ) -> None:
        """Read the rules, which narrow `of`. Raises PolicyError for one that cannot be read."""
        self.rules = Policy(ask=ask, deny=deny, mode="bypass")
        """The rules, as a policy that allows all else."""
        self._of = of

    def narrowed(self, ask: Iterable[str], deny: Iterable[str]) -> Narrowing:
        """Return the same with further rules. Raises PolicyError for one that cannot be read."""
        own = {name: [rule.text for rule in rules] for name, rules in self.rules.rules.items()}
        return Narrowing([*own["ask"], *ask], [*own["deny"], *deny], self._of)

    def removes(self, tool: str) -> bool:
        """Whether every call of a tool is denied by its name, so that no model is told of it."""
        return self.rules.removes(tool)

    def unread(self, tool: str, workspace: Folders, *, approved: bool) -> tuple[str, ...]:
        """Return expressions of the absolute paths whose content a search must leave out."""
        return self.rules.unread(tool, workspace, approved=approved)

    def decide(
        self,
        tool: str,
        given: Mapping[str, Any],
        *,
        read_only: bool = False,
        workspace: Folders | None = None,
        moved: bool = False,
    ) -> Decision | None:
        """Return the stricter of what the rules and what is narrowed say; None: neither does."""
        said = self.rules.decide(tool, given, read_only=read_only, workspace=workspace, moved=moved)
        other = None
        if self._of is not None:
            other = self._of.decide(
                tool, given, read_only=read_only, workspace=workspace, moved=moved
            )
        if said.verdict == "allow":
            return other
        if other is None:
            return said
        return max(said, other, key=lambda one: VERDICTS.index(one.verdict))
