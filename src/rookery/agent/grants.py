"""What was allowed for good by whoever approved a call: rules that an agent keeps."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from rookery.errors import PolicyError, ToolError
from rookery.policy.decision import Decision
from rookery.policy.known import KNOWN, Compared
from rookery.policy.paths import Folders, literal
from rookery.policy.policy import Policy
from rookery.policy.subject import host

_adding = threading.Lock()


class Grants:
    """Rules that turn what would be asked about into what is allowed. What is denied stays so."""

    def __init__(self) -> None:
        """Begin with none."""
        self._policy: Policy | None = None

    def decide(
        self, tool: str, given: Mapping[str, Any], *, workspace: Folders, moved: bool
    ) -> Decision | None:
        """Return what they say of a call; None: nothing. A rule of a command is that text only."""
        known, policy = KNOWN.get(tool), self._policy
        if policy is None:
            return None
        if known is not None and known.compared is Compared.COMMAND:
            exact = f"{tool}({str(given.get(known.field)).strip()})"
            if exact not in [rule.text for rule in policy.rules["allow"]]:
                return None
        decision = policy.decide(tool, given, workspace=workspace, moved=moved)
        return decision if decision.verdict == "allow" else None

    def add(self, rule: str) -> None:
        """Add a rule. Raises PolicyError."""
        with _adding:
            rules = [known.text for known in self._policy.rules["allow"]] if self._policy else []
            if rule not in rules:
                self._policy = Policy(allow=[*rules, rule])


def narrow_rule(tool: str, given: Mapping[str, Any], folders: Folders) -> str | None:
    """Return the narrowest rule about a call: this file, command or host, else this tool.

    None where there is no such rule.
    """
    known = KNOWN.get(tool)
    if known is None:
        return tool
    value = given.get(known.field, known.default)
    if not isinstance(value, str):
        return None
    try:
        match known.compared:
            case Compared.PATH:
                calls = literal(folders, value)
            case Compared.URL:
                calls = f"domain:{host(value)}"
                if "*" in calls:  # a rule would take it for any host
                    return None
            case Compared.COMMAND:
                calls = value.strip()
                if "*" in calls:  # a rule would take it for any text
                    return None
        rule = f"{tool}({calls})"
        decision = Policy(allow=[rule]).decide(tool, given, workspace=folders)
    except (PolicyError, ToolError):
        return None
    return rule if decision.verdict == "allow" else None
