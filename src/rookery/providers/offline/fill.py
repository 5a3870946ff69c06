"""Values of a text to arguments of a tool: the best value for each parameter, each used once."""

from __future__ import annotations

from typing import Any, NamedTuple

from rookery.providers.offline.candidates import Candidate, candidates
from rookery.providers.offline.params import Param
from rookery.providers.offline.schema import Schema, properties
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.valid import valid
from rookery.providers.offline.values import Passage, Value, items

SURE = 3.0
"""The score from which on an optional parameter is filled."""
POSSIBLE = 0.9
"""The score from which on a required one is."""


class Filling(NamedTuple):
    """The arguments of a call, as far as the text has them."""

    input: dict[str, Any]
    missing: tuple[str, ...]
    strength: float
    """How sure the required arguments are, 0 to 1; 1 where there are none."""
    used: tuple[tuple[int, int], ...]
    variants: tuple[dict[str, Any], ...]
    """The other inputs that a list in the text asks for: `in Paris and Rome`."""


def fill(tool: Tool, passage: Passage, context: Passage | None = None) -> Filling:
    """Fill the parameters of a tool from a text; `context` is text for the tool's paths only."""
    text, found = passage.text, passage.values
    chosen = _assign(tool, text, found)
    if context is not None:
        _paths_of_context(tool, chosen, context)
    needed = [param for param in tool.params if param.required]
    missing = tuple(param.name for param in needed if param.path not in chosen)
    _drop_partial(tool, chosen)
    arguments = _nest(tool, chosen)
    scores = [min(chosen[p.path].score, 4.0) / 4.0 if p.path in chosen else 0.0 for p in needed]
    if not missing and not valid(arguments, tool.schema, tool.root):
        missing = _invalid(tool, chosen)
    others, spans = ([], []) if missing else _variants(tool, chosen, found, text)
    used = [(c.start, c.end) for c in chosen.values()] + spans
    strength = sum(scores) / len(scores) if scores else 1.0
    return Filling(arguments, missing, strength, tuple(used), tuple(others))


def _assign(tool: Tool, text: str, found: list[Value]) -> dict[tuple[str, ...], Candidate]:
    """Give each parameter its best value; the surest pairs are made first."""
    pairs = [
        (candidate, order, param)
        for order, param in enumerate(tool.params)
        for candidate in candidates(param, tool, text, found)
        if candidate.score >= (POSSIBLE if param.required else SURE)
    ]
    pairs.sort(key=lambda pair: (-pair[0].score, pair[0].start, pair[1]))
    chosen: dict[tuple[str, ...], Candidate] = {}
    used: list[tuple[int, int]] = []
    for candidate, _, param in pairs:
        span = (candidate.start, candidate.end)
        if param.path in chosen or (not candidate.shared and _overlaps(span, used)):
            continue
        chosen[param.path] = candidate
        if not candidate.shared:
            used.append(span)
    return chosen


def _overlaps(span: tuple[int, int], used: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in used)


def _paths_of_context(
    tool: Tool, chosen: dict[tuple[str, ...], Candidate], context: Passage
) -> None:
    """Give a path that the text does not name from the operator's own words."""
    param = tool.path_param
    if param is None or param.path in chosen:
        return
    for value in context.values:
        if value.kind == "path":
            chosen[param.path] = Candidate(value.text, 3.0, -1, -1, shared=True)
            return


def _drop_partial(tool: Tool, chosen: dict[tuple[str, ...], Candidate]) -> None:
    """Leave out optional objects that lack a part which they need."""
    for param in tool.params:
        prefix = param.path[:-1]
        if param.required or not prefix or param.path in chosen:
            continue
        parent: Any = tool.schema
        for name in prefix:
            parent = (
                (parent.get("properties") or {}).get(name) if isinstance(parent, dict) else None
            )
        if isinstance(parent, dict) and param.path[-1] in (parent.get("required") or ()):
            for path in [path for path in chosen if path[: len(prefix)] == prefix]:
                del chosen[path]


def _nest(tool: Tool, chosen: dict[tuple[str, ...], Candidate]) -> dict[str, Any]:
    """Return the arguments as the tool takes them, in the order of its parameters."""
    result: dict[str, Any] = {}
    for param in tool.params:
        if param.path in chosen:
            node = result
            for name in param.path[:-1]:
                node = node.setdefault(name, {})
            node[param.path[-1]] = chosen[param.path].value
    return result


def in_order(arguments: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """Return arguments in the order of the schema's properties, others last."""
    known = [name for name in properties(schema) if name in arguments]
    return {name: arguments[name] for name in dict.fromkeys([*known, *arguments])}


def _invalid(tool: Tool, chosen: dict[tuple[str, ...], Candidate]) -> tuple[str, ...]:
    """Name what keeps the arguments from being valid."""
    absent = [p.name for p in tool.params if p.path not in chosen]
    return tuple(absent[:3]) or ("a valid value",)


def _variants(
    tool: Tool, chosen: dict[tuple[str, ...], Candidate], found: list[Value], text: str
) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """Return the inputs for the other items of a list of which one was taken, and where."""
    taken = {(c.start, c.end) for c in chosen.values()}
    for run in items(found, text):
        if len(run) < 2 or run[0].kind not in ("name", "code", "path", "id", "url", "glob"):
            continue
        inside = [value for value in run if (value.start, value.end) in taken]
        if len(inside) != 1:
            continue
        for param in tool.params:
            candidate = chosen.get(param.path)
            if candidate is None or (candidate.start, candidate.end) != inside[0][2:4]:
                continue
            others = [value for value in run if value not in inside][:7]
            spans = [(value.start, value.end) for value in others]
            return _replaced(tool, param, chosen, others), spans
    return [], []


def _replaced(
    tool: Tool, param: Param, chosen: dict[tuple[str, ...], Candidate], others: list[Value]
) -> list[dict[str, Any]]:
    result = []
    for value in others:
        other = {**chosen, param.path: chosen[param.path]._replace(value=value.text)}
        arguments = _nest(tool, other)
        if isinstance(chosen[param.path].value, str) and valid(arguments, tool.schema, tool.root):
            result.append(arguments)
    return result
