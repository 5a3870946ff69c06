"""What the engine says of its own work: which rules spoke, on which words. Nothing is made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rookery.providers.offline.choose import Plan
from rookery.providers.offline.talk import Talk
from rookery.providers.offline.words import STOP, TOKEN, related, stem

_MOST = 4
_QUOTED = 80
_VALUE = 60


def account(
    talk: Talk, plans: Sequence[Plan], wanted: Sequence[tuple[str, dict[str, Any]]]
) -> list[str]:
    """Return the sentences on tools: those weighed, those called, and what is known already."""
    called = [name for name, _ in wanted]
    said = [_weighed(plan, called) for plan in plans[:_MOST]]
    planned = {plan.tool.name for plan in plans}
    said += [
        f"The results point at another call of `{name}`: {_arguments(arguments)}."
        for name, arguments in wanted[:_MOST]
        if name not in planned
    ]
    answered = sum(call.result is not None for call in talk.calls)
    if answered:
        said.append(f"Results there are of this task: {answered}.")
    return said


def _weighed(plan: Plan, called: list[str]) -> str:
    name = plan.tool.name
    why = f"{_quoted(plan.clause)} speaks for `{name}`"
    if words := _shared(plan):
        why += f" by {', '.join(map(_quoted, words))}"
    if plan.barred:
        return f"{why}, which may act and is not called unasked."
    if plan.missing:
        return f"{why}, but does not say {' and '.join(plan.missing)}."
    if name not in called:
        return f"{why}; that call has been made or is not needed."
    return f"{why}; from the text: {_arguments(plan.inputs[0] if plan.inputs else {})}."


def _shared(plan: Plan) -> list[str]:
    """Return words of the clause that are words of the tool, or near to one."""
    words = [word for word in dict.fromkeys(TOKEN.findall(plan.clause.lower())) if word not in STOP]
    known = plan.tool.words.keys()
    return [
        word for word in words if stem(word) in known or not related(stem(word)).isdisjoint(known)
    ][:_MOST]


def _quoted(text: str) -> str:
    short = text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "..."
    return f'"{short.strip()}"'


def _arguments(values: dict[str, Any]) -> str:
    shown = [f"{name} = {str(value)[:_VALUE]}" for name, value in list(values.items())[:_MOST]]
    return ", ".join(shown) or "no arguments"
