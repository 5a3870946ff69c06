"""Values of a text to arguments of a tool: the best value for each parameter, each used once."""

from __future__ import annotations

from typing import Any, NamedTuple

from rookery.jsonschema.schema import Schema, properties
from rookery.jsonschema.valid import valid
from rookery.providers.offline.candidates import Candidate, candidates
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.values import Passage, Value, items

SURE = 3.0
"""The score from which on an optional parameter is filled."""
POSSIBLE = 0.9
"""The score from which on a required one is."""
_LISTED = ("name", "code", "path", "id", "url", "glob")
"""Kinds of values of which a list asks for a call each."""

Path = tuple[str, ...]
Chosen = dict[Path, Candidate]


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
    chosen = _assign(tool, passage)
    if context is not None:
        _path_of_context(tool, chosen, context)
    needed = [param for param in tool.params if param.required]
    missing = tuple(param.name for param in needed if param.path not in chosen)
    arguments = _nest(tool, chosen)
    if not missing and not valid(arguments, tool.schema, tool.root):
        chosen = {param.path: chosen[param.path] for param in needed}
        arguments = _nest(tool, chosen)
    if not missing and not valid(arguments, tool.schema, tool.root):
        absent = [param.name for param in tool.params if param.path not in chosen]
        missing = tuple(absent[:3]) or ("a valid value",)
    variants = [] if missing else _variants(tool, chosen, passage)
    spans = [(value.start, value.end) for value, _ in variants]
    scores = [min(chosen[p.path].score, 4.0) / 4.0 if p.path in chosen else 0.0 for p in needed]
    return Filling(
        arguments,
        missing,
        sum(scores) / len(scores) if scores else 1.0,
        (*((found.start, found.end) for found in chosen.values()), *spans),
        tuple(other for _, other in variants),
    )


def _assign(tool: Tool, passage: Passage) -> Chosen:
    """Give each parameter its best value; the surest pairs are made first."""
    pairs = [
        (candidate, order, param)
        for order, param in enumerate(tool.params)
        for candidate in candidates(param, tool, passage, POSSIBLE if param.required else SURE)
    ]
    pairs.sort(key=lambda pair: (-pair[0].score, pair[0].start, pair[1]))
    chosen: Chosen = {}
    used: list[tuple[int, int]] = []
    for candidate, _, param in pairs:
        start, end = candidate.start, candidate.end
        taken = not candidate.shared and any(start < last and first < end for first, last in used)
        if param.path not in chosen and not taken:
            chosen[param.path] = candidate
            if not candidate.shared:
                used.append((start, end))
    return chosen


def _path_of_context(tool: Tool, chosen: Chosen, context: Passage) -> None:
    """Give a path that the text does not name from the operator's own words."""
    param = tool.path_param
    if param is not None and param.path not in chosen:
        found = next((value for value in context.values if value.kind == "path"), None)
        if found:
            chosen[param.path] = Candidate(found.text, SURE, shared=True)


def _nest(tool: Tool, chosen: Chosen) -> dict[str, Any]:
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


def _variants(tool: Tool, chosen: Chosen, passage: Passage) -> list[tuple[Value, dict[str, Any]]]:
    """Return the inputs for the other items of a list of which one was taken, with each item."""
    by_span = {(found.start, found.end): path for path, found in chosen.items()}
    for run in items(passage.values, passage.text):
        taken = [value for value in run if (value.start, value.end) in by_span]
        if len(run) < 2 or run[0].kind not in _LISTED or len(taken) != 1:
            continue
        path = by_span[taken[0].start, taken[0].end]
        if isinstance(chosen[path].value, str):
            others = [value for value in run if value is not taken[0]][:7]
            inputs = [
                _nest(tool, {**chosen, path: chosen[path]._replace(value=value.text)})
                for value in others
            ]
            both = zip(others, inputs, strict=True)
            return [pair for pair in both if valid(pair[1], tool.schema, tool.root)]
    return []
