"""What to read next: files that the results of the task point at, by tools that only read."""

from __future__ import annotations

from typing import Any

from rookery.jsonschema.valid import valid
from rookery.providers.offline.params import Param
from rookery.providers.offline.places import Line, read_lines, says_nothing
from rookery.providers.offline.search import rank
from rookery.providers.offline.talk import Talk
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.words import name_words, stem, terms

FILES = 3
"""Files that are followed in one task."""
_AROUND = 8
"""Lines that are read before a quoted one."""
_READ = terms("read open view show cat get load fetch")
_FOLDERS = frozenset(map(stem, terms("folder directory dir")))
_ROLES = {
    "end": terms("end last to stop"),
    "start": terms("offset start line first from begin"),
    "count": terms("limit count lines num max length"),
}


def followups(talk: Talk, tools: list[Tool]) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that read on at the places which the results name."""
    reader = next((tool for tool in tools if _reads_one_file(tool)), None)
    if reader is None:
        return []
    given = [call.input.values() for call in talk.calls if call.name == reader.name]
    seen = {_plain(path) for values in given for path in values if isinstance(path, str)}
    result: list[tuple[str, dict[str, Any]]] = []
    for place in _places(talk, reader):
        arguments = _arguments(reader, place)
        fits = _plain(place.path) not in seen and valid(arguments, reader.schema, reader.root)
        if fits and len(seen) < FILES:
            result.append((reader.name, arguments))
            seen.add(_plain(place.path))
    return result


def _plain(path: str) -> str:
    return path.removeprefix("./")


def _reads_one_file(tool: Tool) -> bool:
    """Whether a tool reads a file, given nothing but its path."""
    path = tool.path_param
    if not tool.reads_files or path is None or _READ.isdisjoint(name_words(tool.name)):
        return False
    enough = all(param is path or _role(param) for param in tool.params if param.required)
    return enough and path.words.isdisjoint(_FOLDERS)


def _places(talk: Talk, reader: Tool) -> list[Line]:
    """Return the places that results name, those that answer the task first."""
    result: list[Line] = []
    for call in talk.calls:
        if call.answered and call.name != reader.name and not says_nothing(call.result or ""):
            lines = [line for line in read_lines(call) if line.path and line.number]
            ranked = rank(talk.task, [line.text for line in lines])
            result += lines[: bool(lines and lines[0].label)]
            result += [lines[hit.line] for hit in ranked[:20]] + lines[:FILES]
    return result


def _role(param: Param) -> str:
    """Return what a whole-number parameter says about lines: "start", "end" or "count"."""
    if param.type not in ("integer", "number"):
        return ""
    name = name_words(param.path[-1])
    return next((role for role, words in _ROLES.items() if not words.isdisjoint(name)), "")


def _arguments(reader: Tool, place: Line) -> dict[str, Any]:
    """Return the input that reads around a place."""
    result: dict[str, Any] = {}
    first = max(1, place.number - _AROUND)
    numbers = {"start": first, "end": place.number + _AROUND, "count": 2 * _AROUND + 1}
    for param in reader.params:
        if param is reader.path_param:
            result[param.path[-1]] = place.path
        number = numbers.get(_role(param))
        if len(param.path) == 1 and number and valid(number, param.schema, reader.root):
            result[param.path[-1]] = number
    return result
