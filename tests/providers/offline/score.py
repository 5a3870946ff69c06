"""Asking the engine, and the score of a table of cases: how many are right, wrong, unanswered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from rookery.emulation.draft import Draft
from rookery.providers.offline.engine import compose
from rookery.wire.ids import Ids
from rookery.wire.messages import MessagesRequest, Request
from tests.providers.offline.heldout import Case


class Score(NamedTuple):
    """Counts of cases, and the prompts that were not right."""

    right: int
    wrong: list[str]
    unanswered: list[str]


def request(**fields: Any) -> MessagesRequest:
    """Return a typed request as a server would read it."""
    return Request(
        data=msgspec.json.encode({"model": "offline", "max_tokens": 1000, **fields})
    ).body


def ask(prompt: str, **fields: Any) -> Draft:
    """Return the draft of the reply to one prompt."""
    messages = [{"role": "user", "content": prompt}]
    return compose(request(messages=messages, **fields), Ids(seed=1).new)


def calls(draft: Draft) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls of a draft as (name, input)."""
    return [(b["name"], b["input"]) for b in draft.content if b["type"] == "tool_use"]


def score(cases: list[Case], tools: list[dict[str, Any]]) -> Score:
    """Ask every case. A wrong call is worse than none, so the two are counted apart."""
    right, wrong, unanswered = 0, [], []
    for prompt, expected in cases:
        made = calls(ask(prompt, tools=tools))
        if len(made) == len(expected) and all(
            any(_equal(call, other) for other in made) for call in expected
        ):
            right += 1
        elif all(any(_equal(call, other) for call in expected) for other in made):
            unanswered.append(prompt)
        else:
            wrong.append(f"{prompt} -> {made}")
    return Score(right, wrong, unanswered)


def _equal(expected: tuple[str, dict[str, Any]], made: tuple[str, dict[str, Any]]) -> bool:
    if expected[0] != made[0] or expected[1].keys() != made[1].keys():
        return False
    return all(
        made[1][name] in value if isinstance(value, tuple) else made[1][name] == value
        for name, value in expected[1].items()
    )


Answer = Callable[[str, dict[str, Any]], str | tuple[str, bool]]


def drive(
    prompt: str, tools: list[dict[str, Any]], answer: Answer, **fields: Any
) -> tuple[list[list[tuple[str, dict[str, Any]]]], str]:
    """Run a task to its end, as an agent would; return the calls of each round, and the answer."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
    rounds: list[list[tuple[str, dict[str, Any]]]] = []
    new_id = Ids(seed=1).new
    while True:
        draft = compose(request(messages=messages, tools=tools, **fields), new_id)
        if draft.stop_reason != "tool_use":
            return rounds, draft.content[0]["text"]
        rounds.append(calls(draft))
        results = []
        for block in draft.content:
            given = answer(block["name"], block["input"])
            said, failed = given if isinstance(given, tuple) else (given, False)
            results.append(
                {"type": "tool_result", "tool_use_id": block["id"], "content": said,
                 "is_error": failed}
            )  # fmt: skip
        messages.append({"role": "assistant", "content": draft.content})
        messages.append({"role": "user", "content": results})
