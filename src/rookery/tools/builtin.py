"""Commands that bash has built in, as programs with the same outcome.

A plain line runs programs only. The few that are both are not quite alike: here each becomes a
program that does what bash would have done, or is refused.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence

from rookery.errors import ToolError

Argv = tuple[str, ...]

_ESCAPE = re.compile(
    r"\\(?:0([0-7]{0,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})"
    r"|([abeEfnrtv\\])|(c)[\s\S]*)"
)
_LETTERS = dict(zip("abeEfnrtv\\", "\a\b\x1b\x1b\f\n\r\t\v\\", strict=True))
_BASH_ONLY_FORMAT = re.compile(r"%[^a-zA-Z%(]*[qQn(]")
_BASH_ONLY_TESTS = frozenset({"-v", "-R", "<", ">", "--help", "--version"})


def as_program(argv: Argv) -> Argv:
    """Return the command to run for this one. Raises ToolError where there is none."""
    change = _CHANGES.get(argv[0])
    return change(argv) if change else argv


def _echo(argv: Argv) -> Argv:
    words = list(argv[1:])
    flags = ""
    while words and re.fullmatch("-[neE]+", words[0]):
        flags += words.pop(0)[1:]
    interpreted = [flag for flag in flags if flag != "n"][-1:] == ["e"]
    text = " ".join(words)
    end = "" if "n" in flags else "\n"
    if not interpreted:
        return ("printf", "%s", text + end)
    said = _ESCAPE.sub(_meant, text)
    if any(found[6] for found in _ESCAPE.finditer(text)):  # \c: nothing more, no line end
        end = ""
    # %b, since an argument cannot hold a NUL.
    return ("printf", "%b", (said + end).replace("\\", "\\\\").replace("\0", "\\0000"))


def _meant(found: re.Match[str]) -> str:
    octal, byte, short, long, letter, _ = found.groups()
    if octal is not None or byte:
        value = int(byte, 16) if byte else int(octal or "0", 8) & 0xFF
        return chr(value) if value < 0x80 else chr(0xDC00 + value)  # as surrogateescape has it
    if short or long:
        value = int(short or long, 16)
        if value > sys.maxunicode:
            return found[0]  # bash makes bytes of it that are no character
        return chr(value).encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    return _LETTERS[letter] if letter else ""


def _printf(argv: Argv) -> Argv:
    words = argv[2:] if argv[1:2] == ("--",) else argv[1:]
    if not words or (words is not argv[2:] and words[0].startswith("-") and len(words[0]) > 1):
        raise ToolError("printf needs a format first; its options are not for plain lines.")
    if _BASH_ONLY_FORMAT.search(words[0].replace("%%", "")):
        raise ToolError("The formats %q, %Q, %n and %(...)T of printf are not for plain lines.")
    return ("printf", "--", *words)


def _test(argv: Argv) -> Argv:
    unknown = sorted(_BASH_ONLY_TESTS.intersection(argv[1:]))
    if unknown:
        raise ToolError(f"{argv[0]} with {unknown[0]} is not for plain lines.")
    return argv


def _pwd(argv: Argv) -> Argv:
    options: Sequence[str] = [word for word in argv[1:] if re.fullmatch("-[LP]+", word)]
    physical = bool(options) and options[-1][-1] == "P"
    return ("pwd", "-P" if physical else "-L")


_CHANGES: dict[str, Callable[[Argv], Argv]] = {
    ":": lambda _: ("true",),
    "true": lambda _: ("true",),
    "false": lambda _: ("false",),
    "echo": _echo,
    "printf": _printf,
    "pwd": _pwd,
    "test": _test,
    "[": _test,
}
