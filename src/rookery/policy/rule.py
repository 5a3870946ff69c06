"""One rule, as it is written: a tool, and in parentheses which of its calls.

The language is that of Claude Code (code.claude.com/docs/en/permissions): `Bash(git diff:*)`,
`Read(./src/**)`, `WebFetch(domain:example.com)`, `mcp__server__*`, `Tool(param:value)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from rookery.errors import PolicyError
from rookery.internet.domains import covers, is_domain, plain
from rookery.policy.known import KNOWN, Compared, compared_by
from rookery.policy.paths import PathPattern

_RULE = re.compile(r"([A-Za-z0-9_*-]{1,128})(?:\((.*)\))?", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_]\w*):(.*)", re.DOTALL)


class Command(Struct, frozen=True):
    """Commands, in the language of `CommandPolicy`."""

    pattern: str


class Domain(Struct, frozen=True):
    """A host; `*.` before it stands for every host below it, and not for itself."""

    name: str

    def holds(self, host: str) -> bool:
        """Whether the host is one of these."""
        return covers(self.name, host)


class Field(Struct, frozen=True):
    """A field of the input; `*` in the value stands for any text."""

    name: str
    value: str

    def holds(self, given: object) -> bool:
        """Whether a value, as text, is this one, or one that is in it."""
        if isinstance(given, Mapping):
            return any(map(self.holds, (*given, *given.values())))
        if isinstance(given, list | tuple) and any(map(self.holds, given)):
            return True
        return re.fullmatch(_wild(self.value), str(given), re.DOTALL) is not None


class Rule(Struct, frozen=True):
    """A rule that was read."""

    text: str
    """As it was written."""
    name: str
    """The tool's; `*` stands for any letters."""
    calls: PathPattern | Command | Domain | Field | None
    """Which calls of it; None: all."""

    def names(self, tool: str, *, strict: bool) -> bool:
        """Whether it is about this tool; `strict`: it stands in `deny` or `ask`."""
        known = KNOWN.get(tool)
        called = (tool, *known.names, *(known.also if strict else ())) if known else (tool,)
        if any(re.fullmatch(_wild(self.name), name) for name in called):
            return True
        # `mcp__server` is all tools of the server.
        server = self.name.startswith("mcp__") and "__" not in self.name.removeprefix("mcp__")
        return server and tool.startswith(f"{self.name}__")


def read_rule(text: str, *, strict: bool) -> Rule:
    """Read a rule; `strict`: it stands in `deny` or `ask`. Raises PolicyError."""
    found = _RULE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise PolicyError(
            f"{text!r} is not a rule: write Tool or Tool(calls), such as Bash(git diff:*)."
        )
    name, inner = found[1], found[2]
    if inner is None or inner.strip() in {"", "*"}:
        return Rule(text, name, None)
    try:
        return Rule(text, name, _calls(name, inner, strict=strict))
    except PolicyError as error:
        raise PolicyError(f"Rule {text!r}: {error.message}") from error


def _calls(name: str, inner: str, *, strict: bool) -> PathPattern | Command | Domain | Field:
    match compared_by(name):
        case Compared.PATH:
            return PathPattern.read(inner)
        case Compared.COMMAND:
            return Command(inner.strip())
        case Compared.URL:
            return _domain(inner)
        case None:
            return _field(name, inner, strict=strict)


def _domain(inner: str) -> Domain:
    kind, _, host = inner.strip().partition(":")
    host = plain(host.strip())
    if kind != "domain" or host == "*" or not is_domain(host):
        raise PolicyError("write it as domain:example.com, or domain:*.example.com.")
    return Domain(host)


def _field(name: str, inner: str, *, strict: bool) -> Field:
    found = _FIELD.fullmatch(inner)
    if found is None:
        raise PolicyError(f"{name} has no calls of that kind; a field is {name}(field:value).")
    if not strict:
        raise PolicyError("a field can be compared in deny and ask only: what it allows is more.")
    return Field(found[1], found[2])


def _wild(text: str) -> str:
    return ".*".join(map(re.escape, text.split("*")))
