"""Which tools a task asks for, and with what arguments."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from rookery.providers.offline.candidates import pattern
from rookery.providers.offline.fill import Filling, fill
from rookery.providers.offline.params import Param
from rookery.providers.offline.phrases import keywords
from rookery.providers.offline.toolbox import Tool, Toolbox
from rookery.providers.offline.values import Passage, Value
from rookery.providers.offline.words import related, stem, stems, terms

_SCORE = 2.0
"""The score from which on a tool is taken for a clause whose values also fit it."""
_TRIED = 6
"""Tools that are tried with the values of a clause."""
_NAMED = 10.0

EVIDENCE: dict[str, tuple[str, ...]] = {
    "money": ("currenc", "amount", "money"),
    "currency": ("currenc",),
    "percent": ("percent", "rate"),
    "measure": ("unit", "measur"),
    "unit": ("unit", "measur"),
    "duration": (),
    "date": ("date", "calendar"),
    "datetime": ("date", "calendar"),
    "path": ("file", "path", "content"),
    "glob": ("file", "glob"),
    "email": ("email",),
    "url": ("url", "page", "web"),
}
"""What a kind of value tells about the tool that is wanted, as stems."""


class Plan(NamedTuple):
    """A call to make, or what keeps it from being made."""

    tool: Tool
    inputs: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]
    clause: str
    score: float
    barred: bool = False
    """Whether the tool acts, and so is not called on the engine's own choice."""
    own: bool = True
    """Whether the clause has a value for the call, so that it is no word on the answer only."""


class Picker:
    """Picks among the tools of one request."""

    def __init__(self, box: Toolbox, system: str) -> None:
        """Take the tools, and the operator's words, which may name a path."""
        self._box = box
        self._system = Passage(system)
        self._passages: dict[str, Passage] = {}

    def plans(self, parts: list[str]) -> list[Plan]:
        """Return what clauses ask for; those that ask for nothing lend their values."""
        own = {part: [self._plan(*found, part) for found in self._pick(part)] for part in parts}
        spare = [part for part in parts if _lends(part, own[part])]
        result: list[Plan] = []
        for part in parts:
            for plan in own[part] if part not in spare else ():
                others = [p for p in parts if p != part] if _REFERS.search(part) else spare
                better = self._widened(plan, others)
                if not _is_about_answer(better, result):
                    result.append(better)
        return result

    def best(self, task: str) -> Tool | None:
        """Return the tool that matches a task best, for a request that must call one."""
        safe = [tool for tool in self._box.tools if not tool.acts] or self._box.tools
        words = set(stems(task))

        def worth(tool: Tool) -> float:
            filling = fill(tool, self._passage(task))
            score = self._box.score(tool, words)
            return score + 1.5 * filling.strength - 2.0 * bool(filling.missing)

        return max(safe, key=worth, default=None)

    def lookup(self, task: str) -> Plan | None:
        """Return a search of the caller's own texts, for a question that names no tool."""
        passage, tools = self._passage(task), self._box.tools
        quotes = _WHERE.match(task) and any(value.kind == "quoted" for value in passage.values)
        if not quotes and not all(t.acts or t.reads_files or _is_general(t) for t in tools):
            return None
        for tool in tools:
            searched = _searches(tool)
            words = keywords(task, tool.name_stems)
            filling = fill(tool, passage, self._system)
            if searched and words and not filling.missing:
                # Without a quotation, any of the question's words may be in the answer.
                wanted = {} if quotes else {searched.path[0]: pattern(words, searched)}
                return Plan(tool, ({**filling.input, **wanted},), (), task, 1.0)
        return None

    def _passage(self, text: str) -> Passage:
        return self._passages.setdefault(text, Passage(text))

    def _pick(self, clause: str) -> list[tuple[Tool, float]]:
        """Return the tools that a clause asks for: the best, and others for its other words."""
        named = [(tool, _NAMED) for tool in self._box.tools if _is_named(tool, clause)]
        if named:
            return named
        if not self._box.knows(stems(clause)) and not _PLACE.search(clause):
            return []
        passage = self._passage(clause)
        typed = [value for value in passage.values if value.kind in EVIDENCE]
        said = stems(passage.without(*EVIDENCE))
        words, lead = set(said), said[0] if said else ""
        hints = {word for value in typed for word in EVIDENCE[value.kind]}
        found: list[tuple[Tool, float]] = []
        for score, tool in self._likely(words, hints, lead):
            filling = fill(tool, passage, self._system)
            worth = score + _fit(filling, typed)
            if worth >= _SCORE and self._is_about(tool, words | hints, filling, clause):
                # Of two tools that match, the one that can be called is more likely meant.
                found.append((tool, worth - 0.8 * bool(filling.missing)))
        found.sort(key=lambda pair: -pair[1])
        return found[:1] + _others(found, words)

    def _likely(self, words: set[str], hints: set[str], lead: str) -> list[tuple[float, Tool]]:
        """Return the tools that words speak for; one that acts only where its verb leads."""
        scored = []
        for tool in self._box.tools:
            leads = 1.0 if lead in tool.verbs else 0.6 * bool(related(lead) & tool.verbs)
            score = self._box.score(tool, words) + 0.5 * self._box.score(tool, hints - words)
            if score + leads >= _SCORE * 0.4 and (leads or not tool.acts):
                scored.append((score + leads, tool))
        scored.sort(key=lambda pair: -pair[0])
        return scored[:_TRIED]

    def _is_about(self, tool: Tool, words: set[str], filling: Filling, clause: str) -> bool:
        """Whether a word names what the tool is about, or its values can be nothing else."""
        near = {other for word in words for other in related(word)} | words
        if any(tool.words.get(word, 0.0) >= 1.5 for word in near):
            return True
        if len(near & tool.words.keys()) >= 2:
            return True
        if _STATEMENT.match(clause):
            return False
        sure = 0.75 if words & tool.name_stems else 0.95
        return not filling.missing and filling.strength >= sure and len(filling.used) >= 2

    def _plan(self, tool: Tool, score: float, clause: str) -> Plan:
        """Return the call of a tool for a clause, or why it cannot be made."""
        if tool.acts:
            return Plan(tool, (), (), clause, score, barred=True)
        filling = fill(tool, self._passage(clause), self._system)
        own = score == _NAMED or any(start >= 0 for start, _ in filling.used)
        inputs = () if filling.missing else (filling.input, *filling.variants)
        return Plan(tool, inputs, filling.missing, clause, score, own=own)

    def _widened(self, plan: Plan, spare: list[str]) -> Plan:
        """Return a plan whose missing values are looked for in clauses that lend theirs."""
        if not plan.missing or not spare:
            return plan
        wider = self._plan(plan.tool, plan.score, ". ".join([plan.clause, *spare]))
        return wider if len(wider.missing) < len(plan.missing) else plan


