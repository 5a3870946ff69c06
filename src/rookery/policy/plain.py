"""Reads plain lines: the part of the language of bash in which every word means just itself.

What is not plain is not read further: `NotPlain` says why. Rules of the language: Bash Reference
Manual, "Shell Syntax" and "Shell Expansions". Each plain line is split here as bash splits it; a
property test compares the two.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from rookery.policy.line import ChangeFolder, Command, Line, Pipeline, Step
from rookery.policy.text import names

MAX_COMMANDS = 50
"""Of a line; a line with more is never allowed."""

RESERVED = names(
    """
    ! { } [[ ]] case coproc do done elif else esac fi for function if in select then time until
    while
    """
)
SHELL_ONLY = names(
    """
    . : alias bg bind break builtin caller cd command compgen complete compopt continue declare
    dirs disown enable eval exec exit export fc fg getopts hash help history jobs let local
    logout mapfile popd pushd read readarray readonly return set shift shopt source suspend
    times trap type typeset ulimit umask unalias unset wait
    """
)
"""What only a shell can do; `cd DIR` is a step of its own."""

SAFE_VARIABLES = names(
    """
    CARGO_TERM_COLOR CGO_ENABLED CI COLUMNS FORCE_COLOR GOARCH GOOS LANG LC_ALL LINES NODE_ENV
    NO_COLOR PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PYTHONUNBUFFERED RUST_BACKTRACE TERM TZ
    """
)
"""Variables that choose no program, no file and no option; a line may set them before a command."""
_SAFE_VALUE = re.compile(r"[\w.,:+@%-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=")

_QUOTED = "\0"
"""Stands in `bare` for each character that was quoted."""

_SPACE = re.compile(r"(?:[ \t]|\\\n|(?:(?<=[ \t\n;|&])|(?<![^\n]))#[^\n]*)+")
_RUN = re.compile(r"[^\s;&|<>()$`\"'\\*?\[#]+|#")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\$`]|\\(?s:.)|\$(?=[" |)]))*)"')
_UNESCAPE = re.compile(r'\\([$`"\\])|\\\n')
_BEFORE = re.compile(r"(!|time)(?=[ \t])")
_OPERATOR = re.compile(r"&&|\|\||\||;(?!;)|\n")
_REDIRECT = re.compile(
    r"(?:(?P<both>&>>?)[ \t]*/dev/null|(?P<merge>2>&1)|(?P<fd>[12]?)>>?[ \t]*/dev/null)"
    r"(?=[ \t\n;|&]|\Z)"
)


class NotPlain(Exception):  # noqa: N818 - it is an answer
    """The line is not plain; the message says why, as the end of a sentence."""


class Word(Struct, frozen=True):
    """A word after its quotes are removed."""

    value: str
    bare: str
    """The same, with a NUL for each character that was quoted."""


def read(text: str) -> Line:
    """Read a plain line; that it is to be timed (`time`) is left out. Raises NotPlain."""
    return _Reader(text).line()


def words(text: str) -> list[Word]:
    """Read words only, unquoted `*` among them. Raises NotPlain."""
    reader = _Reader(text, stars=True)
    found = []
    while True:
        reader.skip()
        word = reader.word()
        if word is None:
            break
        found.append(word)
    if reader.at != len(text):
        raise NotPlain("it is more than the words of one command")
    return found


class _Reader:
    """A text, and how far it is read."""

    def __init__(self, text: str, *, stars: bool = False) -> None:
        self.text, self.at, self.stars = text, 0, stars
        self.commands = 0
        self.timed = False

    def skip(self) -> None:
        """Go past blanks, continuations of lines and comments."""
        if found := _SPACE.match(self.text, self.at):
            self.at = found.end()

    def operator(self) -> str:
        """Go past an operator between commands; empty: there is none."""
        self.skip()
        found = _OPERATOR.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def newlines(self) -> None:
        """Go past empty lines and comments."""
        self.skip()
        while self.text.startswith("\n", self.at):
            self.at += 1
            self.skip()

    def line(self) -> Line:
        """Read the steps to the end."""
        steps: list[Step] = []
        operator: Literal["", ";", "&&", "||"] = ""
        self.newlines()
        while self.at < len(self.text):
            steps.append(Step(operator, self.step()))
            match self.operator():
                case "&&" | "||" as operator:
                    self.newlines()
                    if self.at == len(self.text):
                        raise NotPlain("a command is missing at its end")
                case ";" | "\n":
                    operator = ";"
                    self.newlines()
                case _ if self.at < len(self.text):
                    raise NotPlain(self.unknown())
        if not steps:
            raise NotPlain("there is no command in it")
        return Line(tuple(steps))

    def step(self) -> Pipeline | ChangeFolder:
        """Read a pipeline, or `cd DIR`."""
        negated = False
        self.skip()
        while found := _BEFORE.match(self.text, self.at):
            self.at = found.end()
            if found[1] == "!" and not negated:
                negated = True
            elif found[1] == "time" and not negated and not self.timed:
                self.timed = True
            else:
                raise NotPlain(f"`{found[1]}` is in the middle of it")
            self.skip()
        commands = [self.command()]
        while self.text.startswith("|", self.at) and not self.text.startswith("||", self.at):
            self.at += 1
            self.newlines()
            commands.append(self.command())
        return self.folder(commands, negated) or Pipeline(tuple(commands), negated)

    def folder(self, commands: list[Command], negated: bool) -> ChangeFolder | None:
        """Return the step if it is `cd DIR`. Raises NotPlain for other uses of `cd`."""
        if all(command.argv[0] != "cd" for command in commands):
            return None
        match commands:
            case [Command(("cd", path), False, ())] if path and path[0] != "-" and not negated:
                return ChangeFolder(path)
        raise NotPlain("`cd` is used in another way than `cd DIR`")

    def command(self) -> Command:
        """Read one command with its redirections."""
        self.commands += 1
        if self.commands > MAX_COMMANDS:
            raise NotPlain(f"it has more than {MAX_COMMANDS} commands")
        variables: list[str] = []
        argv: list[str] = []
        out, err = "out", "err"
        while True:
            self.skip()
            if found := _REDIRECT.match(self.text, self.at):
                out, err = _redirected(found, out, err)
                self.at = found.end()
                continue
            word = self.word()
            if word is None:
                break
            if argv:
                argv.append(word.value)
            elif _ASSIGNMENT.match(word.bare):
                variables.append(_variable(word))
            else:
                argv.append(_name(word, after=variables))
        if not argv:
            raise NotPlain(self.unknown() if self.at < len(self.text) else "a command is missing")
        prefix = ["env", *variables] if variables else []
        discard = tuple(fd for fd, target in ((1, out), (2, err)) if target == "null")
        return Command((*prefix, *argv), err == "out", discard)

    def word(self) -> Word | None:
        """Read one word; None: there is none here."""
        values: list[str] = []
        bares: list[str] = []
        start = self.at
        while (piece := self.piece()) is not None:
            values.append(piece[0])
            bares.append(piece[1])
        if self.at == start:
            return None
        word = Word("".join(values), "".join(bares))
        _literal(word)
        follows = self.text[self.at : self.at + 1]
        if follows in {"<", ">"} and re.fullmatch(r"[0-9]+|\{.*\}", word.bare):
            raise NotPlain("it redirects a descriptor")
        return word

    def piece(self) -> tuple[str, str] | None:
        """Read a part of a word: a run of characters, or something quoted."""
        text, at = self.text, self.at
        if found := _RUN.match(text, at):
            self.at = found.end()
            return found[0], found[0]
        match text[at : at + 1]:
            case "'" if found := _SINGLE.match(text, at):
                value = found[1]
            case '"' if found := _DOUBLE.match(text, at):
                value = _UNESCAPE.sub(lambda escape: escape[1] or "", found[0][1:-1])
            case "\\" if at + 1 < len(text):
                value = text[at + 1].replace("\n", "")
            case "*" if self.stars:
                self.at = at + 1
                return "*", "*"
            case _:
                return None
        self.at = found.end() if found else at + 2
        return value, _QUOTED * len(value)

    def unknown(self) -> str:
        """Say what cannot be read here."""
        rest = self.text[self.at :]
        for start, what in _SIGNS.items():
            if rest.startswith(start):
                return f"{what} (`{rest[:20].splitlines()[0]}`)"
        return f"it cannot be read from `{rest[:20]}` on"


_SIGNS = {
    "$": "something is expanded in it",
    "`": "something is expanded in it",
    "*": "a pattern of file names is expanded in it",
    "?": "a pattern of file names is expanded in it",
    "[": "a pattern of file names is expanded in it",
    "'": "a quote is left open in it",
    '"': "a quote is left open in it, or something is expanded in it",
    "<": "input is redirected in it",
    ">": "output is redirected in it",
    "&>": "output is redirected in it",
    "&": "a command is put in the background in it",
    "|&": "`|&` is in it",
    "(": "a subshell is in it",
    ")": "a subshell is in it",
}


def _name(word: Word, *, after: list[str]) -> str:
    """Return the name of a program. Raises NotPlain for what only a shell knows."""
    if word.bare in RESERVED:
        raise NotPlain(f"`{word.bare}` is a word of the shell's language")
    if word.value in SHELL_ONLY and (after or word.value != "cd"):
        raise NotPlain(f"`{word.value}` is a command of the shell itself")
    if not word.value or word.value[0] in "-%":  # `%1` is a job
        raise NotPlain(f"`{word.value}` is not the name of a program")
    return word.value


def assignment_problem(text: str) -> str:
    """Return why an assignment `NAME=value` is not harmless; empty: it is."""
    name, _, value = text.partition("=")
    if name not in SAFE_VARIABLES or not _SAFE_VALUE.fullmatch(value):
        return f"it sets the variable {name}"
    return ""


def _variable(word: Word) -> str:
    """Return a harmless assignment. Raises NotPlain."""
    if problem := assignment_problem(word.value):
        raise NotPlain(problem)
    return word.value


def _literal(word: Word) -> None:
    """Raise NotPlain if bash would expand the word."""
    bare = word.bare
    if "~" in bare and re.search(r"(?:^|[=:])~", bare):
        raise NotPlain("`~` is expanded in it")
    if "{" in bare and ("," in bare or ".." in bare):
        raise NotPlain("braces are expanded in it")


def _redirected(found: re.Match[str], out: str, err: str) -> tuple[str, str]:
    """Return where the two descriptors lead after one more redirection."""
    if found["both"]:
        return "null", "null"
    if found["merge"]:
        return out, out
    return (out, "null") if found["fd"] == "2" else ("null", err)
