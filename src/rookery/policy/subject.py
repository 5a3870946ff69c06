"""What rules compare: one call of a tool."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from rookery.errors import ToolError
from rookery.internet.domains import plain
from rookery.policy.known import KNOWN, Compared, compares
from rookery.policy.paths import Folders, PathPattern
from rookery.policy.rule import Command, Domain, Field, Rule


class Subject:
    """A call, and what is known of it when it is decided."""

    def __init__(self, tool: str, given: Mapping[str, Any], folders: Folders) -> None:
        """Take a call of `tool` with the input `given`, in `folders`."""
        self.tool = tool
        self.given = given
        self.known = KNOWN.get(tool)
        self._folders = folders
        value = given.get(self.known.field, self.known.default) if self.known else None
        self.text = value if isinstance(value, str) else None
        """What is compared; None: it is missing, or no text."""

    @property
    def is_command(self) -> bool:
        """Whether it runs a command."""
        return compares(self.tool) is Compared.COMMAND

    def holds(self, rule: Rule, *, strict: bool) -> bool:
        """Whether a rule is about this call. `strict`: it stands in `deny` or `ask`.

        A strict rule is also about a call of its tool that cannot be compared, and about a path
        as it was written, besides the place it leads to.
        """
        if not rule.names(self.tool, strict=strict):
            return False
        match rule.calls:
            case None:
                return True
            case Field(name=name):
                return name in self.given and rule.calls.holds(self.given[name])
            case Command():
                return False  # see rookery.policy.commands
            case _ if self.text is None:
                return strict
            case Domain():
                named = host(self.text)
                return strict if named is None else rule.calls.holds(named)
            case PathPattern():
                return self._leads_into(rule.calls, self.text, strict=strict)

    def _leads_into(self, pattern: PathPattern, path: str, *, strict: bool) -> bool:
        try:
            paths = {self._folders.place(path).path}
        except ToolError:  # outside: the tool refuses it
            return strict
        if strict:
            paths.add(self._as_written(path))
        expressions = pattern.expressions(self._folders, links=strict)
        return any(
            re.fullmatch(expression, path, re.DOTALL)
            for expression in expressions
            for path in paths
        )

    def _as_written(self, path: str) -> str:
        """The absolute path, its links kept."""
        first, _, rest = path.partition("/")
        base, below = (first, rest.lstrip("/")) if first in self._folders.names else (".", path)
        return os.path.normpath(os.path.join(self._folders.place(base).path, below))  # noqa: PTH118 -- text in, text out


def host(url: str) -> str | None:
    """Return the host of an address, as rules write it; None: it has none, or nobody can tell."""
    try:
        found = plain(urlsplit(url).hostname or "")
    except ValueError:
        return None
    return found if found and found.isascii() else None