_REFERS = re.compile(r"\b(?:there|it|that|them|they|this|these|those|same|its)\b", re.IGNORECASE)
_STATEMENT = re.compile(r"^(?:i|we|my|our|he|she|they|it|there|this|the)\b(?!.*\?)", re.IGNORECASE)
_PLACE = re.compile(r"[/@]|\w\.\w")
_WHERE = re.compile(r"\W*(?:in )?(?:where|which)\b", re.IGNORECASE)
_SEARCHES = frozenset(map(stem, terms("pattern query regex keyword search")))
_TEXTS = frozenset(map(stem, terms("file document docs text line knowledge folder notes wiki")))


def _fit(filling: Filling, typed: list[Value]) -> float:
    """Score how well the values of a clause and the parameters of a tool fit each other."""
    total = (0.4 if filling.missing else 1.5) * filling.strength
    unused = sum(
        not any(start < value.end and value.start < end for start, end in filling.used)
        for value in typed
        if value.kind not in ("currency", "unit") or value.number is None
    )
    return total - 0.6 * unused


def _others(found: list[tuple[Tool, float]], words: set[str]) -> list[tuple[Tool, float]]:
    """Return further tools, each named by words that the first one leaves unexplained."""
    if not found:
        return []
    first = found[0][0].words
    rest = words - first.keys() - {other for word in first for other in related(word)}
    return [(tool, score) for tool, score in found[1:] if rest & tool.name_stems and not tool.acts]


def _lends(clause: str, plans: list[Plan]) -> bool:
    """Whether a clause only tells something that another clause may need."""
    return not plans or (
        _STATEMENT.match(clause) is not None and all(plan.missing for plan in plans)
    )


def _is_about_answer(plan: Plan, others: list[Plan]) -> bool:
    """Whether a clause says how to answer the ones before it, and so asks for no call."""
    return not plan.own and any(plan.tool is other.tool for other in others)


def _is_named(tool: Tool, clause: str) -> bool:
    """Whether a clause has the tool's own name, as it is written."""
    if "_" not in tool.name and "-" not in tool.name and tool.name.islower():
        pattern = rf"`{re.escape(tool.name)}`|\b{re.escape(tool.name)} (?:tool|agent)\b"
        return re.search(pattern, clause, re.IGNORECASE) is not None
    return tool.name in clause


def _searches(tool: Tool) -> Param | None:
    """Return what a tool searches texts for, where that is all it needs."""
    required = [param for param in tool.params if param.required and param is not tool.path_param]
    wanted = [param for param in required if param.words & _SEARCHES and len(param.path) == 1]
    if tool.acts or len(required) != 1 or not wanted or not _is_general(tool):
        return None
    return wanted[0]


def _is_general(tool: Tool) -> bool:
    """Whether a search is over texts, not over one kind of thing."""
    return tool.path_param is not None or not _TEXTS.isdisjoint(tool.words)
