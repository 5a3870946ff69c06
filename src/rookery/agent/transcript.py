"""What the events of a session add up to: its messages, its turns, what it cost.

The same code reads the events of a session that goes on and of one that is loaded, so that both
are the same. A log may end anywhere, as its writer may: the messages are a valid request all the
same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from rookery.agent import check
from rookery.agent.events import (
    VERSION,
    AgentDescribed,
    ContextCleared,
    ContextCompacted,
    Decided,
    MessageAdded,
    Rewound,
    RunEnded,
    RunFailed,
    ToolReturned,
    UsageReported,
)
from rookery.agent.loop import Answer, ToolCall, closed, settled, tool_calls
from rookery.agent.step import Step
from rookery.agent.view import Cut, is_said
from rookery.catalog.cost import Cost
from rookery.errors import AgentError, SessionError, StreamError

Entry = (
    AgentDescribed
    | MessageAdded
    | Decided
    | ToolReturned
    | UsageReported
    | ContextCleared
    | ContextCompacted
    | RunEnded
    | RunFailed
    | Rewound
)
"""The events that a session keeps; the others matter only while they happen."""

KEPT = Entry.__args__

_TITLE = 80
_read = msgspec.json.Decoder(Entry).decode
encode = msgspec.json.Encoder().encode


class Transcript:
    """A session so far."""

    def __init__(self) -> None:
        """Begin with no event."""
        self._lock = threading.Lock()
        self.revision = 0
        """How many events it is made of."""
        self.agent: dict[str, Any] = {}
        self.title = ""
        self.steps: list[Step] = []
        self.bill = Cost()
        self._messages: list[dict[str, Any]] = []
        self._pending: dict[str, Any] | None = None
        self._answers: list[Answer] = []
        self.cut = Cut()
        """What of the messages is not sent as it is."""
        self._turns: list[tuple[list[dict[str, Any]], int, Cut]] = []
        """Where each turn began: the messages of that time, how many they were, and the cut. A
        list of messages only grows; rewinding makes another."""

    @classmethod
    def of(cls, events: Iterable[bytes]) -> Transcript:
        """Read the events of a log. Raises SessionError where they cannot be a session."""
        made = cls()
        for index, body in enumerate(events):
            try:
                made.apply(_checked(_read(body)))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise SessionError(
                    f"Event {index} of the session cannot be read: {error}"
                ) from error
            except StreamError as error:
                raise SessionError(f"Event {index} of the session: {error.message}") from error
        try:
            check.pairs(made.messages)
        except AgentError as error:
            raise SessionError(f"The session is not valid: {error.message}") from error
        return made

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The history, a valid request: calls without an answer are called interrupted."""
        with self._lock:
            return self._closed()

    @property
    def turns(self) -> int:
        """How many tasks it was given."""
        return len(self._turns)

    @property
    def about(self) -> dict[str, Any]:
        """What lists show of it."""
        return {
            "title": self.title,
            "turns": self.turns,
            "messages": len(self._messages),
            "steps": len(self.steps),
            "model": self.steps[-1].model if self.steps else self.agent.get("model"),
            "cost": str(self.bill),
        }

    def copy(self) -> Transcript:
        """Return one that goes its own way from here."""
        other = Transcript()
        vars(other).update(vars(self), _lock=other._lock)
        for name in ("steps", "_messages", "_answers", "_turns"):
            setattr(other, name, list(getattr(self, name)))
        return other

    def apply(self, event: Entry) -> None:
        """Take the next event. Raises SessionError where it cannot come here."""
        with self._lock:
            self._apply(event)
            self.revision += 1

    def _apply(self, event: Entry) -> None:
        match event:
            case ToolReturned():
                call = ToolCall(event.id, event.name, {})
                self._answers.append(Answer(call, event.content, event.is_error))
            case UsageReported():
                self._charge(event)
            case ContextCleared() | ContextCompacted():
                self._leave_out(event)
            case AgentDescribed():
                self.agent = event.agent
            case MessageAdded():
                self._add(event)
            case Rewound():
                self._close()
                self._rewind(event.turns)
            case Decided() | RunEnded(stop_reason="awaiting_approval"):
                pass  # what was decided is kept to be looked up; what waits has no answer yet
            case RunEnded() | RunFailed():
                self._close()

    def demand_waiting(self, messages: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        """Check that calls of this reply, after these messages, wait. Raises SessionError."""
        if (self._messages, self._pending) != (messages, reply):
            raise SessionError(
                "The session does not wait for these approvals: it went on, or the state is that "
                "of another one."
            )

    def demand_turns(self, turns: int) -> None:
        """Check that so many turns can be taken back. Raises SessionError."""
        if not isinstance(turns, int) or isinstance(turns, bool) or not 0 <= turns <= self.turns:
            raise SessionError(f"The session has {self.turns} turns; {turns!r:.50} cannot go.")

    def _leave_out(self, event: ContextCleared | ContextCompacted) -> None:
        messages = len(self._closed())
        task = event.task if isinstance(event, ContextCompacted) else 0
        if not (0 <= event.before <= messages and 0 <= task < messages):
            raise SessionError(
                f"The session has {messages} messages; the cut is at {event.before}."
            )
        self.cut = self.cut.after(event)

    def _closed(self) -> list[dict[str, Any]]:
        waiting = [] if self._pending is None else closed(self._pending, self._answers)
        return [*self._messages, *waiting]

    def _charge(self, event: UsageReported) -> None:
        self.steps.append(Step.of(event, len(self.steps) + 1))
        self.bill += event.bill

    def _add(self, event: MessageAdded) -> None:
        message = event.message
        if self._pending is not None and _has_results(message):
            self._messages.append(self._pending)  # a history that came with its results
            self._pending = None
        self._close()
        if is_said(message):
            self._messages = settled(self._messages)
        if event.is_task:
            self._turns.append((self._messages, len(self._messages), self.cut))
            self.title = self.title or _title(message["content"])
        content = message["content"]
        if message["role"] == "assistant" and isinstance(content, list) and tool_calls(content):
            self._pending = message
        else:
            self._messages.append(message)

    def _close(self) -> None:
        if self._pending is not None:
            self._messages += closed(self._pending, self._answers)
            self._pending = None
        self._answers = []

    def _rewind(self, turns: int) -> None:
        self.demand_turns(turns)
        if turns:
            messages, length, self.cut = self._turns[-turns]
            self._messages = messages[:length]
            del self._turns[-turns:]


def _checked(event: Entry) -> Entry:
    """Return an event of a file that this version can have written. Raises SessionError."""
    if isinstance(event, AgentDescribed) and event.version > VERSION:
        raise SessionError(
            f"The session was written by a newer rookery (version {event.version} of its events; "
            f"this one knows {VERSION}). Use that one."
        )
    if isinstance(event, MessageAdded):
        message = msgspec.convert(event.message, _Message)
        for block in message.content if isinstance(message.content, list) else ():
            msgspec.convert(block, _Result if block.get("type") == "tool_result" else _Block)
    return event


class _Block(msgspec.Struct):
    """What every content block has."""

    type: str


class _Result(_Block):
    tool_use_id: str


class _Message(msgspec.Struct):
    role: Literal["user", "assistant"]
    content: str | list[dict[str, Any]]


def _has_results(message: dict[str, Any]) -> bool:
    content = message["content"]
    return isinstance(content, list) and any(b.get("type") == "tool_result" for b in content)


def _title(task: str | list[dict[str, Any]]) -> str:
    """Return the beginning of a task, in one line."""
    parts = [task] if isinstance(task, str) else [str(block.get("text", "")) for block in task]
    words = " ".join(" ".join(parts).split())
    return words if len(words) <= _TITLE else words[: _TITLE - 1] + "…"
