"""A policy: which calls of tools may be made, must be asked about, or are denied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from rookery.errors import PolicyError
from rookery.policy.commands import Commands
from rookery.policy.decision import VERDICTS, Decision, Verdict
from rookery.policy.paths import Folder, Folders, PathPattern
from rookery.policy.rule import Rule, read_rule
from rookery.policy.subject import Subject

Mode = Literal["default", "accept_edits", "plan", "bypass", "dont_ask"]
MODES: tuple[Mode, ...] = get_args(Mode)


class Policy:
    """Rules for the calls of tools, in the language of Claude Code.

    A rule is a tool's name, or a name and which of its calls: `Bash(git diff:*)`,
    `Read(./src/**)`, `WebFetch(domain:example.com)`, `mcp__server__*`, `send(to:*@example.com)`.
    Of the rules about a call the strictest counts, in whatever order they stand: deny, ask, allow.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        ask: Iterable[str] = (),
        deny: Iterable[str] = (),
        mode: Mode = "default",
    ) -> None:
        """Read the rules. Raises PolicyError for one that cannot be read, and for other modes.

        `mode` is what becomes of calls that no rule is about: "default" (tools that only read may
        run, others are asked about), "accept_edits" (files may be edited, too), "plan" (nothing
        that acts may run, allowed or not), "bypass" (all may run), "dont_ask" (what would be
        asked about is denied).
        """
        if mode not in MODES:
            raise PolicyError(f"mode must be one of {', '.join(MODES)}, not {mode!r}.")
        self.mode: Mode = mode
        self.rules: dict[Verdict, tuple[Rule, ...]] = {
            "deny": _read("deny", deny),
            "ask": _read("ask", ask),
            "allow": _read("allow", allow),
        }
        """By list, the strictest first."""
        self._commands = Commands(self.rules)

    def __repr__(self) -> str:
        lists = [f"{name}={[rule.text for rule in self.rules[name]]}" for name in self.rules]
        return f"Policy({', '.join([*reversed(lists), f'mode={self.mode!r}'])})"

    def removes(self, tool: str) -> bool:
        """Whether every call of a tool is denied by its name, so that no model is told of it."""
        return any(
            rule.calls is None and rule.names(tool, strict=True) for rule in self.rules["deny"]
        )

    def decide(
        self,
        tool: str,
        given: Mapping[str, Any],
        *,
        read_only: bool = False,
        workspace: Folders | None = None,
        moved: bool = False,
    ) -> Decision:
        """Decide a call of `tool` with the input `given`.

        `read_only`: the tool changes nothing. Paths are those of `workspace`, or of the current
        folder, with their links resolved: a rule holds for the place that a path leads to. `moved`:
        commands begin in another folder than that (see `CommandPolicy.check`).
        """
        subject = Subject(tool, given, workspace or Folder())
        said = self._commands.check(subject, moved=moved)
        ruled = self._by_rules(subject, said)
        if ruled is not None and ruled.verdict == "deny":
            return ruled
        if self.mode == "plan" and not read_only:
            return Decision("deny", None, f"The mode is plan: {tool} would act.")
        if ruled is None:
            ruled = self._by_mode(subject, said, read_only=read_only)
        if ruled.verdict == "ask" and self.mode == "dont_ask":
            return Decision("deny", ruled.rule, f"{ruled.reason} The mode dont_ask denies it.")
        return ruled

    def explain(
        self,
        tool: str,
        given: Mapping[str, Any],
        *,
        read_only: bool = False,
        workspace: Folders | None = None,
    ) -> str:
        """Return, for people, what is decided of a call and which rules are about it."""
        decision = self.decide(tool, given, read_only=read_only, workspace=workspace)
        subject = Subject(tool, given, workspace or Folder())
        lines = [f"{decision.verdict}: {decision.reason}"]
        for verdict, rules in self.rules.items():
            strict = verdict != "allow"
            lines += [f"  {verdict}  {r.text}" for r in rules if subject.holds(r, strict=strict)]
        return "\n".join([*lines, f"  mode  {self.mode}"])

    def unread(self, tool: str, workspace: Folders, *, approved: bool) -> tuple[str, ...]:
        """Return expressions of the absolute paths whose content a search must leave out.

        They are those that calls of `tool` for them would be denied or, unless the search itself
        was `approved` by somebody, be asked about.
        """
        lists = self.rules["deny"] + (() if approved else self.rules["ask"])
        return tuple(
            expression
            for rule in lists
            if isinstance(rule.calls, PathPattern) and rule.names(tool, strict=True)
            for expression in rule.calls.expressions(workspace, links=True)
        )

    def _by_rules(self, subject: Subject, said: Decision | None) -> Decision | None:
        """Return what the strictest rule says; `said` is what those about commands do."""
        is_ruled = said is not None and (said.rule is not None or said.verdict != "ask")
        found = [said] if said is not None and is_ruled else []
        found += [
            Decision(verdict, rule.text, _SAID[verdict].format(rule.text))
            for verdict, rules in self.rules.items()
            for rule in rules
            if subject.holds(rule, strict=verdict != "allow")
        ]
        return max(found, key=lambda one: VERDICTS.index(one.verdict), default=None)

    def _by_mode(self, subject: Subject, said: Decision | None, *, read_only: bool) -> Decision:
        if self.mode == "bypass":
            return Decision("allow", None, "The mode is bypass.")
        if self.mode == "accept_edits" and subject.known and subject.known.edits:
            return Decision("allow", None, "The mode is accept_edits.")
        if read_only:
            return Decision("allow", None, f"{subject.tool} only reads.")
        why = said.reason if said else f"No rule is about this call, and {subject.tool} acts."
        return Decision("ask", None, why)


_SAID: dict[Verdict, str] = {
    "deny": "The rule {} denies this call.",
    "ask": "The rule {} wants this call to be approved.",
    "allow": "The rule {} allows this call.",
}


def _read(verdict: Verdict, rules: Iterable[str]) -> tuple[Rule, ...]:
    if isinstance(rules, str) or not isinstance(rules, Iterable):
        raise PolicyError(f"{verdict} must be a list of rules, not {rules!r:.100}.")
    return tuple(read_rule(rule, strict=verdict != "allow") for rule in rules)
