"""What to read next: files that the results of the task point at, by tools that only read."""

from __future__ import annotations

from typing import Any

from rookery.providers.offline.params import Param
from rookery.providers.offline.places import Line, read_lines, says_nothing
from rookery.providers.offline.search import rank
from rookery.providers.offline.talk import Call, Talk
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.valid import valid
from rookery.providers.offline.words import name_words, terms

FILES = 3
"""Files that are followed in one task."""
_AROUND = 8
"""Lines that are read before a quoted one."""
_READ = terms("read open view show cat get load fetch")


def followups(talk: Talk, tools: list[Tool]) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that read on at the places which the results name."""
    reader = _reader(tools)
    if reader is None:
        return []
    seen = {
        _plain(path) for call in talk.calls if call.name == reader.name for path in _paths(call)
    }
    left = FILES - len(seen)
    result = []
    for place in _places(talk, reader):
        if left <= 0:
            break
        if _plain(place.path) in seen:
            continue
        arguments = _arguments(reader, place)
        if valid(arguments, reader.schema, reader.root):
            result.append((reader.name, arguments))
            seen.add(_plain(place.path))
            left -= 1
    return result


def _reader(tools: list[Tool]) -> Tool | None:
    """Return the tool that reads one file given nothing but its path."""
    fitting = [
        tool
        for tool in tools
        if tool.reads_files
        and (path := tool.path_param)
        and all(param is path or _role(param) for param in tool.params if param.required)
        and path.words.isdisjoint({"folder", "directory", "dir", "directori"})
    ]
    named = [tool for tool in fitting if _READ & set(name_words(tool.name))]
    return next(iter(named), None)


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


def _plain(path: str) -> str:
    return path.removeprefix("./")


def _paths(call: Call) -> list[str]:
    return [value for value in call.input.values() if isinstance(value, str)]


def _role(param: Param) -> str:
    """Return what a whole-number parameter says about lines: "start", "end" or "count"."""
    if param.type not in ("integer", "number"):
        return ""
    name = set(name_words(param.path[-1]))
    if name & {"end", "last", "to", "stop"}:
        return "end"
    if name & {"offset", "start", "line", "first", "from", "begin"}:
        return "start"
    return "count" if name & {"limit", "count", "lines", "num", "max", "length"} else ""


def _arguments(reader: Tool, place: Line) -> dict[str, Any]:
    """Return the input that reads around a place."""
    result: dict[str, Any] = {}
    first = max(1, place.number - _AROUND)
    numbers = {"start": first, "end": place.number + _AROUND, "count": 2 * _AROUND + 1}
    for param in reader.params:
        role = _role(param)
        if param is reader.path_param:
            result[param.path[-1]] = place.path
        elif len(param.path) == 1 and role and (param.required or place.number):
            number = numbers[role]
            if valid(number, param.schema, reader.root):
                result[param.path[-1]] = number
    return result
