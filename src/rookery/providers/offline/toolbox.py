"""The tools of a request: their words, their parameters, and whether they only read."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import msgspec

from rookery.jsonschema.schema import Schema, resolve
from rookery.providers.offline.params import Param, leaves
from rookery.providers.offline.words import name_words, related, stem, stems, terms
from rookery.wire.messages import MessagesRequest
from rookery.wire.tools import CustomTool, parse_tool

_ACTS = terms(
    """bash shell terminal exec execute command eval write edit delete remove send create update
    insert put patch append modify move rename kill restart install uninstall upload save submit
    drop terminate invoke replace cancel publish reset erase overwrite destroy python sudo"""
)
"""Words that say that a tool acts, wherever they stand in its name."""
_MAY_ACT = terms(
    """run post set add change copy stop start book buy order pay transfer schedule apply reply
    forward assign close merge push commit approve reject enable disable turn switch toggle lock
    unlock play pause control trigger invite subscribe unsubscribe reserve purchase refund charge
    withdraw deposit email mail message notify register mark archive restore clear make new"""
)
"""Words that say so where they come first; else they name what a tool is about."""
_NOUNS = terms(
    """order book email mail message schedule play post transfer purchase charge deposit register
    archive commit change push copy mark stop start reserve refund"""
)
"""Those that also name things: `order_lookup` reads."""
_READS = terms(
    """get fetch read list show view open search find lookup look query grep glob cat head tail
    describe check count inspect browse retrieve explore analyze analyse calculate compute convert
    translate summarize compare estimate measure track detect locate scan explain define evaluate
    validate verify predict forecast recommend ls tree stat display load see preview return returns
    gets fetches reads lists shows searches finds looks converts calculates opens prints"""
)
_GENERIC = frozenset(
    stem(word)
    for word in terms(
        """get fetch read list show view open search find lookup look check display load see browse
        retrieve calculate compute use tool"""
    )
)
"""Verbs that many tools share; they say little about which is meant."""
_READ_FILES = terms(
    "read list show view open search find grep glob get cat head tail inspect scan fetch load"
)
_RUNS = terms("command cmd script shell_command")
_SUMS = terms("number numbers integers sum")


@dataclass(frozen=True, eq=False)
class Tool:
    """A tool that may be called."""

    name: str
    schema: Schema
    root: Schema
    params: tuple[Param, ...] = ()
    acts: bool = False
    """Whether it may change something or run a command."""
    words: dict[str, float] = field(default_factory=dict)
    """The weight of each stem that speaks for the tool."""
    name_stems: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    """The stems that its name and its description begin with."""
    reads_files: bool = False
    """Whether it takes a path and its words say that it reads."""

    @cached_property
    def path_param(self) -> Param | None:
        """The parameter that takes a file path."""
        found = [param for param in self.params if param.wants[:1] == ("path",)]
        return next((param for param in found if param.required), found[0] if found else None)


class Toolbox:
    """The tools of a request, with the weight of each word among them."""

    def __init__(self, tools: list[Tool]) -> None:
        """Weigh the words: one that many tools share tells little."""
        self.tools = tools
        counts = Counter(word for tool in tools for word in tool.words)
        self._weights = {
            word: 0.35 + math.log2(1 + len(tools) / count) for word, count in counts.items()
        }
        self._scale = 1.0 + math.log2(1 + len(tools)) * 0.5

    def knows(self, words: Iterable[str]) -> bool:
        """Whether any of some words, or one of like meaning, speaks for a tool."""
        return any(
            word in self._weights or not related(word).isdisjoint(self._weights) for word in words
        )

    def score(self, tool: Tool, words: set[str]) -> float:
        """Return how well words speak for a tool."""
        return sum(self._worth(tool, word) for word in sorted(words)) / self._scale

    def _worth(self, tool: Tool, word: str) -> float:
        if word in tool.words:
            return tool.words[word] * self._weights[word]
        alike = related(word) & tool.words.keys()
        if not alike:
            return 0.0
        weight = max(self._weights[other] for other in alike)
        return 0.6 * max(tool.words[other] for other in alike) * weight


def toolbox(request: MessagesRequest) -> Toolbox:
    """Return the client tools of a request; tools that the API defines have no schema to fill."""
    if not request.tools:
        return _NO_TOOLS
    definitions = msgspec.json.encode(request.tools)
    return _kept(definitions) if len(definitions) <= _KEPT else _build(definitions)


_NO_TOOLS = Toolbox([])
_KEPT = 200_000
"""Bytes of definitions that are kept; agents send the same ones with each request."""


def _build(definitions: bytes) -> Toolbox:
    found = [parse_tool(definition) for definition in msgspec.json.decode(definitions)]
    return Toolbox([_tool(tool) for tool in found if isinstance(tool, CustomTool)])


_kept = lru_cache(maxsize=16)(_build)


def _tool(definition: CustomTool) -> Tool:
    root = definition.input_schema
    schema = resolve(root, root)
    description = definition.description or ""
    described = [word.lower() for word in re.findall(r"[A-Za-z]+", description[:200])]
    name = name_words(definition.name)
    params = tuple(leaves(schema, root))
    acts = _acts(name, described, params)
    words: dict[str, float] = {}
    for found, weight in (
        (map(stem, name), 3.0),
        (stems(description[:2000]), 1.5),
        ((word for param in params for word in param.words), 1.2),
        ((word for param in params for word in param.about), 0.6),
        ((word for param in params for word in _options(param)), 1.2),
    ):
        for word in found:
            part = weight * 0.3 if word in _GENERIC else weight
            words[word] = max(words.get(word, 0.0), part)
    reads = not acts and any(
        word in _READ_FILES or word.removesuffix("s") in _READ_FILES for word in (*name, *described)
    )
    return Tool(
        definition.name, schema, root, params, acts, words,
        name_stems=frozenset(map(stem, name)),
        verbs=frozenset(map(stem, [*name[:1], *described[:1]])),
        reads_files=reads and any(param.wants[:1] == ("path",) for param in params),
    )  # fmt: skip


def _options(param: Param) -> list[str]:
    options = param.schema.get("enum")
    if not isinstance(options, list):
        return []
    return [word for option in options[:50] if isinstance(option, str) for word in stems(option)]


def _acts(name: tuple[str, ...], described: list[str], params: tuple[Param, ...]) -> bool:
    """Whether a tool acts, by its name first, then by how its description begins."""
    if any(param.path[-1].lower() in _RUNS and param.required for param in params):
        return True
    if any(word in _ACTS for word in name):
        return True
    if name[:1] == ("add",) and {*name, *described[:12]} & _SUMS:
        return False
    if name and name[0] in _MAY_ACT - _NOUNS:
        return True
    if any(word in _READS for word in name):
        return False
    for index, word in enumerate((*name[:1], *described[:9])):
        forms = {word, word.removesuffix("s"), word.removesuffix("es")}
        if forms & _READS:
            return False
        if forms & _ACTS or (index < 4 and forms & _MAY_ACT):
            return True
    return False
