"""Results of tools as text: lines with the places they come from."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from rookery.providers.offline.paths import path_kind
from rookery.providers.offline.talk import Call, Source

_PLACE = re.compile(
    r"^\s{0,8}(?P<path>[^\s:][^:\n]{0,200}?):(?P<line>\d{1,9})(?::\d{1,6}(?=:))?"
    r"(?:: ?|$)(?P<text>.*)$"
)
_LABEL = re.compile(r"^\s{0,8}(?P<label>[A-Za-z][^:\n]{0,60}):\s+(?P<rest>\S.*)$")
_HEADER = re.compile(r"^(?P<path>\S[^\n]{0,200}?) \(lines? (?P<first>\d{1,9})")
_NUMBERED = re.compile(r"^\s{0,8}(?P<line>\d{1,9})(?:\t|: |\| |\u2192)(?P<text>.*)$")
_MOST_LINES = 60000
_NOTHING = re.compile(
    r"\A\s*(?:no\s+[\w\s-]{0,60}?\b(?:found|match\w*|results?)\b|nothing\b"
    r"|0 (?:matches|results)|not found\b|\(no (?:matches|results|output)\))",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A line of a result, with the place it quotes, and the label in front of it."""

    text: str
    path: str = ""
    number: int = 0
    label: str = ""

    @property
    def place(self) -> str:
        """The place as `path:line`; the path alone where no line is known."""
        return f"{self.path}:{self.number}" if self.number else self.path


def says_nothing(text: str) -> bool:
    """Whether a result says that nothing was found."""
    return _NOTHING.match(text) is not None


def read_lines(call: Call) -> list[Line]:
    """Return the lines of a result."""
    path = _called_path(call)
    result: list[Line] = []
    for raw in (call.result or "").splitlines()[:_MOST_LINES]:
        header = _HEADER.match(raw) if len(result) < 3 else None
        if header and path_kind(header["path"]):
            path = header["path"]
            continue
        result.append(_line(raw, path))
    return result


def _line(raw: str, path: str) -> Line:
    numbered = _NUMBERED.match(raw) if raw[:12].lstrip()[:1].isdigit() else None
    if numbered and path:
        return Line(numbered["text"], path, int(numbered["line"]))
    if ":" not in raw[:260]:
        return Line(raw, path)
    if place := _quoted(raw):
        return place
    label = _LABEL.match(raw)
    if label and (place := _quoted(label["rest"])):
        return place._replace(label=label["label"])
    return Line(raw, path)


def _quoted(raw: str) -> Line | None:
    match = _PLACE.match(raw)
    if match is None or not _is_file(match["path"]):
        return None
    return Line(match["text"], match["path"], int(match["line"]))


def _is_file(path: str) -> bool:
    """Whether a word before a line number is a file; times such as 10:15 are none."""
    return path_kind(path) == "path"


def _called_path(call: Call) -> str:
    """Return the file that a call was about, from its input."""
    for value in call.input.values():
        if isinstance(value, str) and len(value) < 300 and _names_file(value):
            return value
    return ""


def _names_file(text: str) -> bool:
    last = text.rsplit("/", 1)[-1]
    return path_kind(text) == "path" and "." in last.strip(".")


class Lines:
    """The lines of several documents; a line's place is worked out when it is asked for."""

    def __init__(self, sources: list[Source]) -> None:
        """Cut the documents into lines."""
        self.texts: list[str] = []
        self._starts: list[int] = []
        self._sources = sources
        for source in sources:
            self._starts.append(len(self.texts))
            self.texts += source.text.splitlines()[:_MOST_LINES]

    def __getitem__(self, row: int) -> Line:
        """Return a line with its place."""
        index = bisect_right(self._starts, row) - 1
        title = self._sources[index].title
        return Line(self.texts[row], title, row - self._starts[index] + 1 if title else 0)
