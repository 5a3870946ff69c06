"""Which tools a task asks for, and with what arguments."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from rookery.providers.offline.clauses import clauses
from rookery.providers.offline.evidence import EVIDENCE, fit, subject
from rookery.providers.offline.fill import Filling, fill
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.values import Passage
from rookery.providers.offline.words import related, stems

_SCORE = 2.0
"""The score from which on a tool is taken for a clause whose values also fit it."""


_TRIED = 16
"""Tools that are tried with the values of a clause."""


class Plan(NamedTuple):
    """A call to make, or what keeps it from being made."""

    tool: Tool
    inputs: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]
    clause: str
    score: float
    barred: bool = False
    """Whether the tool acts, and so is not called on the engine's own choice."""


class Picker:
    """The tools of one request, with the weight of each word among them."""

    def __init__(self, tools: list[Tool], system: str) -> None:
        """Weigh the words: one that many tools share tells little."""
        self.tools = tools
        self._system = Passage(system)
        self._passages: dict[str, Passage] = {}
        counts: dict[str, int] = {}
        for tool in tools:
            for word in tool.words:
                counts[word] = counts.get(word, 0) + 1
        self._weights = {
            word: 0.35 + math.log2(1 + len(tools) / count) for word, count in counts.items()
        }

    def plans(self, task: str) -> list[Plan]:
        """Return what to call for a task; clauses that ask for nothing lend their values."""
        parts = clauses(task)
        picked = [self._pick(part) for part in parts]
        own = [[self._plan(tool, part, score) for tool, score in found]
               for part, found in zip(parts, picked, strict=True)]  # fmt: skip
        spare = [part for part, plans in zip(parts, own, strict=True) if _lends(part, plans)]
        result: list[Plan] = []
        for part, plans in zip(parts, own, strict=True):
            if part in spare:
                continue
            for plan in plans:
                others = [p for p in parts if p != part] if _REFERS.search(part) else spare
                better = self._widened(plan, others)
                better = self._detailed(better, parts, spare)
                if not any(_same(better, other) for other in result):
                    result.append(better)
        return [plan for plan in result if not any(_says_less(plan, other) for other in result)]

    def best(self, task: str) -> Tool | None:
        """Return the tool that matches a task best, for a request that must call one."""
        safe = [tool for tool in self.tools if not tool.acts] or self.tools
        words = set(stems(task))
        return max(safe, key=lambda tool: self._worth(tool, words, task), default=None)

    def _worth(self, tool: Tool, words: set[str], task: str) -> float:
        filling = fill(tool, self._passage(task))
        return self.score(tool, words) + 1.5 * filling.strength - 2.0 * bool(filling.missing)

    def score(self, tool: Tool, words: set[str]) -> float:
        """Return how well words speak for a tool."""
        total = 0.0
        for word in words:
            weight = tool.words.get(word, 0.0)
            if not weight:
                alike = [tool.words[other] for other in related(word) if other in tool.words]
                weight = 0.6 * max(alike, default=0.0)
                total += weight * self._related_weight(tool, word) if weight else 0.0
                continue
            total += weight * self._weights[word]
        return total / (1.0 + math.log2(1 + len(self.tools)) * 0.5)

    def _related_weight(self, tool: Tool, word: str) -> float:
        return max(self._weights[other] for other in related(word) if other in tool.words)

    def _pick(self, clause: str) -> list[tuple[Tool, float]]:
        """Return the tools that a clause asks for: the best, and others for its other words."""
        named = [tool for tool in self.tools if _is_named(tool, clause)]
        if named:
            return [(tool, 10.0) for tool in named]
        passage = self._passage(clause)
        typed = [value for value in passage.values if value.kind in EVIDENCE]
        words = subject(clause, typed)
        hints = {word for value in typed for word in EVIDENCE[value.kind]}
        result: list[tuple[Tool, float]] = []
        scored = (
            (self.score(tool, words) + 0.5 * self.score(tool, hints - words), tool)
            for tool in self.tools
        )
        likely = sorted(scored, key=lambda pair: -pair[0])[:_TRIED]
        for score, tool in likely:
            if score < _SCORE * 0.4:
                break
            filling = fill(tool, passage, self._system)
            worth = score + fit(tool, filling, typed)
            if words & tool.name_stems and filling.used and not filling.missing:
                worth += 0.8
            if worth >= _SCORE and self._is_about(tool, words | hints, filling, clause):
                # Of two tools that match, the one that can be called is more likely meant.
                result.append((tool, worth - 0.8 * bool(filling.missing)))
        result.sort(key=lambda pair: -pair[1])
        return result[:1] + self._others(result, words)

    def _passage(self, text: str) -> Passage:
        return self._passages.setdefault(text, Passage(text))

    def _is_about(self, tool: Tool, words: set[str], filling: Filling, clause: str) -> bool:
        """Whether a word names what the tool is about, or its values can be nothing else."""
        near = {other for word in words for other in related(word)} | words
        if any(tool.words.get(word, 0.0) >= 1.5 for word in near):
            return True
        if len(near & set(tool.words)) >= 2:
            return True
        if _STATEMENT.match(clause):
            return False
        sure = 0.75 if words & tool.name_stems else 0.95
        return not filling.missing and filling.strength >= sure and len(filling.used) >= 2

    def _others(self, found: list[tuple[Tool, float]], words: set[str]) -> list[tuple[Tool, float]]:
        """Return further tools that the first one's words leave unexplained."""
        if not found:
            return []
        first = found[0][0]
        explained = set(first.words) | {o for word in first.words for o in related(word)}
        rest = words - explained
        return [
            (tool, score)
            for tool, score in found[1:]
            if any(word in tool.name_stems for word in rest) and not tool.acts
        ]

    def _plan(self, tool: Tool, clause: str, score: float) -> Plan:
        """Return the call of a tool for a clause, or why it cannot be made."""
        if tool.acts:
            return Plan(tool, (), (), clause, score, barred=True)
        filling = fill(tool, self._passage(clause), self._system)
        if filling.missing:
            return Plan(tool, (), filling.missing, clause, score)
        return Plan(tool, _inputs(filling), (), clause, score)

    def _detailed(self, plan: Plan, parts: list[str], spare: list[str]) -> Plan:
        """Return a plan with the options that the next clause adds: `..., show three of them`."""
        after = parts[parts.index(plan.clause) + 1 :] if plan.clause in parts else []
        if not after or after[0] not in spare or len(plan.inputs) != 1 or plan.missing:
            return plan
        longer = self._plan(plan.tool, f"{plan.clause}. {after[0]}", plan.score)
        if len(longer.inputs) == 1 and longer.inputs[0].items() >= plan.inputs[0].items():
            return longer
        return plan

    def _widened(self, plan: Plan, spare: list[str]) -> Plan:
        """Return a plan whose missing values are looked for in clauses that lend theirs."""
        if not plan.missing or not spare:
            return plan
        wider = self._plan(plan.tool, ". ".join([plan.clause, *spare]), plan.score)
        return wider if len(wider.missing) < len(plan.missing) else plan


