"""Judges the arguments of a program by a table of its safe options.

An option that is not in the table, exactly as it is written there, is not safe: so an abbreviation
(`--upload-pa`) is not, and neither is what a later version of the program may add.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

from msgspec import Struct

Operands = Sequence[str]


class Table(Struct, frozen=True, kw_only=True):
    """What of a program's arguments is safe."""

    options: str = ""
    """The safe options, as text: `-abc` are flags of a letter, `--all` is a flag, `-n:` and
    `--max=` take a value (attached, or the next word), `-U?` and `--color=?` take one only
    attached, `--arg=2` takes the next two words, `-NUM` is a number (`head -5`)."""
    style: Literal["gnu", "words", "any"] = "gnu"
    """`words`: options of one dash and many letters (`find -name`); `any`: all is safe."""
    operands: int | None = None
    """How many operands are safe; None: any number. Those that a rule names itself are."""
    more: bool = False
    """A rule that ends in `:*` lifts that number: what goes beyond is the program's own matter,
    such as the target of `make`, and not the name of a file to write."""
    least: int = 0
    """Fewer operands are not safe: the program would read what to do from its input."""
    lift: str = ""
    """Options that lift the number, such as `--list`, after which operands are patterns."""
    first_ends: bool = False
    """Options end at the first operand; what follows belongs to a script."""
    after: str | None = None
    """The safe words after `--`, where they belong to another program; None: they are operands."""
    refuse: str = ""
    """A pattern: an operand or a value in which it is found is not safe."""
    harmless: bool = False
    """No option of the program writes, runs or sends anything: so its arguments may also come
    from elsewhere (`xargs`, `find -exec`)."""
    check: Callable[[Operands, dict[str, list[str]]], str | None] | None = None
    """Looks at operands and values, for programs whose arguments are programs (`sed`)."""


class Options(Struct, frozen=True):
    """The options of a table, read."""

    flags: frozenset[str]
    values: dict[str, int]
    """How many words a value is; 0: only attached."""


@cache
def read_options(text: str, style: str = "gnu") -> Options:
    """Read the text of a table's options."""
    flags: set[str] = set()
    values: dict[str, int] = {}
    for word in text.split():
        if found := re.fullmatch(r"(-[^=:?]+)([=:?]=?\??2?)", word):
            values[found[1]] = 0 if "?" in found[2] else 2 if "2" in found[2] else 1
        elif style == "words" or word.startswith("--") or word == "-NUM":
            flags.add(word)
        else:
            flags.update(f"-{letter}" for letter in word[1:])
    return Options(frozenset(flags), values)


def judge(table: Table, arguments: Sequence[str], *, trusted: int = 0, more: bool = False) -> str:
    """Return why the arguments are not safe; empty: they are.

    The first `trusted` arguments are the rule's own words. `more`: the rule ends in `:*`.
    """
    if table.style == "any":
        return _refused(table, arguments)
    scan = _Scan(table, arguments, trusted, more and table.more)
    return scan.problem() or scan.judge_operands()


def _refused(table: Table, words: Sequence[str]) -> str:
    if table.refuse:
        for word in words:
            if re.search(table.refuse, word):
                return f"`{word}` is not a safe argument"
    return ""


class _Scan:
    """One pass over arguments."""

    def __init__(self, table: Table, arguments: Sequence[str], trusted: int, more: bool) -> None:
        self.table, self.arguments, self.trusted, self.more = table, arguments, trusted, more
        self.options = read_options(table.options, table.style)
        self.operands: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.named = 0
        self.lifted = False
        self.at = 0

    def problem(self) -> str:
        """Go through the options; return what is wrong with one."""
        while self.at < len(self.arguments):
            at, word = self.at, self.arguments[self.at]
            self.at += 1
            if word == "--" and self.table.style == "gnu":
                return self.rest(self.arguments[self.at :])
            if not word.startswith("-") or word == "-":
                self.operands.append(word)
                self.named += at < self.trusted
                if self.table.first_ends:
                    self.operands.extend(self.arguments[self.at :])
                    self.named = max(0, self.trusted - at)
                    return ""
            elif (wrong := self.option(word)) and at >= self.trusted:
                return wrong
        return ""

    def option(self, word: str) -> str:
        """Read an option and its value; return what is wrong with it."""
        self.lifted |= word in self.table.lift.split()
        if word in self.options.flags:
            return ""
        if word[1:].isdigit() and "-NUM" in self.options.flags:
            return ""
        name, equals, value = word.partition("=")
        if self.table.style == "words" or word.startswith("--"):
            return self.valued(name, value if equals else None, word)
        return self.cluster(word)

    def cluster(self, word: str) -> str:
        """Read short options that are written together, the last with its value."""
        for at, letter in enumerate(word[1:], 2):
            name = f"-{letter}"
            if name in self.options.values:
                return self.valued(name, word[at:] or None, word)
            if name not in self.options.flags:
                return f"the option `{name}` is not known to be safe"
        return ""

    def valued(self, name: str, attached: str | None, word: str) -> str:
        """Read the value of an option."""
        count = self.options.values.get(name)
        if count is None:
            return f"the option `{name}` is not known to be safe"
        if attached is not None:
            found = [attached]
        else:
            found = list(self.arguments[self.at : self.at + count])
            self.at += count
            if len(found) < count and not name.startswith("--"):
                return f"the option `{name}` has no value"
            if any(re.match(r"-(?!\d)", value) for value in found):
                return f"the value of `{word}` looks like an option"
        self.values.setdefault(name, []).extend(found)
        return _refused(self.table, found)

    def rest(self, words: Sequence[str]) -> str:
        """Judge what comes after `--`."""
        if self.table.after is None:
            # What we take for a flag may take `--` as its value; then these would be options.
            if wrong := next((word for word in words if re.match(r"-.", word)), None):
                return f"`{wrong}` looks like an option"
            self.operands.extend(words)
            return ""
        if self.more:
            return ""
        return judge(Table(options=self.table.after, style="words", operands=0), words)

    def judge_operands(self) -> str:
        """Judge the operands, and what the table checks."""
        table = self.table
        if wrong := _refused(table, self.operands[self.named :]):
            return wrong
        limit = table.operands
        if limit is not None and not (self.more or self.lifted):
            limit = max(limit, self.named)
            if len(self.operands) > limit:
                return f"`{self.operands[limit]}` is one argument too many"
        if len(self.operands) < table.least:
            return "it would read what to do from its input"
        return (table.check(self.operands, self.values) or "") if table.check else ""
