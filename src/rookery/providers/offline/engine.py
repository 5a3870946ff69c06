"""The engine: a request to the draft of its reply, by rules alone.

The same request gives the same content and the same stop reason; only ids differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from rookery.emulation.draft import Draft
from rookery.providers.offline import compose as answers
from rookery.providers.offline.choose import Picker, Plan
from rookery.providers.offline.clauses import clauses, is_question
from rookery.providers.offline.fill import fill
from rookery.providers.offline.followups import followups
from rookery.providers.offline.lookup import fallback
from rookery.providers.offline.plain import CANNOT, NOTHING_SAID, plain_answer, summary
from rookery.providers.offline.schema_instance import instance
from rookery.providers.offline.talk import Source, Talk, read, split_long
from rookery.providers.offline.toolbox import Tool, toolbox
from rookery.providers.offline.valid import valid
from rookery.providers.offline.values import Passage
from rookery.providers.offline.words import stems
from rookery.wire.messages import MessagesRequest
from rookery.wire.tools import ChoiceAny, ChoiceNone, ChoiceTool

ROUNDS = 6
"""Rounds of calls in one task; after them the engine answers with what it has."""

NewId = Callable[[str], str]
_SENTENCE = re.compile(r"(?<=[.!?])[ \t]+")
Wanted = tuple[str, dict[str, Any]]


def compose(request: MessagesRequest, new_id: NewId) -> Draft:
    """Return the draft of a reply. `new_id("toolu")` gives the id of a call."""
    talk = read(request)
    question, document = split_long(talk.task)
    if document:
        talk.sources.append(Source("", document))
    tools = toolbox(request)
    if isinstance(request.tool_choice, ChoiceAny | ChoiceTool):
        wanted = _forced(request, talk, tools, question)
        if wanted:
            return _calls(wanted[:1], new_id)
    plans: list[Plan] = []
    if tools and not isinstance(request.tool_choice, ChoiceNone):
        plans = _plans(talk, tools, question)
        wanted = _next(talk, tools, plans) if talk.rounds < ROUNDS else []
        if wanted:
            single = getattr(request.tool_choice, "disable_parallel_tool_use", None)
            return _calls(wanted[:1] if single else wanted, new_id)
    text = _structured(request, talk) or _answer(talk, plans, question)
    return Draft([{"type": "text", "text": text}], "end_turn")


def _calls(wanted: list[Wanted], new_id: NewId) -> Draft:
    content: list[dict[str, Any]] = [
        {"type": "tool_use", "id": new_id("toolu"), "name": name, "input": arguments}
        for name, arguments in wanted
    ]
    return Draft(content, "tool_use")


def _plans(talk: Talk, tools: list[Tool], question: str) -> list[Plan]:
    """Return what the task asks of the tools."""
    plans = Picker(tools, talk.system).plans(question)
    if plans:
        return plans
    if again := _again(talk, tools, question):
        return [again]
    if talk.sources or plain_answer(question) or not stems(question):
        return []
    if not any(is_question(clause) for clause in clauses(question)):
        return []
    found = fallback(tools, question, talk.system)
    return [found] if found else []


def _again(talk: Talk, tools: list[Tool], question: str) -> Plan | None:
    """Return the last call with new values, for a task such as "and for 10 years?"."""
    by_name = {tool.name: tool for tool in tools}
    last = next((call for call in reversed(talk.earlier) if call.name in by_name), None)
    if last is None or len(question) > 120:
        return None
    tool = by_name[last.name]
    found = fill(tool, Passage(question)).input
    merged = {**last.input, **found}
    if tool.acts or not found or merged == last.input or not valid(merged, tool.schema, tool.root):
        return None
    return Plan(tool, (merged,), (), question, 1.0)


def _next(talk: Talk, tools: list[Tool], plans: list[Plan]) -> list[Wanted]:
    """Return the calls to make now: those planned and not made yet, else what results point at."""
    made = [(call.name, call.input) for call in talk.calls]
    planned: list[Wanted] = []
    for plan in plans:
        for arguments in plan.inputs:
            wanted = (plan.tool.name, arguments)
            if wanted not in made and wanted not in planned:
                planned.append(wanted)
    if planned:
        return planned[:16]
    if not talk.calls:
        return []
    return [wanted for wanted in followups(talk, tools) if wanted not in made]


def _forced(request: MessagesRequest, talk: Talk, tools: list[Tool], question: str) -> list[Wanted]:
    """Return the call that `tool_choice` demands, its gaps filled from the schema."""
    choice = request.tool_choice
    if isinstance(choice, ChoiceTool):
        tool = next((tool for tool in tools if tool.name == choice.name), None)
        if tool is None:
            known = any(definition.name == choice.name for definition in request.tool_definitions)
            return [(choice.name, {})] if known else []
        return [(tool.name, _made_up(tool, talk, question))]
    plans = _plans(talk, tools, question)
    if wanted := _next(talk, tools, plans):
        single = isinstance(choice, ChoiceAny) and choice.disable_parallel_tool_use
        return wanted[:1] if single else wanted
    best = Picker(tools, talk.system).best(question)
    return [(best.name, _made_up(best, talk, question))] if best else []


def _made_up(tool: Tool, talk: Talk, question: str) -> dict[str, Any]:
    filling = fill(tool, Passage(question), Passage(talk.system))
    if not filling.missing:
        return filling.input
    value = instance(tool.root, question)
    return value if isinstance(value, dict) else {}


def _structured(request: MessagesRequest, talk: Talk) -> str:
    """Return JSON for the schema that the request asks for; empty where it asks for none."""
    form = request.output_config.format if request.output_config else None
    if form is None:
        return ""
    texts = [talk.task[:4000], *(call.result or "" for call in talk.calls)]
    texts += [source.text[:4000] for source in talk.sources[:4]]
    return msgspec.json.encode(instance(form.schema, "\n".join(texts))).decode()


def _answer(talk: Talk, plans: list[Plan], question: str) -> str:
    """Return the answer in words."""
    parts: list[str] = []
    if any(call.result is not None for call in talk.calls):
        parts.append(answers.answer_results(talk, _without_paths(question)))
    elif talk.sources:
        parts.append(answers.answer_sources(talk.sources, question) or plain_answer(question))
        parts.append(
            "" if any(parts) else f"{NOTHING_SAID} {summary(talk.sources[-1].text)}".strip()
        )
    parts += answers.obstacles(plans, talk)
    if not any(parts):
        parts.append(plain_answer(question) or summary(question) or _from_context(talk, question))
    return "\n".join(part for part in parts if part) or CANNOT


def _without_paths(question: str) -> str:
    """Leave out the paths of a question: they say where to look, not what for."""
    for value in Passage(question).values:
        if value.kind in ("path", "glob"):
            width = value.end - value.start
            question = question[: value.start] + " " * width + question[value.end :]
    return question


def _from_context(talk: Talk, question: str) -> str:
    """Quote the system prompt and the earlier turns where they have the question's words."""
    if not is_question(question) or len(question) > 500:
        return ""
    texts = (_SENTENCE.sub("\n", text) for text in (talk.system, *reversed(talk.said)))
    sources = [Source("", text) for text in texts if text.strip()]
    return answers.answer_sources(sources, question, share=0.6)
