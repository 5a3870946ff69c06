"""The agent's loop as a step function: no I/O, no clock, no randomness.

A `Run` is asked what to do next; a driver does it and reports back::

    begin -> CallModel --replied--> CallTools --answered--> CallModel ... -> Finish

A tool_use and its results enter the history together, in `answered` or `interrupted`, so that
the history is a valid request at every moment. What a model may say but the API refuses to hear
again (a blank text, a thinking that nothing follows, an id twice) does not enter it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rookery.errors import StreamError
from rookery.wire.messages import Message

REPEATS = 4
"""Turns, one after the other, in which the same call fails, before the run ends."""

INTERRUPTED = (
    "The call was interrupted before it gave a result. What it does may have happened, or a part "
    "of it."
)

Content = str | list[dict[str, Any]]


class ToolCall(NamedTuple):
    """A tool_use of the model."""

    id: str
    name: str
    input: dict[str, Any]


class CallModel(NamedTuple):
    """Send the history to the model; report with `replied`."""

    step: int


class CallTools(NamedTuple):
    """Run these tools, at the same time; report with `answered`."""

    calls: list[ToolCall]


class Finish(NamedTuple):
    """The run is over, for this reason."""

    stop_reason: str


Effect = CallModel | CallTools | Finish


class Answer(NamedTuple):
    """The result of one tool call."""

    call: ToolCall
    content: Content
    is_error: bool = False


@dataclass
class Run:
    """The state of one run. `messages` is the history in wire form."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    max_turns: int = 50
    step: int = 0
    pending: dict[str, Any] | None = None
    """The reply whose tool calls have no results yet; not part of the history until they do."""
    answers: list[Answer] = field(default_factory=list)
    """The answers to calls of the pending reply, where others of its calls wait."""
    _failing: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    """Calls that failed in the last turn, and in how many turns one after the other."""
    _ids: set[str] = field(default_factory=set, init=False, repr=False)
    """The ids of all tool calls."""

    def __post_init__(self) -> None:
        for message in (*self.messages, *filter(None, [self.pending])):
            if isinstance(message["content"], list):
                self._ids.update(call.id for call in tool_calls(message["content"]))

    def begin(self, task: Content) -> Effect:
        """Add the task and call the model."""
        self.messages = settled(self.messages)
        self.messages.append({"role": "user", "content": task})
        return self._call_model()

    def add(self, text: str) -> bool:
        """Say something besides the last message; not amid a paused turn, which returns False."""
        if not text.strip() or self.messages[-1]["role"] != "user":
            return False
        self.messages.append({"role": "user", "content": text})
        return True

    def replied(self, reply: Message) -> Effect:
        """Take the model's reply: run its tools, continue a paused turn, or finish.

        Raises StreamError where a tool call is malformed.
        """
        content = [self._unique(block) for block in reply.content if not _is_blank(block)]
        if reply.stop_reason in _CALLING and (calls := tool_calls(content)):
            self.pending = {"role": "assistant", "content": content}
            return CallTools(calls)
        if content := _without_ends(content):
            self.messages.append({"role": "assistant", "content": content})
        if reply.stop_reason == "pause_turn":
            return self._call_model()
        return Finish(_END.get(reply.stop_reason or "", reply.stop_reason or "end_turn"))

    def again(self) -> Effect:
        """Call the model again: what it replied is not to be taken."""
        return self._call_model()

    def answered(self, answers: list[Answer]) -> Effect:
        """Commit the pending tool calls with their results, and call the model again."""
        self._commit(answers)
        failing = {_key(answer.call) for answer in answers if answer.is_error}
        self._failing = {key: self._failing.get(key, 0) + 1 for key in failing}
        if max(self._failing.values(), default=0) >= REPEATS:
            return Finish("loop")
        return self._call_model()

    def suspended(self, answers: list[Answer]) -> Effect:
        """Keep the answers there are, and finish: other calls wait for an approval."""
        self.answers = answers
        return Finish("awaiting_approval")

    def interrupted(self, answers: list[Answer] | None = None) -> None:
        """Close the history of a run that stops here: what has no result is called interrupted."""
        if self.pending is not None:
            self._commit(answers or [])

    def _unique(self, block: dict[str, Any]) -> dict[str, Any]:
        """Give a tool call another id where its own was used before, as some backends do."""
        if block.get("type") != "tool_use":
            return block
        name = unused = _call(block).id
        number = 1
        while unused in self._ids:
            number += 1
            unused = f"{name}_{number}"
        self._ids.add(unused)
        return block if unused == name else {**block, "id": unused}

    def _call_model(self) -> Effect:
        if self.step >= self.max_turns:
            return Finish("max_turns")
        self.step += 1
        return CallModel(self.step)

    def _commit(self, answers: list[Answer]) -> None:
        if self.pending is None:
            raise RuntimeError("no tool call is waiting for a result")
        self.messages += closed(self.pending, answers)
        self.pending, self.answers = None, []


