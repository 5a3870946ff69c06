"""Judges arguments that are programs themselves: of sed, awk and jq."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SAFE = "is more than this policy can tell to be safe"


def _sed_part(delimiter: str, *, replacement: bool = False) -> str:
    """Return the pattern of what stands between delimiters, as every reading of sed ends it."""
    escaped = r"\\[^\nc]"
    if replacement:
        return rf"(?:[^{delimiter}\\\n]|{escaped})*"
    return rf"(?:[^{delimiter}\\\n\[]|{escaped}|\[\^?[^{delimiter}\]\\\n]+\])*"


def _sed_script() -> re.Pattern[str]:
    substitutions = "|".join(
        f"s{mark}{_sed_part(mark)}{mark}{_sed_part(mark, replacement=True)}{mark}[gpIi0-9]*"
        for mark in ("/", r"\|", "#", ",", "@", ":", "%", "!")
    )
    address = rf"(?:\d+(?:~\d+)?|\$|/{_sed_part('/')}/I?)"
    addresses = rf"(?:{address}(?:,[ ]*[+~]?{address})?[ ]*!?[ ]*)?"
    command = rf"[ \t]*{addresses}(?:[pdDPnNhHgGxlqQ=]|{substitutions})[ \t]*"
    return re.compile(rf"{command}(?:[;\n]{command})*[;\n]?")


_SED = _sed_script()


def sed(operands: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """Scripts of the commands that only print and change what passes through."""
    scripts = [*values.get("-e", ()), *values.get("--expression", ())] or operands[:1]
    if wrong := next((script for script in scripts if not _SED.fullmatch(script)), None):
        return f"the script `{wrong}` {_SAFE}"
    return None


_AWK = re.compile(r"system|getline|@|\||>|close|fflush|/inet|\\\n")
_AWK_OPERATORS = re.compile(r"\|\||>=")


def awk(operands: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """Programs that run no command and write to no file; any `>` and `|` could do so."""
    del values
    for word in operands:
        if found := _AWK.search(_AWK_OPERATORS.sub(" ", word)):
            return f"the program has `{found[0]}`, which could run a command or write a file"
    return None


_JQ = re.compile(r"\b(?:import|include|modulemeta|input_filename|env)\b|\$ENV|\$__")


def jq(operands: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """Filters that read no other file and no environment."""
    del values
    if operands and (found := _JQ.search(operands[0])):
        return f"the filter has `{found[0]}`"
    return None


def curl(operands: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """Addresses of the web, and data that is not read from files."""
    for address in operands:
        if not re.match(r"https?://", address):
            return f"`{address}` is not an address that starts with http:// or https://"
    for value in (value for found in values.values() for value in found):
        if value.startswith("@") or (value == "-"):
            return f"`{value}` reads a file"
    return None


def config(operands: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """`git config NAME`: a name has a dot; what has none is a subcommand, such as `edit`."""
    del values
    if operands and "." not in operands[0]:
        return f"`{operands[0]}` is not the name of a setting"
    return None


def date(operands: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """A format; any other operand sets the clock."""
    del values
    if operands and not operands[0].startswith("+"):
        return f"`{operands[0]}` is not a format, it would set the clock"
    return None
