"""The head of a Markdown file: YAML between two lines of `---`, read with limits.

No aliases (a few of them make billions of values), little depth, few bytes, plain types only.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from rookery.errors import AgentError

LARGEST = 16 * 1024
"""Characters of a head."""
DEEPEST = 6
MOST = 500
"""Values of a head, those inside of others too."""

_HEAD = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_PLAIN = re.compile(r"([A-Za-z][\w-]*):[ \t]*(.*)")


class Document(Struct, frozen=True):
    """A file with its head taken off."""

    head: dict[str, Any]
    body: str
    lines: dict[str, int]
    """The line of the file that each key of the head is on."""

    def text(self, key: str) -> str | None:
        """Return a value that is to be text; None: it is missing. Raises AgentError."""
        value = self.head.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.problem(key, "must be text")
        return str(value).strip()

    def names(self, key: str) -> tuple[str, ...] | None:
        """Return a list, or what stands with commas in between; None: missing. AgentError."""
        value = self.head.get(key)
        if value is None:
            return () if key in self.head else None
        listed = _split(value) if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise self.problem(key, "must be names with commas in between, or a list of them")
        return tuple(one.strip() for one in listed if one.strip())

    def flag(self, key: str) -> bool:
        """Return a value that is true or false; false where it is missing. Raises AgentError."""
        value = self.head.get(key, False)
        if value in {"true", "false"}:
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self.problem(key, "must be true or false")
        return value

    def count(self, key: str) -> int | None:
        """Return a number above 0; None: it is missing. Raises AgentError."""
        value = self.head.get(key)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
            value = int(value)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.problem(key, "must be a whole number")
        if value is not None and value < 1:
            raise self.problem(key, "must be above 0")
        return value

    def problem(self, key: str, what: str) -> HeadError:
        """Return the error that a value cannot be used."""
        return HeadError(f"{key} {what}", self.lines.get(key, 1))


class HeadError(AgentError):
    """A head that cannot be used, and the line of the file where that shows."""

    def __init__(self, message: str, line: int) -> None:
        """Say what is wrong in `line`."""
        super().__init__(message)
        self.line = line


def read_document(text: str) -> Document:
    """Take the head off a file; without one it is empty. Raises HeadError."""
    if not text.startswith("---"):
        return Document({}, text, {})
    found = _HEAD.match(text)
    if found is None:
        raise HeadError("the head has no end: a line of --- is missing", 1)
    head = found[1]
    if len(head) > LARGEST:
        raise HeadError(f"the head is longer than {LARGEST // 1024} KiB", 1)
    lines = {
        key[1]: number
        for number, line in enumerate(head.split("\n"), 2)
        if (key := _PLAIN.match(line))
    }
    return Document(_mapping(head), text[found.end() :], lines)


def _mapping(head: str) -> dict[str, Any]:
    try:
        value = _load(head)
    except HeadError as error:
        plain = _plain_lines(head)
        if plain is None:
            raise error from None
        return plain
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise HeadError("the head must be names with values", 2)
    return value


def _plain_lines(head: str) -> dict[str, Any] | None:
    """Read `name: any text` lines, as people write them: with a colon in the text, say."""
    found: dict[str, Any] = {}
    for line in head.split("\n"):
        match = _PLAIN.fullmatch(line.rstrip())
        if match is None:
            if line.strip() and not line.startswith("#"):
                return None
            continue
        if match[2][:1] in {"[", "{", "&", "*", "!", "|", ">"}:
            return None
        found[match[1]] = match[2].strip("\"'") if match[2] else None
    return found


def _load(head: str) -> Any:
    import yaml  # noqa: PLC0415 -- only who has a project pays for it

    class Loader(yaml.SafeLoader):
        depth = nodes = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            mark: Any = event.start_mark
            if isinstance(event, yaml.AliasEvent):
                raise yaml.MarkedYAMLError(None, None, "aliases are not read", mark)
            self.depth += 1
            self.nodes += 1
            if self.nodes > MOST:
                raise yaml.MarkedYAMLError(None, None, "it has too many values", mark)
            if self.depth > DEEPEST:
                raise yaml.MarkedYAMLError(None, None, "it is too deep", mark)
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    try:
        return yaml.load(head, Loader=Loader)  # noqa: S506 -- it is a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        raise HeadError(f"the head is no YAML: {error.problem}", line) from None
    except (yaml.YAMLError, ValueError, OverflowError, TypeError, RecursionError) as error:
        raise HeadError(f"the head is no YAML: {error}", 2) from None


def _split(text: str) -> list[str]:
    """Split at commas that are not in parentheses."""
    return re.findall(r"(?:[^,(]|\([^)]*\)?)+", text)
