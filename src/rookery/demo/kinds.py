"""Kinds of log lines: lines that differ only in numbers, ids and names are one kind."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from rookery.demo.loglines import ERROR, NOTE, WARNING, Entry

MOST_KINDS = 5000
"""Kinds kept apart; beyond this the lines of a source and severity are counted together."""

OTHERS = "(other lines)"
"""The template of these."""

MOST_DEPLOYS = 500

_REQUEST = re.compile(r'"([A-Z]{3,7}) (/[^/?" ]*)[^"]*" (\d)\d\d\b')
_VALUE = re.compile(r'\b([A-Za-z_][\w.]*)=("[^"]*"|[^\s,;)\]]+)')
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'|`[^`]*`")
_NUMBERED = re.compile(r"\w*\d\w*(?:[.:,/-]+\w*\d\w*)*")
_WORD = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_TELLING = frozenset(
    ("error", "err", "reason", "cause", "status", "level", "upstream", "service", "target", "host")
)
# Who called is not who is to blame.
_CALLER = re.compile(
    r"\b(?:caller|client|from|src|source|origin|referer|user_agent|requested_by|peer)=\S+"
)
_CALLERS = frozenset(
    ("caller", "client", "from", "src", "source", "origin", "referer", "user_agent", "logger")
)
_SELF = frozenset(("service", "app", "application", "program", "component", "service.name"))
_DEPLOYMENT = re.compile(
    r"\b(?:deploy(?:s|ed|ing|ment)?|releas(?:e|ed|ing)|roll(?:ing|ed)?[ -]?(?:out|back)"
    r"|promoted)\b",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\bv\d+|\b\d+\.\d+\.\d+|\b(?:version|revision)\b", re.IGNORECASE)
_DEPLOY_FILE = re.compile(
    r"(?:deploy|release|rollout)(?:s|ments?)?(?:[-_](?:log|history|events))?|changes|changelog",
    re.IGNORECASE,
)
_PLAIN_STEMS = frozenset(
    (
        *("access", "app", "application", "current", "error", "errors", "log", "main", "messages"),
        *("output", "server", "service", "stderr", "stdout"),
    )
)
_SUFFIX = re.compile(r"(?:[-_.](?:access|error|errors|app|log|stdout|stderr|\d+))+$")


class KindKey(NamedTuple):
    """What two lines of one kind have in common."""

    path: str
    source: str | None
    severity: int
    template: str


@dataclass(slots=True)
class Kind:
    """All lines of one file that say the same thing."""

    path: str
    service: str
    template: str
    severity: int
    is_access: bool
    """The lines record only a request and its status, not a reason."""
    names: frozenset[str]
    """The words of the first line that may be names of other services."""
    first: Entry
    count: int = 0
    seconds: dict[int, tuple[int, int]] = field(default_factory=dict)
    """For kinds of warnings and errors: second -> (lines in it, the first of them)."""


@dataclass(frozen=True, slots=True)
class Deploy:
    """A line that tells of a deployment."""

    path: str
    entry: Entry
    words: frozenset[str]


@dataclass(slots=True)
class Survey:
    """What was read: the kinds, the deployments, and the traffic that ran all along."""

    kinds: dict[KindKey, Kind] = field(default_factory=dict)
    deploys: list[Deploy] = field(default_factory=list)
    traffic: Counter[int] = field(default_factory=Counter)
    start: float = float("inf")
    end: float = float("-inf")
    lines: int = 0

    def add(self, path: str, entry: Entry) -> None:
        """Count one entry."""
        self.lines += 1
        self.start = min(self.start, entry.at)
        self.end = max(self.end, entry.at)
        if is_deploy(path, entry):
            if len(self.deploys) < MOST_DEPLOYS:
                self.deploys.append(Deploy(path, entry, words(entry.text)))
            return
        kind = self._kind(path, entry)
        kind.count += 1
        second = int(entry.at)
        if entry.at < kind.first.at:
            kind.first = entry
        if kind.severity == NOTE:
            self.traffic[second] += 1
            return
        count, line = kind.seconds.get(second, (0, entry.line))
        kind.seconds[second] = (count + 1, line)

    def _kind(self, path: str, entry: Entry) -> Kind:
        key = KindKey(path, entry.source, entry.severity, template(entry.body))
        if key not in self.kinds and len(self.kinds) >= MOST_KINDS:
            key = key._replace(template=OTHERS)
        found = self.kinds.get(key)
        if found is None:
            found = self.kinds[key] = Kind(
                path=path,
                service=(entry.source or service_of(path)).lower(),
                template=key.template,
                severity=entry.severity,
                is_access=_REQUEST.search(entry.body) is not None,
                names=_names(entry) if entry.severity >= WARNING else frozenset(),
                first=entry,
            )
        return found

    def services(self) -> frozenset[str]:
        """The names under which programs write these logs."""
        return frozenset(kind.service for kind in self.kinds.values() if len(kind.service) > 2)


def template(body: str) -> str:
    """Say what a line has in common with others of its kind."""
    body = body[:400]
    request = _REQUEST.search(body) if '"' in body else None
    if request:
        rest = template(body[request.end() :])
        return f"{request[1]} {request[2]} {request[3]}xx {rest}".strip()
    if "=" in body:
        body = _VALUE.sub(_masked_value, body)
    body = _QUOTED.sub("*", body)
    return " ".join(_NUMBERED.sub("#", body).split())


def _masked_value(match: re.Match[str]) -> str:
    return match[0] if match[1].lower() in _TELLING else f"{match[1]}=*"


def words(text: str) -> frozenset[str]:
    """The words of a line that could be names, in lower case; `a-b` is one word."""
    return frozenset(_WORD.findall(text.lower()))


def _names(entry: Entry) -> frozenset[str]:
    if entry.fields is None:
        return words(_CALLER.sub(" ", entry.body))
    told = (value for name, value in entry.fields.items() if name.lower() not in _CALLERS | _SELF)
    return words(_CALLER.sub(" ", " ".join(told)))


@lru_cache(maxsize=1024)
def service_of(path: str) -> str:
    """The name of the program that writes a log file, taken from the file's name or folder."""
    parts = PurePosixPath(path).parts
    stem = parts[-1].split(".")[0]
    stem = _SUFFIX.sub("", stem) or stem
    if stem.lower() in _PLAIN_STEMS and len(parts) > 1:
        return parts[-2]
    return stem


def is_deploy(path: str, entry: Entry) -> bool:
    """Say whether an entry tells of a deployment, release or rollout."""
    if _DEPLOY_FILE.fullmatch(service_of(path)):
        return entry.severity < ERROR
    return (
        entry.severity == NOTE
        and _DEPLOYMENT.search(entry.body) is not None
        and _VERSION.search(entry.body) is not None
    )
