"""How full the model's context is, and what is to be done about it: decisions, nothing else.

The tokens of a prompt are those that the last reply reported, and an estimate of what came since
then; nothing is counted twice. Whatever changes the beginning of a prompt loses its cache, so
that it is done seldom, and then for a large part.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rookery.agent.events import ContextCleared, ContextCompacted
from rookery.agent.view import Cut, Message, View, is_clearable, is_said
from rookery.catalog.model import UNKNOWN, Model
from rookery.emulation.text import tokens_of, weigh
from rookery.emulation.tokens import measure_message
from rookery.errors import APIError
from rookery.tools.base import Tool
from rookery.wire.usage import Usage

KEPT_RESULTS = 1 / 5
"""The share of the limit that the newest messages may have whose results are kept."""
KEPT_TURNS = 1 / 10
"""The same, of the turns that are kept beside a summary."""
WORTHWHILE = 1 / 5
"""The share of the limit that clearing must free: it costs the cache."""
LEAST = 1 / 20
"""The share that a summary must stand for, and that clearing must free where there is none."""

_encode = msgspec.json.Encoder().encode


class Clear(NamedTuple):
    """Clear the results before a message."""

    before: int
    results: int
    freed: int


class Summarize(NamedTuple):
    """Put a summary in the place of the messages before one."""

    before: int


def limit_of(model: Model | None, max_tokens: int) -> int:
    """Return the tokens of a prompt above which room is made.

    Four fifths of the window, and less where a reply of `max_tokens` would not fit otherwise. Where
    the window is not known, it is found out when a prompt is too long.
    """
    if model is None:
        return sys.maxsize
    window = model.max_input_tokens
    return max(min(window * 4 // 5, window - max_tokens), window // 4)


class Room:
    """The context of one run. Without a `limit` nothing is ever left out."""

    def __init__(
        self,
        view: View,
        limit: int | None = None,
        model: Model | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Watch `view`. `model` is whose tokenizer counts; `fields` are sent with its messages."""
        self.view = view
        self.limit = limit
        self._model = model or UNKNOWN
        self._fields = fields or {}
        self._tokens: int | None = None
        self._counted = 0
        self._summarizes = True

    def replied(self, usage: Usage, sent: int) -> None:
        """Take what a reply says of its prompt, which was made of so many messages of history."""
        last = _last(usage)
        self._tokens = last.prompt_tokens + last.output_tokens
        self._counted = sent

    def overflowed(self, history: Sequence[Message]) -> bool:
        """Take that a prompt was too long for the model; return whether room can be made.

        The limit is lower from now on: the window is not what it was thought to be.
        """
        if self.limit is None:
            return False
        self.limit = min(self.limit, self.tokens(history) * 4 // 5)
        return self.plan(history) is not None

    def give_up(self) -> None:
        """Take that there is no summary to be had in this run."""
        self._summarizes = False

    def tokens(self, history: Sequence[Message]) -> int:
        """Return how many tokens the next prompt has. The newest reply is part of what is known."""
        if self._tokens is None:
            fixed = [_encode(self._fields[name]) for name in _PROMPT if name in self._fields]
            self._tokens = tokens_of(weigh(b"".join(fixed), self._model))
            self._tokens += sum(map(self._count, self.view.of(history)))
        else:
            new = history[self._counted :]
            self._tokens += sum(self._count(one) for one in new if one["role"] != "assistant")
        self._counted = len(history)
        return self._tokens

    def plan(self, history: Sequence[Message]) -> Clear | Summarize | None:
        """Return what is to be done before the next call of the model."""
        if self.limit is None or self.tokens(history) <= self.limit:
            return None
        clear = self._clear(history, self.limit)
        if clear.freed >= self.limit * WORTHWHILE:
            return clear
        if self._summarizes and (before := self._summarized(history, self.limit)):
            return Summarize(before)
        return clear if clear.freed >= self.limit * LEAST else None

    def cleared(self, history: Sequence[Message], plan: Clear) -> ContextCleared:
        """Clear as planned; return what to tell of it."""
        known = self.tokens(history)
        event = ContextCleared(
            before=plan.before,
            messages=len(history),
            results=plan.results,
            tokens_before=known,
            tokens_after=known - plan.freed,
        )
        self._take(event, event.tokens_after)
        return event

    def summarized(
        self, history: Sequence[Message], plan: Summarize, summary: str
    ) -> ContextCompacted:
        """Put a summary in the place of the messages before one; return what to tell of it."""
        known = self.tokens(history)
        dropped = sum(map(self._count, self.view.of(history)))
        backwards = range(len(history) - 1, -1, -1)
        event = ContextCompacted(
            before=plan.before,
            messages=len(history),
            task=next((at for at in backwards if is_said(history[at])), 0),
            summary=summary,
            tokens_before=known,
            tokens_after=0,
        )
        self._take(event, known)
        left = max(0, known - dropped) + sum(map(self._count, self.view.of(history)))
        self._tokens = left
        return msgspec.structs.replace(event, tokens_after=left)

    def _take(self, event: ContextCleared | ContextCompacted, tokens: int) -> None:
        self.view.take(event)
        self._tokens = tokens

    def _clear(self, history: Sequence[Message], limit: int) -> Clear:
        """Return the clearing of all results but those of the newest messages."""
        start = max(self.view.cut.cleared, self.view.cut.summarized)
        before = self._newest(history, limit * KEPT_RESULTS)
        freed = results = 0
        for at in range(start, before):
            content = history[at]["content"]
            if isinstance(content, str) or not (count := sum(map(is_clearable, content))):
                continue
            results += count
            freed += self._count(history[at])
            freed -= self._count(self.view.sent(history, at, cleared=before))
        return Clear(before, results, freed)

    def _summarized(self, history: Sequence[Message], limit: int) -> int:
        """Return the message before which a summary is worth it; 0: there is none."""
        start = self.view.cut.summarized
        last = len(history) - 1
        if history[last]["role"] != "user":
            return 0  # a paused turn: nothing may be said in it
        last -= not is_said(history[last])
        before = max(self._newest(history, limit * KEPT_TURNS), 1)
        while before < last and not (
            history[before]["role"] == "assistant" or is_said(history[before])
        ):
            before += 1
        before = min(before, last)
        gone = sum(self._count(self.view.sent(history, at)) for at in range(start, before))
        return before if gone >= limit * LEAST else 0

    def _newest(self, history: Sequence[Message], tokens: float) -> int:
        """Return where the newest messages begin that have at most so many tokens; one always."""
        at = len(history) - 1
        left = tokens - self._count(history[at])
        while at and (left := left - self._count(history[at - 1])) >= 0:
            at -= 1
        return at

    def _count(self, message: Message) -> int:
        """Return the tokens of a message, estimated as the emulation does."""
        text, tokens = measure_message(message, self._model)
        return tokens_of(weigh(text, self._model)) + tokens


def _last(usage: Usage) -> Usage:
    """Return what the last sampling of a reply used: tools of the API make several of one reply."""
    samplings = [one for one in usage.iterations or () if one.get("type") == "message"]
    try:
        return msgspec.convert(samplings[-1], Usage) if samplings else usage
    except msgspec.ValidationError:
        return usage


_PROMPT = ("system", "tools")


def is_too_long(error: APIError) -> bool:
    """Whether the API refused a request for its length, in tokens or in bytes."""
    return error.status == 413 or error.message.startswith("prompt is too long")


def room_for(
    model: Model | None,
    fields: Mapping[str, Any],
    tools: Mapping[str, Tool],
    limit: int | None,
    cut: Cut,
) -> Room:
    """Return the context of a run, of which nothing is left out yet but `cut`."""
    if limit is None:
        limit = limit_of(model, fields["max_tokens"])
    view = View(
        cut,
        repeatable=frozenset(name for name, tool in tools.items() if tool.read_only),
        keeps_thinking=(fields.get("thinking") or {}).get("type") == "enabled",
    )
    return Room(view, limit or None, model, fields)
