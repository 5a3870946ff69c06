"""Log lines as data: the time, severity, source and message of lines in common formats.

Read here: ISO 8601 and `2025/03/04 14:03:07` anywhere near the start of a line, the common log
format, syslog, epoch seconds, JSON lines and logfmt. A time without a zone is taken as UTC.
"""

from __future__ import annotations

import json
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path

NOTE, WARNING, ERROR, FATAL = 0, 1, 2, 3
"""The severities that matter for finding trouble."""

LONGEST_LINE = 4096
"""Bytes of a line that are read; the rest of a longer line is passed over."""

_ISO = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?"
)
_COMMON = re.compile(r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]")
_SYSLOG = re.compile(
    r"(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) \S+ ([\w./-]+)(?:\[\d+\])?:"
)
_EPOCH = re.compile(r"\[?(\d{10})(?:\.(\d{1,9}))?\]?[\s:]")
_PRIORITY = re.compile(r"<(\d{1,3})>")
_LEVEL = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|SEVERE|CRIT|CRITICAL|FATAL|ALERT|EMERG"
    r"|EMERGENCY|PANIC)\b|\[(debug|info|notice|warn|warning|error|crit|alert|emerg)\]"
)
_ACCESS = re.compile(r'"[A-Z]{3,7} [^"]*" (\d{3})\b')
_STATUS = re.compile(r"\b(?:status|status_code|http_status)[=: ]+(\d{3})\b")
_BAD = re.compile(
    r"\b(?:errors?|fail(?:ed|ure|s|ing)?|exception|fatal|panic(?:ked)?|refused|denied|killed"
    r"|abort(?:ed|ing)?|crash(?:ed)?|corrupt(?:ed)?|unable|cannot|could not)\b",
    re.IGNORECASE,
)
_WORRYING = re.compile(
    r"\b(?:warn(?:ing)?|timed out|timeout|retry(?:ing)?|unavailable)\b", re.IGNORECASE
)
_EXCEPTION = re.compile(r"\s*(?:Caused by: )?[A-Za-z_][\w.$]*(?:Error|Exception|Panic)\b(?::|$)")
_PAIR = re.compile(r'([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|\S*)')
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_SEVERITIES = {
    **dict.fromkeys(("warn", "warning"), WARNING),
    **dict.fromkeys(("err", "error", "severe"), ERROR),
    **dict.fromkeys(("crit", "critical", "fatal", "alert", "emerg", "emergency", "panic"), FATAL),
}
_TIME_FIELDS = ("ts", "time", "timestamp", "@timestamp", "t", "date", "datetime", "asctime")
_LEVEL_FIELDS = ("level", "severity", "lvl", "levelname", "log.level")
_MESSAGE_FIELDS = ("msg", "message", "event", "text", "log")
_DETAIL_FIELDS = ("error", "err", "exception", "exc", "exc_info", "reason", "cause", "detail")
_SOURCE_FIELDS = ("service", "app", "application", "program", "component", "service.name")
_STATUS_FIELDS = ("status", "status_code", "http_status", "code")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log that has a time of its own, or inherits that of the line above it."""

    line: int
    at: float
    severity: int
    source: str | None
    """The program the line says it comes from, where the format has a place for that."""
    body: str
    """What the line says, without its time."""
    text: str
    """The line as it stands in the file."""
    fields: Fields | None
    """The named values of a JSON or logfmt line."""


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line of a file with its number, at most `LONGEST_LINE` bytes of it at a time."""
    number = 0
    inside = False
    with path.open("rb") as file:
        while chunk := file.readline(LONGEST_LINE):
            if not inside:
                number += 1
                yield number, chunk.decode("utf-8", "replace").rstrip("\r\n")
            inside = not chunk.endswith(b"\n")


def read_entries(path: Path, *, year: int) -> Iterator[Entry]:
    """Yield the entries of one log file; `year` dates the formats that leave it out.

    Lines without a time belong to the entry above them and are passed over, except those that
    name an exception: a stack trace often says at its end what the first line does not.
    """
    above: Entry | None = None
    for number, text in read_lines(path):
        entry = _entry(number, text, year)
        if entry is not None:
            above = entry
            yield entry
        elif above is not None and above.severity >= WARNING and _EXCEPTION.match(text):
            severity = max(above.severity, ERROR)
            yield Entry(number, above.at, severity, above.source, text.strip(), text, None)


def year_of(path: Path) -> int | None:
    """The year of a file's first lines, if their times have one."""
    for number, text in islice(read_lines(path), 20):
        # Formats without a year are no times in the year 0.
        entry = _entry(number, text, 0)
        if entry is not None:
            return datetime.fromtimestamp(entry.at, UTC).year
    return None


