"""The search behind grep. It runs in a process of its own, started by `_grep`.

`re` can take exponential time on a pattern and holds the interpreter's lock meanwhile, so that no
thread could stop it and the whole event loop would stand still; a process can be killed. The
process has no installed packages, so this module imports the standard library and the modules of
rookery that do the same.

The request is one JSON object on standard input, the matches are text on standard output, and
what the model should know otherwise is one line on standard error with exit status 2.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rookery.errors import ToolError
from rookery.tools.beneath import LEFTOVER, list_folder, open_file
from rookery.tools.lines import is_binary, read_lines
from rookery.tools.location import OUTPUT_CHARACTERS
from rookery.tools.patterns import SKIPPED, file_filter
from rookery.tools.place import Place

LINE_CHARACTERS = 500
LINE_BYTES = 1 << 20
"""How much of one line is searched."""

REFUSED = 2
_NARROW = "narrow path, glob or pattern"
_BEFORE_MATCH = 100


class Request(NamedTuple):
    """What to search for, and where."""

    root: str
    prefix: tuple[str, ...]
    parts: tuple[str, ...]
    """The file or folder, as a place has it."""
    pattern: str
    glob: str | None
    ignore_case: bool
    context: int
    max_results: int
    cpu_seconds: int
    files: tuple[tuple[str, ...], ...] | None
    """The only files below the folder that can match; None: all can."""
    unread: tuple[str, ...] = ()
    """Regular expressions of absolute paths that are left out."""


class Hit(NamedTuple):
    """One line to print; `at` is where the match starts, None in a line of context."""

    number: int
    text: str
    at: int | None


Match = Callable[[str], "re.Match[str] | None"]


def search(request: Request) -> Iterator[str]:
    """Yield the lines of the answer. Raises ToolError."""
    matches, characters = 0, 0
    for line, is_match in _printed(request):
        matches += is_match
        characters += len(line) + 1
        if matches > request.max_results:
            yield f"({request.max_results} matches shown, there are more; {_NARROW})"
            return
        if characters > OUTPUT_CHARACTERS:
            yield f"(the output is full, there may be more matches; {_NARROW})"
            return
        yield line


def _printed(request: Request) -> Iterator[tuple[str, bool]]:
    """Yield each line to print, and whether it is a match."""
    match = _compile(request)
    expected: tuple[Place, int] | None = None
    for place in _files(request):
        for hit in _hits(place, match, request.context):
            if request.context and expected not in {None, (place, hit.number)}:
                yield "--", False
            yield _line(str(place), hit), hit.at is not None
            expected = (place, hit.number + 1)


def _compile(request: Request) -> Match:
    try:
        return re.compile(request.pattern, re.IGNORECASE if request.ignore_case else 0).search
    except re.error as error:
        where = "" if error.pos is None else f" at position {error.pos}"
        raise ToolError(
            f"pattern: not a regular expression: {error.msg}{where}. "
            "To search for text as it is, escape characters such as ( [ . * with a backslash."
        ) from error
    except (OverflowError, RecursionError) as error:
        raise ToolError("pattern: the regular expression is too large or nested.") from error


def _files(request: Request) -> Iterator[Place]:
    """Yield the files to search, sorted by path."""
    start = Place(request.root, request.parts, request.prefix)
    wanted = file_filter(request.glob) if request.glob else None
    if Path(start.path).is_file():
        with open_file(start) as file:
            if is_binary(file):
                raise ToolError(f"{start} is a binary file; only text is searched.")
        yield start
        return
    unread = [re.compile(expression, re.DOTALL) for expression in request.unread]
    found = _walk(start) if request.files is None else _named(start, request.files)
    for place in found:
        if any(expression.fullmatch(place.path) for expression in unread):
            continue
        if wanted is None or wanted.matches(place.parts[len(start.parts) :]):
            yield place


def _walk(start: Place) -> Iterator[Place]:
    waiting = _below(start)
    while waiting:
        kind, place = waiting.pop()
        if kind == "file":
            yield place
        elif place.name not in SKIPPED:
            with contextlib.suppress(ToolError):  # It cannot be read, or was just removed.
                waiting += _below(place)


def _below(place: Place) -> list[tuple[str, Place]]:
    entries = reversed(list_folder(place))
    return [(e.kind, place.below(e.name)) for e in entries if e.kind in {"file", "folder"}]


def _named(start: Place, files: Iterable[tuple[str, ...]]) -> Iterator[Place]:
    """Yield files in the order of a walk, and none that a walk would not come to."""
    list_folder(start)  # which says what is wrong with it
    for names in sorted(map(tuple, files), key="/".join):
        if names and SKIPPED.isdisjoint(names[:-1]) and not names[-1].startswith(LEFTOVER):
            with contextlib.suppress(ToolError):  # These are no names.
                yield start.below(*names)


def _hits(place: Place, match: Match, context: int) -> Iterator[Hit]:
    # Among many, a file that cannot be read is not worth the search.
    with contextlib.suppress(ToolError, OSError), open_file(place) as file:
        if not is_binary(file):
            lines = (raw.decode("utf-8", "replace") for raw in read_lines(file, LINE_BYTES))
            yield from _around(enumerate(lines, 1), match, context)


def _around(lines: Iterable[tuple[int, str]], match: Match, context: int) -> Iterator[Hit]:
    """Yield the lines that match, with `context` lines before and after."""
    before: deque[Hit] = deque(maxlen=context)
    after = 0
    for number, text in lines:
        found = match(text)
        if found:
            yield from before
            before.clear()
            yield Hit(number, text, found.start())
            after = context
        elif after:
            yield Hit(number, text, None)
            after -= 1
        else:
            before.append(Hit(number, text, None))


def _line(path: str, hit: Hit) -> str:
    mark = "-" if hit.at is None else ":"
    text = hit.text
    if len(text) > LINE_CHARACTERS:
        start = max(0, (hit.at or 0) - _BEFORE_MATCH)
        end = start + LINE_CHARACTERS
        text = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    return f"{path}{mark}{hit.number}{mark}{text}"


def main() -> None:
    """Read the request, print the answer."""
    fields: dict[str, Any] = json.load(sys.stdin)
    request = Request(**fields)
    request = request._replace(prefix=tuple(request.prefix), parts=tuple(request.parts))
    _limit_cpu(request.cpu_seconds)
    write = sys.stdout.buffer.write
    try:
        for line in search(request):
            # At once: what was found must have left when the time is up and the process killed.
            write(line.encode("utf-8", "replace") + b"\n")
            sys.stdout.buffer.flush()
    except ToolError as error:
        sys.stderr.write(error.message)
        sys.exit(REFUSED)


def _limit_cpu(seconds: int) -> None:
    """Make the process end by itself, should the one that would kill it be gone."""
    try:
        import resource  # noqa: PLC0415 -- not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
