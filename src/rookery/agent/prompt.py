"""The requests of a run, one after the other: what was encoded once is not encoded again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from rookery.agent.breakpoints import (
    LEVELS,
    MESSAGES,
    Marking,
    Marks,
    Place,
    Ttl,
    ends,
    head_of,
    marked,
    marking,
    marks_in,
    marks_of,
    ttl_of,
)

_encode = msgspec.json.Encoder().encode


class Body(NamedTuple):
    """A request as JSON, and where rookery marked it."""

    data: bytes
    breakpoints: tuple[str, ...] = ()


class Prompt:
    """Makes the bodies of requests whose fields stay, and whose messages only grow in number."""

    def __init__(self, fields: Mapping[str, Any], ttl: Ttl | None = None) -> None:
        """Send `fields` with each request. With a `ttl`, mark what is to be cached."""
        self._fields = fields
        self._ttl = ttl
        self._raw = {name: Raw(_encode(value)) for name, value in fields.items()}
        self._raw["stream"] = Raw(b"true")
        self._fixed = marks_of(fields)
        self._head = head_of(fields)
        self._heads: dict[Ttl | None, Raw] = {}
        self._messages: list[Raw] = []
        self._theirs: Marks = {}

    def body(self, messages: Sequence[Mapping[str, Any]]) -> Body:
        """Return the request with these messages: those of the last one, and more."""
        for index in range(len(self._messages), len(messages)):
            self._messages.append(Raw(_encode(messages[index])))
            self._theirs.update(marks_in(messages[index], index))
        if self._ttl is None:
            return Body(_encode({**self._raw, "messages": self._messages}))
        automatic = self._automatic(messages)
        theirs = {**self._fixed, **automatic, **self._theirs}
        found = marking(messages, self._head, theirs, self._ttl)
        names = tuple(str(place) for place in sorted(found.ours))
        return Body(_encode(self._marked(messages, found)), names)

    def forget(self) -> None:
        """Begin anew: the next messages are others."""
        self._messages.clear()
        self._theirs.clear()

    def _automatic(self, messages: Sequence[Mapping[str, Any]]) -> Marks:
        """The mark that the API sets itself, at the end, where the request asks for it."""
        asked = self._fields.get("cache_control")
        if asked is None or (last := next(ends(messages), None)) is None:
            return {}
        return {last: ttl_of(asked)}

    def _marked(self, messages: Sequence[Mapping[str, Any]], found: Marking) -> dict[str, Any]:
        """Return the body with these marks. Only what has one of them is encoded again."""
        body: dict[str, Any] = {**self._raw, "messages": (sent := self._messages.copy())}
        changes: dict[int, dict[int, Ttl | None]] = {}
        for place in (*found.ours, *found.dropped):
            ttl = found.ours.get(place)
            if place.level == MESSAGES:
                changes.setdefault(place.at, {})[place.block] = ttl
            else:
                body[LEVELS[place.level]] = self._marked_head(place, ttl)
        for index, ttls in changes.items():
            message = messages[index]
            sent[index] = Raw(_encode({**message, "content": marked(message["content"], ttls)}))
        return body

    def _marked_head(self, place: Place, ttl: Ttl | None) -> Raw:
        if ttl not in self._heads:
            blocks = marked(self._fields[LEVELS[place.level]], {place.at: ttl})
            self._heads[ttl] = Raw(_encode(blocks))
        return self._heads[ttl]