_REFERS = re.compile(r"\b(?:there|it|that|them|they|this|these|those|same|its)\b", re.IGNORECASE)
_STATEMENT = re.compile(r"^(?:i|we|my|our|he|she|they|it|there|this|the)\b(?!.*\?)", re.IGNORECASE)


def _lends(clause: str, plans: list[Plan]) -> bool:
    """Whether a clause only tells something that another clause may need."""
    return not plans or (
        _STATEMENT.match(clause) is not None and all(plan.missing for plan in plans)
    )


def _inputs(filling: Filling) -> tuple[dict[str, Any], ...]:
    return (filling.input, *filling.variants)


def _says_less(plan: Plan, other: Plan) -> bool:
    """Whether a call has only some of the arguments of another of the same tool."""
    if plan.tool.name != other.tool.name or len(plan.inputs) != 1 or not other.inputs:
        return False
    return any(plan.inputs[0].items() < arguments.items() for arguments in other.inputs)


def _same(plan: Plan, other: Plan) -> bool:
    return plan.tool.name == other.tool.name and plan.inputs == other.inputs


def _is_named(tool: Tool, clause: str) -> bool:
    """Whether a clause has the tool's own name, as it is written."""
    if "_" not in tool.name and "-" not in tool.name and tool.name.islower():
        pattern = rf"`{re.escape(tool.name)}`|\b{re.escape(tool.name)} (?:tool|agent)\b"
        return re.search(pattern, clause, re.IGNORECASE) is not None
    return tool.name in clause