def _entry(number: int, text: str, year: int) -> Entry | None:
    fields = _fields(text)
    if fields is not None:
        return _structured(number, text, fields)
    found = _time(text, year)
    if found is None:
        return None
    at, start, end = found
    body = f"{text[:start]}{text[end:]}".strip()
    syslog = _SYSLOG.match(text)
    source = syslog[6] if syslog else None
    return Entry(number, at, _severity(text, body), source, body, text, None)


def _structured(number: int, text: str, fields: Fields) -> Entry | None:
    at = _field_time(fields)
    if at is None:
        return None
    said = [fields[name] for name in _MESSAGE_FIELDS if fields.get(name)][:1]
    said += [fields[name] for name in _DETAIL_FIELDS if fields.get(name)]
    status = next((fields[name] for name in _STATUS_FIELDS if name in fields), "")
    is_failure = len(status) == 3 and status.startswith("5")
    if is_failure:
        said.append("status=5xx")
    level = next((fields[name] for name in _LEVEL_FIELDS if name in fields), "")
    body = " ".join(said) or text
    severity = _named_severity(level) if level else _severity(body, body)
    source = next((fields[name] for name in _SOURCE_FIELDS if fields.get(name)), None)
    severity = max(severity, ERROR) if is_failure else severity
    return Entry(number, at, severity, source, body, text, fields)


def _fields(text: str) -> Fields | None:
    """The named values of a line that is one JSON object, or logfmt with a time and a message."""
    if text.startswith("{"):
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return {str(name): _plain(value) for name, value in loaded.items()}
    if "=" not in text[:24]:
        return None
    fields = {name: value.strip('"') for name, value in _PAIR.findall(text)}
    is_logfmt = any(name in fields for name in _TIME_FIELDS)
    return fields if is_logfmt and any(name in fields for name in _MESSAGE_FIELDS) else None


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _field_time(fields: Fields) -> float | None:
    value = next((fields[name] for name in _TIME_FIELDS if fields.get(name)), "")
    found = _iso(value)
    if found is not None:
        return found[0]
    try:
        number = float(value)
    except ValueError:
        return None
    # Seconds, milliseconds, microseconds or nanoseconds since 1970: told apart by their size.
    for scale in (1.0, 1e3, 1e6, 1e9):
        if 1e8 <= number / scale < 1e10:
            return number / scale
    return None


def _time(text: str, year: int) -> tuple[float, int, int] | None:
    """The time of a line, and where in the line it stands."""
    iso = _iso(text[:120])
    if iso is not None:
        return iso
    match = _COMMON.search(text[:200])
    if match and match[2] in _MONTHS:
        day = _day(int(match[3]), _MONTHS[match[2]], int(match[1]))
        seconds = _clock(match[4], match[5], match[6]) - _offset(match[7])
        return (day + seconds, *match.span()) if day is not None else None
    match = _SYSLOG.match(text)
    if match and match[1] in _MONTHS:
        day = _day(year, _MONTHS[match[1]], int(match[2]))
        at = _clock(match[3], match[4], match[5])
        return (day + at, 0, match.end()) if day is not None else None
    match = _EPOCH.match(text)
    if match:
        return float(f"{match[1]}.{match[2] or 0}"), 0, match.end()
    return None


def _iso(text: str) -> tuple[float, int, int] | None:
    match = _ISO.search(text)
    if match is None:
        return None
    day = _day(int(match[1]), int(match[2]), int(match[3]))
    if day is None:
        return None
    seconds = _clock(match[4], match[5], match[6]) - _offset(match[8])
    return day + seconds + float(f"0.{match[7] or 0}"), *match.span()


@lru_cache(maxsize=512)
def _day(year: int, month: int, day: int) -> float | None:
    if not (1970 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return float(timegm((year, month, day, 0, 0, 0)))


def _clock(hour: str, minute: str, second: str) -> int:
    return int(hour) * 3600 + int(minute) * 60 + int(second)


def _offset(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _severity(text: str, body: str) -> int:
    """What a line without named values says about itself: its level, its status, its words."""
    access = _ACCESS.search(body) if '"' in body else None
    if access:
        return ERROR if access[1].startswith("5") else NOTE
    status = _STATUS.search(body) if "status" in body else None
    least = ERROR if status and status[1].startswith("5") else NOTE
    level = _LEVEL.search(body[:160])
    if level:
        return max(least, _named_severity(level[1] or level[2]))
    priority = _PRIORITY.match(text)
    if priority:
        code = int(priority[1]) % 8
        return max(least, FATAL if code <= 2 else ERROR if code == 3 else int(code == 4))
    if _BAD.search(body):
        return ERROR
    return max(least, WARNING) if _WORRYING.search(body) else least


def _named_severity(level: str) -> int:
    if level.isdigit():  # the numbers of pino and bunyan: 30 is information, 60 is fatal
        return min(max(int(level) // 10 - 3, NOTE), FATAL)
    return _SEVERITIES.get(level.lower(), NOTE)
