"""The tools of a request: their words, their parameters, and whether they only read."""

from __future__ import annotations

import re
from typing import NamedTuple

from rookery.providers.offline.params import Param, leaves
from rookery.providers.offline.schema import Schema, resolve
from rookery.providers.offline.words import name_words, stem, stems, terms
from rookery.wire.messages import MessagesRequest
from rookery.wire.tools import CustomTool

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


class Tool(NamedTuple):
    """A tool that may be called."""

    name: str
    description: str
    schema: Schema
    root: Schema
    params: tuple[Param, ...]
    acts: bool
    """Whether it may change something or run a command."""
    words: dict[str, float]
    """The weight of each stem that speaks for the tool."""
    name_stems: frozenset[str]

    @property
    def path_param(self) -> Param | None:
        """The parameter that takes a file path."""
        found = [param for param in self.params if _takes_path(param)]
        return next((param for param in found if param.required), found[0] if found else None)

    @property
    def reads_files(self) -> bool:
        """Whether the tool reads files: it takes a path and its words say that it reads."""
        if self.acts or self.path_param is None:
            return False
        said = {*name_words(self.name), *re.findall(r"[a-z]+", self.description[:200].lower())}
        return any(word in _READ_FILES or word.removesuffix("s") in _READ_FILES for word in said)


def _takes_path(param: Param) -> bool:
    return param.type == "string" and bool(param.wants) and param.wants[0] == "path"


def toolbox(request: MessagesRequest) -> list[Tool]:
    """Return the client tools of a request; tools that the API defines have no schema to fill."""
    definitions = [tool for tool in request.tool_definitions if isinstance(tool, CustomTool)]
    return [_tool(tool) for tool in definitions]


def _tool(definition: CustomTool) -> Tool:
    root = definition.input_schema
    schema = resolve(root, root)
    description = definition.description or ""
    params = tuple(leaves(schema, root))
    words: dict[str, float] = {}
    name_stems = frozenset(stem(word) for word in name_words(definition.name))
    for found, weight in (
        (name_stems, 3.0),
        (stems(description[:2000]), 1.5),
        ((word for param in params for word in param.words), 1.2),
        ((word for param in params for word in param.about), 0.6),
        ((word for param in params for word in _options(param)), 1.2),
    ):
        for word in found:
            part = weight * 0.3 if word in _GENERIC else weight
            words[word] = max(words.get(word, 0.0), part)
    return Tool(
        definition.name, description, schema, root, params, _acts(definition, params), words,
        name_stems,
    )  # fmt: skip


def _options(param: Param) -> list[str]:
    options = param.schema.get("enum")
    if not isinstance(options, list):
        return []
    return [word for option in options[:50] if isinstance(option, str) for word in stems(option)]


def _acts(definition: CustomTool, params: tuple[Param, ...]) -> bool:
    """Whether a tool acts, by its name first, then by how its description begins."""
    if any(param.path[-1].lower() in _RUNS and param.required for param in params):
        return True
    name = name_words(definition.name)
    described = re.findall(r"[a-z]+", (definition.description or "")[:80].lower())
    if any(word in _ACTS for word in name):
        return True
    if name[:1] == ("add",) and {*name, *described} & {"number", "numbers", "integers", "sum"}:
        return False  # arithmetic
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