def _key(call: ToolCall) -> str:
    return f"{call.name} {json.dumps(call.input, sort_keys=True)}"


_CALLING = ("tool_use", "end_turn")
"""The API's stop reasons after which tool calls are complete; some backends say the second."""

_OF_API = ("server_tool_use", "mcp_tool_use")
"""Types of calls of tools that the API runs."""

OVERFLOW = "model_context_window_exceeded"
"""The API's stop reason where the prompt and the reply together fill the context."""

_END = {
    "stop_sequence": "end_turn",
    OVERFLOW: "context_window",
    "tool_use": "end_turn",  # of a reply that calls nothing
}
"""The API's stop reasons that a run calls otherwise."""


def closed(reply: dict[str, Any], answers: list[Answer]) -> list[dict[str, Any]]:
    """Return a reply that calls tools and the message of their results, as they enter a history.

    Calls without an answer are called interrupted.
    """
    known = {answer.call.id: answer for answer in answers}
    results = [
        _result(known.get(call.id) or Answer(call, INTERRUPTED, is_error=True))
        for call in tool_calls(reply["content"])
    ]
    return [reply, {"role": "user", "content": results}]


def tool_calls(content: list[dict[str, Any]]) -> list[ToolCall]:
    """Return the client tool calls of a reply. Raises StreamError where one is malformed."""
    return [_call(block) for block in content if block.get("type") == "tool_use"]


def _call(block: dict[str, Any]) -> ToolCall:
    match block:
        case {"id": str(name), "name": str(tool), "input": dict(given)}:
            return ToolCall(name, tool, given)
        case _:
            raise StreamError(f"A tool call of the reply is malformed: {block!r:.200}")


def settled(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a history that the user goes on with, with something new to say.

    A turn that the API paused ends there: its calls of the API's own tools that have no results
    are left out, as they never will.
    """
    start = len(messages)
    while start and messages[start - 1]["role"] == "assistant":
        start -= 1
    turn = [one for one in messages[start:] if isinstance(one["content"], list)]
    done = {block.get("tool_use_id") for message in turn for block in message["content"]}
    if not any(_is_open(block, done) for message in turn for block in message["content"]):
        return messages
    kept = messages[:start]
    for message in messages[start:]:
        content = message["content"]
        if isinstance(content, list):
            content = _without_ends([block for block in content if not _is_open(block, done)])
        if content:
            kept.append({**message, "content": content})
    return kept


def _is_open(block: dict[str, Any], done: Container[Any]) -> bool:
    """Whether a block is a call of a tool that the API runs, which is not among those done."""
    return block.get("type") in _OF_API and block.get("id") not in done


def _is_blank(block: dict[str, Any]) -> bool:
    match block:
        case {"type": "text", "text": str(text)}:
            return not text.strip()
        case _:
            return False


def _without_ends(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what may not end a turn: calls that get no result, and thinking before nothing."""
    content = [block for block in content if block.get("type") != "tool_use"]
    while content and content[-1].get("type") in {"thinking", "redacted_thinking"}:
        content.pop()
    return content


def _result(answer: Answer) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": answer.call.id,
        "content": answer.content,
    }
    if answer.is_error:
        block["is_error"] = True
    return block
