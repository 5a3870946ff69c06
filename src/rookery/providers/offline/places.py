"""Results of tools as text: lines with the places they come from."""

from __future__ import annotations

import re
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
    if match is None or path_kind(match["path"]) != "path":  # as a time, such as 10:15
        return None
    return Line(match["text"], match["path"], int(match["line"]))


def _called_path(call: Call) -> str:
    """Return the file that a call was about, from its input."""
    texts = (value for value in call.input.values() if isinstance(value, str) and len(value) < 300)
    names = (text for text in texts if "." in text.rsplit("/", 1)[-1].strip("."))
    return next((name for name in names if path_kind(name) == "path"), "")


def source_lines(source: Source) -> list[Line]:
    """Return the lines of a document; those of a text without a title have no place."""
    texts = source.text.splitlines()[:_MOST_LINES]
    if not source.title:
        return [Line(text) for text in texts]
    return [Line(text, source.title, number) for number, text in enumerate(texts, 1)]
