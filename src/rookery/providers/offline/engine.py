"""The engine: a request to the draft of its reply, by rules alone.

The same request gives the same content and the same stop reason; only ids differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from rookery.emulation.draft import Draft
from rookery.jsonschema.valid import valid
from rookery.providers.offline import compose as answers
from rookery.providers.offline.account import account
from rookery.providers.offline.choose import Picker, Plan
from rookery.providers.offline.clauses import clauses, is_question
from rookery.providers.offline.fill import fill, in_order
from rookery.providers.offline.followups import followups
from rookery.providers.offline.plain import CANNOT, NOTHING_SAID, plain_answer
from rookery.providers.offline.schema_instance import instance
from rookery.providers.offline.talk import Source, Talk, read, split_long
from rookery.providers.offline.toolbox import Tool, Toolbox, toolbox
from rookery.providers.offline.values import Passage
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
    box, choice = toolbox(request), request.tool_choice
    plans: list[Plan] = []
    wanted: list[Wanted] = []
    if isinstance(choice, ChoiceTool):
        wanted = _demanded(request, choice.name, box, talk, question)
    elif box.tools and not isinstance(choice, ChoiceNone):
        picker = Picker(box, talk.system)
        plans = _plans(picker, talk, box, question)
        wanted = _next(talk, box, plans)
        if isinstance(choice, ChoiceAny):
            best = None if wanted else picker.best(question)
            wanted = [(best.name, _made_up(best, talk, question))] if best else wanted
        elif talk.rounds >= ROUNDS:
            wanted = []
    if getattr(choice, "disable_parallel_tool_use", None):
        wanted = wanted[:1]
    thought = account(talk, plans, wanted)
    if wanted:
        return Draft(_calls(wanted, new_id), "tool_use", " ".join(thought))
    form = _structured(request, talk)
    text = form or _answer(talk, plans, question, bool(document))
    simple = not (thought or talk.sources or form)
    thought.append(_how(talk, text, is_form=bool(form), simple=simple))
    return Draft([{"type": "text", "text": text}], "end_turn", " ".join(thought), simple)


def _how(talk: Talk, text: str, *, is_form: bool, simple: bool) -> str:
    """Say how an answer in words came about."""
    if CANNOT in text or NOTHING_SAID in text:
        return "No rule has an answer to this."
    if is_form:
        return "The answer is JSON for the schema, filled from the text."
    if simple:
        return "No tool and no document is needed; the answer follows from the request."
    if talk.sources and not talk.calls:
        return f"The answer is looked for by the request's words; texts: {len(talk.sources)}."
    return "There is nothing left to call; the answer is what was found."


def _calls(wanted: list[Wanted], new_id: NewId) -> list[dict[str, Any]]:
    return [
        {"type": "tool_use", "id": new_id("toolu"), "name": name, "input": arguments}
        for name, arguments in wanted
    ]


def _plans(picker: Picker, talk: Talk, box: Toolbox, question: str) -> list[Plan]:
    """Return what the task asks of the tools."""
    parts = clauses(question)
    if plans := picker.plans(parts):
        return plans
    if again := _again(talk, box, question):
        return [again]
    if talk.sources or not any(map(is_question, parts)) or plain_answer(question):
        return []
    found = picker.lookup(question)
    return [found] if found else []


def _again(talk: Talk, box: Toolbox, question: str) -> Plan | None:
    """Return the last call with new values, for a task such as "and for 10 years?"."""
    by_name = {tool.name: tool for tool in box.tools}
    last = next((call for call in reversed(talk.earlier) if call.name in by_name), None)
    if last is None or len(question) > 120:
        return None
    tool = by_name[last.name]
    found = fill(tool, Passage(question)).input
    merged = in_order({**last.input, **found}, tool.schema)
    if tool.acts or not found or merged == last.input or not valid(merged, tool.schema, tool.root):
        return None
    return Plan(tool, (merged,), (), question, 1.0)


def _next(talk: Talk, box: Toolbox, plans: list[Plan]) -> list[Wanted]:
    """Return the calls to make now: those planned and not made yet, else what results point at."""
    made = [(call.name, call.input) for call in talk.calls]
    planned: list[Wanted] = []
    for plan in plans:
        for arguments in plan.inputs:
            wanted = (plan.tool.name, arguments)
            if wanted not in made and wanted not in planned:
                planned.append(wanted)
    if planned or not talk.calls:
        return planned[:16]
    return [wanted for wanted in followups(talk, box.tools) if wanted not in made]


def _demanded(
    request: MessagesRequest, name: str, box: Toolbox, talk: Talk, question: str
) -> list[Wanted]:
    """Return the call of the tool that `tool_choice` names."""
    for tool in box.tools:
        if tool.name == name:
            return [(name, _made_up(tool, talk, question))]
    known = any(definition.get("name") == name for definition in request.tools or ())
    return [(name, {})] if known else []


def _made_up(tool: Tool, talk: Talk, question: str) -> dict[str, Any]:
    """Return arguments from the text, or from the schema where the text lacks one."""
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


def _answer(talk: Talk, plans: list[Plan], question: str, is_long: bool) -> str:
    """Return the answer in words; what bars a call is said only where nothing else is."""
    plain = plain_answer(question)
    done = any(call.result is not None for call in talk.calls)
    if done:
        said = answers.answer_results(talk, Passage(question).without("path", "glob"))
    else:
        said = "" if is_long else plain
        said = said or answers.answer_sources(talk.sources, question) or plain
    notes = answers.obstacles([plan for plan in plans if done or not (said and plan.barred)], talk)
    if not said and not notes:
        said = NOTHING_SAID if talk.sources else _from_context(talk, question) or CANNOT
    return "\n".join(part for part in (said, *notes) if part)


def _from_context(talk: Talk, question: str) -> str:
    """Quote the system prompt and the earlier turns where they have the question's words."""
    if not is_question(question) or len(question) > 500:
        return ""
    texts = (_SENTENCE.sub("\n", text) for text in (talk.system, *reversed(talk.said)))
    sources = [Source("", text) for text in texts if text.strip()]
    return answers.answer_sources(sources, question, share=0.6)
