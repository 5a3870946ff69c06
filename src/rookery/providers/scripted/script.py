"""The script as types. docs/scripted.md describes it for who writes one."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every part of a script is made from."""


class Match(_Part, frozen=True):
    """Which requests a rule is for: those that fit everything given here."""

    text: str | None = None
    """A part, or a /regular expression/, of the text of the latest user turn."""
    tool_result: str | None = None
    """The same, of the tool results of the latest user turn."""
    model: str | None = None
    """A pattern with `*` and `?`, of the model."""
    tools: list[str] | None = None
    """Names of tools that are all offered; an empty list means that none is."""
    call: Positive | None = None
    """The number of the request, counted from 1 over all requests for messages."""
    stream: bool | None = None
    """Whether the message is streamed."""


class Fault(_Part, frozen=True):
    """An error of the API, by its wire type."""

    type: str
    message: str | None = None
    details: dict[str, Any] | None = None
    status: Annotated[int, Meta(ge=400, le=599)] | None = None
    headers: dict[str, str] | None = None


class ErrorAfter(_Part, frozen=True):
    """An error in the middle of a stream, after so many events."""

    events: Count
    error: Fault


class Malformed(_Part, frozen=True):
    """Data that is sent in place of the event which follows so many events."""

    events: Count
    data: str


class Tool(_Part, frozen=True):
    """A tool call, in short."""

    name: str
    input: dict[str, Any] = {}
    id: str | None = None


class Answer(_Part, frozen=True):
    """What a rule answers, and how: `reply` in a script.

    One of `error`, `events`, `content` or the short forms `text` and `tool`, of which both may be
    given. The rest says how a message ends and how its stream goes.
    """

    text: str | None = None
    tool: Tool | None = None
    content: list[dict[str, Any]] | None = None
    events: list[dict[str, Any]] | None = None
    """The exact events of the stream, as they are."""
    error: Fault | None = None

    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: dict[str, Any] | None = None
    """The exact usage; it is estimated where this is left out."""
    fields: dict[str, Any] = {}
    """More top-level fields of the message."""

    latency: Seconds = 0
    """Before the first event, the message, or the error."""
    pace: Seconds = 0
    """Before each delta."""
    chunk: Positive = 24
    """Characters of a delta."""
    cut_after: Count | None = None
    """The connection breaks after so many events."""
    error_after: ErrorAfter | None = None
    malformed: str | Malformed | None = None
    """A string takes the place of the first delta."""

    @property
    def is_message(self) -> bool:
        """Whether there is a message, as against an error or exact events."""
        return self.error is None and self.events is None

    @property
    def has_course(self) -> bool:
        """Whether something happens between the first event and the last."""
        faults = (self.cut_after, self.error_after, self.malformed)
        return self.pace > 0 or any(fault is not None for fault in faults)


class Rule(_Part, frozen=True):
    """An answer, and for which requests and how often it is given."""

    match: Match = Match()
    times: Positive | None = None
    """How often the rule answers; without limit where this is left out."""
    reply: str | Answer | None = None
    """A string is short for `{text: ...}`. Without a reply the rule only counts tokens."""
    count_tokens: Count | None = None
    """The answer to a token-counting request."""


class Script(_Part, frozen=True):
    """Rules, of which the first that fits answers."""

    rules: list[Rule]
    seed: int | None = 0
    """Where the ids come from: the same seed gives the same ids, null gives new ones each time."""
