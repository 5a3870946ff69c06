"""One rule about commands: the first words of a command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from rookery.errors import PolicyError
from rookery.policy.plain import NotPlain, Word, words
from rookery.policy.text import problem
from rookery.policy.wrappers import base_name, may_run

Argument = str | None
"""A word of a command; None: not known before the line runs, so it could be any."""

_ANY = re.compile(".*", re.DOTALL)


class CommandRule(Struct, frozen=True):
    """The words that a command has to start with."""

    text: str
    """As it was written."""
    words: tuple[re.Pattern[str], ...]
    """A `*` within a word is any text of that word."""
    more: bool
    """It ends in `:*` or ` *`: further arguments are left open."""

    def starts(self, argv: Sequence[str]) -> bool:
        """Whether the command starts with the words of the rule."""
        return len(argv) >= len(self.words) and all(map(re.Pattern.fullmatch, self.words, argv))

    def is_all(self, argv: Sequence[str]) -> bool:
        """Whether the command is these words and no more."""
        return len(argv) == len(self.words) and self.starts(argv)

    def could_be(self, argv: Sequence[Argument]) -> bool:
        """Whether the command is, or could turn out to be, one that starts like the rule.

        Wider than `starts`: options may stand anywhere, flags may be written together, the program
        may be named by a path or be run by another.
        """
        if not argv:
            return False
        ways = range(len(argv)) if may_run(argv) else (0,)
        return any(
            (self._names(argv[at]) and self._matches(argv[at + 1 :]))
            or (at > 0 and self._in_string(argv[at]))
            for at in ways
        )

    def is_in(self, text: str) -> bool:
        """Whether the words of the rule are in a text, in their order, quoted or not."""
        text, at = re.sub(r"[\\'\"]", "", text), 0
        for word in self.words:
            found = re.compile(rf"(?<![\w.-]){word.pattern}(?![\w-])").search(text, at)
            if found is None:
                return False
            at = found.end()
        return True

    def _names(self, word: Argument) -> bool:
        return word is None or bool(
            self.words[0].fullmatch(word) or self.words[0].fullmatch(base_name(word))
        )

    def _in_string(self, word: Argument) -> bool:
        return word is not None and " " in word and self.is_in(word)

    def _matches(self, arguments: Sequence[Argument]) -> bool:
        options = [word for word in self.words[1:] if word.pattern.startswith(r"\-")]
        operands = [word for word in self.words[1:] if not word.pattern.startswith(r"\-")]
        return all(_has_option(word, arguments) for word in options) and _has_operands(
            operands, arguments
        )


def _has_option(wanted: re.Pattern[str], arguments: Sequence[Argument]) -> bool:
    letters = wanted.pattern.replace("\\", "").lstrip("-")
    short = not wanted.pattern.startswith(r"\-\-") and len(letters) <= 3
    given = set[str]()
    for word in arguments:
        if word is None:
            return True
        name = word.partition("=")[0]
        if wanted.fullmatch(word) or wanted.fullmatch(name):
            return True
        if len(name) > 3 and name.startswith("--") and _abbreviates(name, wanted):
            return True
        if word.startswith("-") and not word.startswith("--"):
            given.update(word[1:])
    return short and given.issuperset(letters)


def _abbreviates(name: str, wanted: re.Pattern[str]) -> bool:
    return wanted.pattern.replace("\\", "").startswith(name)


def _has_operands(wanted: Sequence[re.Pattern[str]], arguments: Sequence[Argument]) -> bool:
    """Whether the operands start with these, where a word after an option may be its value."""
    reached = _past_any({0}, wanted)
    before = ""
    for word in arguments:
        if not reached or len(wanted) in reached:
            break
        if word is None or not word.startswith("-"):
            is_value = word is None or before.startswith("-")
            further = set(_after(word, reached, wanted))
            reached = _past_any(further | reached if is_value else further, wanted)
        before = word or "-"
    return len(wanted) in reached


def _after(word: Argument, reached: set[int], wanted: Sequence[re.Pattern[str]]) -> Iterator[int]:
    """Yield how many of the wanted words are found when this one is, too."""
    for at in reached:
        if word is None or wanted[at].fullmatch(word):
            yield at + 1
            if wanted[at] is _ANY:
                yield at


def _past_any(reached: set[int], wanted: Sequence[re.Pattern[str]]) -> set[int]:
    """Add the places that are reached without a word: a lone `*` may be none."""
    further = set(reached)
    for at in range(len(wanted)):
        if at in further and wanted[at] is _ANY:
            further.add(at + 1)
    return further


def read_command_rule(text: str, *, allows: bool) -> CommandRule:
    """Read a rule: `git status`, `npm run test:*`, `git push *`. Raises PolicyError."""
    body = re.sub(r"(?::\*| +\*)$", "", text.strip())
    if wrong := problem(text):
        raise PolicyError(f"The rule {text!r} cannot be read: {wrong}.")
    try:
        found = words(body)
    except NotPlain as reason:
        raise PolicyError(
            f"The rule {text!r} cannot be read: {reason}. A rule is the first words of one command."
        ) from None
    if body == "*" and not allows:
        return CommandRule(text, (_ANY,), True)
    if not found or not found[0].value:
        raise PolicyError(f"The rule {text!r} names no program.")
    if allows and "*" in found[0].bare:
        raise PolicyError(f"The rule {text!r} allows any program: name the program.")
    patterns = tuple(_pattern(word, allows=allows) for word in found)
    return CommandRule(text, patterns, body != text.strip())


def _pattern(word: Word, *, allows: bool) -> re.Pattern[str]:
    if word.bare == "*" and not allows:
        return _ANY
    # What a rule leaves open is not an option, where the rule allows.
    start = "(?!-)" if allows and word.bare.startswith("*") else ""
    return re.compile(
        start
        + "".join(
            ".*" if bare == "*" else re.escape(value)
            for value, bare in zip(word.value, word.bare, strict=True)
        ),
        re.DOTALL,
    )
