"""Which commands of a shell may run: the policy of plain commands.

A line is read twice, by `plain` and by tree-sitter, and is allowed only when it is plain for both,
both find the same commands in it, and each command is allowed by a rule and by the table of its
program. Rules that deny or ask look at every command of any line, however it is hidden.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Self

from msgspec import Struct

from rookery.policy import plain, presets, tables, tree
from rookery.policy.command_rule import Argument, CommandRule, read_command_rule
from rookery.policy.decision import VERDICTS, Decision, Verdict
from rookery.policy.line import ChangeFolder, Line
from rookery.policy.options import judge
from rookery.policy.text import problem
from rookery.policy.wrappers import INTERPRETERS, OPAQUE, Inner, base_name, unwrap

_MAX_LAYERS = 4
"""Of wrappers."""


class Part(Struct, frozen=True):
    """What the policy says about one command of a line."""

    command: tuple[Argument, ...]
    """Its words; None: a word that is not known before the line runs. Empty: the line itself."""
    verdict: Verdict
    rule: str | None
    reason: str


class Explanation(Struct, frozen=True):
    """A decision and what it was made of."""

    decision: Decision
    parts: tuple[Part, ...]
    """In the order of the line; the strictest decides, the first of these."""


class CommandPolicy:
    """Rules for the commands of a shell: `CommandPolicy(allow=["git status"]).check(command)`."""

    def __init__(
        self, allow: Iterable[str] = (), ask: Iterable[str] = (), deny: Iterable[str] = ()
    ) -> None:
        """Make a policy of rules; deny wins over ask, and ask over allow.

        A rule is the first words of a command (`git log`). What may follow is what the table of the
        program says is safe; a program without a table has to be called exactly like the rule,
        unless the rule ends in `:*` or ` *`. In `ask` and `deny` a rule means every command that
        starts like it or could do so. Raises PolicyError for a rule that cannot be read.
        """
        self.allow = _rules(allow, allows=True)
        self.ask = _rules(ask)
        self.deny = _rules(deny)

    @classmethod
    def read_only(cls) -> Self:
        """Return a policy that allows to look at files and history, and nothing else."""
        return cls(*presets.PRESETS["read-only"])

    @classmethod
    def developer(cls) -> Self:
        """Return a policy for work on a project: also to run its tests, scripts and builds."""
        return cls(*presets.PRESETS["developer"])

    def check(self, command: str, *, moved: bool = False) -> Decision:
        """Say whether a line may run.

        `moved`: the working directory is no longer the folder that the policy was made for; git
        would take its configuration from another repository, so it asks. Nobody to ask: the
        caller has to take `ask` as `deny`.
        """
        return self.explain(command, moved=moved).decision

    def explain(self, command: str, *, moved: bool = False) -> Explanation:
        """Say the same as `check`, and which part of the line met which rule."""
        if wrong := problem(command):
            return _decide([self._refuse(command, wrong)])
        seen = tree.read(command)
        try:
            line = plain.read(command)
        except plain.NotPlain as reason:
            return _decide(self._not_plain(command, seen, str(reason)))
        commands = _commands(line)
        if not seen.plain or not _agree(commands, seen.commands):
            return _decide(self._not_plain(command, seen, "it can be read in two ways"))
        parts = []
        for argv in commands:
            parts.append(self._strict(argv, command) or self._allowed(argv, moved))
            moved = moved or argv[0] == "cd"
        return _decide(parts, line)

    def _refuse(self, text: str, wrong: str) -> Part:
        """Judge a line that is not read: by its text."""
        for rule in self.deny:
            if rule.is_in(text):
                return Part((), "deny", rule.text, f"`{rule.text}` is denied")
        return Part((), "deny", None, f"the line is refused: {wrong}")

    def _not_plain(self, text: str, seen: tree.Tree, reason: str) -> list[Part]:
        """Judge a line that cannot be allowed: which rules that deny or ask could it meet?"""
        parts = [part for argv in seen.commands if (part := self._strict(argv, text))]
        if not seen.parsed:
            parts.extend(
                Part(
                    (), verdict, rule.text, f"`{rule.text}` could be in a line that cannot be read"
                )
                for verdict, rule in self._strict_rules()
                if rule.is_in(text)
            )
        return [*parts, Part((), "ask", None, f"the line is not plain: {reason}")]

    def _strict(self, argv: Sequence[Argument], text: str) -> Part | None:
        """Return what the rules that deny and ask say about a command; None: nothing."""
        opaque = base_name(argv[0] if argv else "") in OPAQUE
        for verdict, rule in self._strict_rules():
            if rule.could_be(argv) or (opaque and rule.is_in(text)):
                what = "is denied" if verdict == "deny" else "has to be asked for"
                return Part(tuple(argv), verdict, rule.text, f"`{rule.text}` {what}")
        return None

    def _strict_rules(self) -> list[tuple[Verdict, CommandRule]]:
        return [*(("deny", rule) for rule in self.deny), *(("ask", rule) for rule in self.ask)]

    def _allowed(self, argv: tuple[str, ...], moved: bool) -> Part:
        """Judge a plain command that no rule denies."""
        rule, reason = self._allow(Inner(argv), moved, _MAX_LAYERS)
        if reason:
            return Part(argv, "ask", None, f"`{_shown(argv)}`: {reason}")
        return Part(argv, "allow", rule, f"`{rule}` is allowed" if rule else "it stays inside")

    def _allow(self, inner: Inner, moved: bool, layers: int) -> tuple[str | None, str]:
        """Return the rule that allows a command, and why it is not allowed (empty: it is)."""
        argv = inner.argv
        if argv[0] == "cd" and len(argv) == 2 and _stays_inside(argv[1]):
            return None, ""
        if moved and argv[0] == "git":
            return None, "git in another folder would obey the configuration it finds there"
        if len(argv) == 1 and argv[0] in INTERPRETERS:
            return None, "it would run what it reads from its input"
        if not inner.fed and (rule := next((r for r in self.allow if r.is_all(argv)), None)):
            return rule.text, ""
        if opened := unwrap(argv):
            if opened.problem or not layers:
                return None, opened.problem or "too many programs are wrapped in each other"
            parts = [*opened.inner, *([Inner(opened.own)] if opened.own else [])]
            found = [
                self._allow(Inner(part.argv, part.fed or inner.fed), moved, layers - 1)
                for part in parts
            ]
            return next((pair for pair in found if pair[1]), found[-1])
        return self._by_table(inner)

    def _by_table(self, inner: Inner) -> tuple[str | None, str]:
        """Find a rule that the command starts with and whose table has all of its arguments."""
        argv = _without_globals(inner.argv)
        reason = "no rule allows it"
        found = tables.find(argv)
        for rule in (rule for rule in self.allow if rule.starts(argv)):
            if inner.fed and not (found and found[0].harmless):
                reason = "it would be given arguments that cannot be checked here"
            elif found is not None:
                table, name = found
                trusted = max(0, len(rule.words) - name)
                reason = judge(table, argv[name:], trusted=trusted, more=rule.more)
            else:
                reason = _without_table(rule, argv)
            if not reason:
                return rule.text, ""
        return None, reason


def _rules(texts: Iterable[str], *, allows: bool = False) -> tuple[CommandRule, ...]:
    if isinstance(texts, str):
        texts = [texts]
    return tuple(read_command_rule(text, allows=allows) for text in texts)


def _decide(parts: list[Part], line: Line | None = None) -> Explanation:
    worst = max(parts, key=lambda part: VERDICTS.index(part.verdict))
    if worst.verdict == "allow":
        worst = next((part for part in parts if part.rule), worst)
        return Explanation(Decision("allow", worst.rule, worst.reason, line), tuple(parts))
    return Explanation(Decision(worst.verdict, worst.rule, worst.reason), tuple(parts))


def _commands(line: Line) -> list[tuple[str, ...]]:
    """Return the commands of a plain line in their order, `cd` among them."""
    found: list[tuple[str, ...]] = []
    for step in line.steps:
        if isinstance(step.what, ChangeFolder):
            found.append(("cd", step.what.path))
        else:
            found.extend(command.argv for command in step.what.commands)
    return found


def _agree(ours: list[tuple[str, ...]], others: Sequence[tree.Words]) -> bool:
    """Whether two readings found the same words in the same commands."""
    return len(ours) == len(others) and all(map(_same, ours, others))


def _same(ours: tuple[str, ...], other: tree.Words) -> bool:
    if other[:1] == ("time",):
        other = other[1:]
    if ours[0] == "env" and other[:1] != ("env",):
        # Assignments before a command; the other reading leaves them out.
        ours = ours[len(ours) - len(other) :]
    return len(ours) == len(other) and all(
        word is None or word == mine for mine, word in zip(ours, other, strict=True)
    )


def _stays_inside(path: str) -> bool:
    return not path.startswith("/") and posixpath.normpath(path).split("/")[0] != ".."


def _without_globals(argv: tuple[str, ...]) -> tuple[str, ...]:
    safe = tables.GLOBALS.get(argv[0], frozenset())
    start = 1
    while start < len(argv) and argv[start] in safe:
        start += 1
    return (argv[0], *argv[start:])


def _without_table(rule: CommandRule, argv: tuple[str, ...]) -> str:
    if len(rule.words) == len(argv):
        return ""
    if not rule.more:
        return "there is no table of its safe arguments; end the rule in `:*` to allow any"
    if argv[0] in tables.GLOBALS and len(rule.words) == 1:
        return "the rule has to name the subcommand"
    return ""


def _shown(argv: Sequence[str]) -> str:
    shown = " ".join(argv)
    return shown if len(shown) <= 80 else f"{shown[:80]}..."
