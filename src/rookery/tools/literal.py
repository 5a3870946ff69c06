"""What text a regular expression cannot match without, so that a plain search can go ahead."""

from __future__ import annotations

import re

SHORTEST = 3
"""A text of fewer characters is in most files, and narrows nothing."""

_UNUSUAL = re.compile(r"\(\?[aiLmsux#-]")
"""Flags, which change what the rest means, and comments."""

_TOKEN = re.compile(
    r"""
    \\(?P<escaped>.)
    | (?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<repeat>[*?]|\{(?:(?P<least>\d+)(?:,\d*)?|,\d*)\})
    | (?P<group>[()])
    | (?P<other>[.^$+|])
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ONE_CHARACTER = frozenset("dDwWsSbBAZ")
"""Letters that may follow a backslash: what comes next means what it says."""

_FOLDED = frozenset("iskISK")
"""ASCII letters that Python matches with others than ASCII ones where case is ignored."""


def required_text(pattern: str, *, ignore_case: bool) -> str:
    """Return a text that each line has which matches, or "" where none is found.

    Only what stands outside of groups is looked at, and anything unusual ends the search with "":
    to miss a text costs time, to claim a wrong one would lose matches.
    """
    if _UNUSUAL.search(pattern):
        return ""
    runs = _runs(pattern)
    if ignore_case:
        runs = [part for run in runs for part in _without(run, _FOLDED)]
        runs = [run for run in runs if run.isascii()]
    best = max(runs, key=len, default="")
    return best if len(best) >= SHORTEST and best.isprintable() and "\ufffd" not in best else ""


def _without(run: str, characters: frozenset[str]) -> list[str]:
    return "".join("\0" if c in characters else c for c in run).split("\0")


def _runs(pattern: str) -> list[str]:
    """Return the texts that must be matched one after the other; none where it is not clear."""
    runs = [""]
    depth = 0
    for token in _TOKEN.finditer(pattern):
        escaped, group = token["escaped"] or "", token["group"]
        if escaped.isalnum() and escaped not in _ONE_CHARACTER:
            return []
        if group:
            depth += 1 if group == "(" else -1
        elif token[0] == "|" and not depth:
            return []
        character = token["plain"] or ("" if escaped.isalnum() else escaped)
        if token["repeat"] and not int(token["least"] or 0):
            runs[-1] = runs[-1][:-1]  # It need not be there at all.
        if character and not depth:
            runs[-1] += character
        else:
            runs.append("")
    return runs
