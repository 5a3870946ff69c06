"""Where the prompt cache breaks: the marks of a request, those of the caller among them.

The API looks for what an earlier request wrote at each breakpoint, and only 20 positions back
from it (platform.claude.com, "Prompt caching"). So a request marks the end of tools and system,
which all runs of an agent share; its own end, for the next request; and the end of the request
before, where there is an entry for certain, however long the turn since then is.

Marks are of what is sent: the history never has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from rookery.gateway.checks.cache import MAX_BREAKPOINTS
from rookery.wire.content import InputBlock
from rookery.wire.kinds import tag

Ttl = Literal["5m", "1h"]

MARKABLE = frozenset(
    tag(kind) for kind in get_args(InputBlock) if "cache_control" in kind.__struct_fields__
)
"""Types of blocks that take a mark: not thinking, and none that rookery does not know."""

LEVELS = ("tools", "system", "messages")
"""The parts of a request that take marks, in the order of the prompt."""
TOOLS, SYSTEM, MESSAGES = range(3)


class Place(NamedTuple):
    """A block of a request; places compare in the order of the prompt."""

    level: int
    at: int
    """Of the definition, the block of the system prompt, or the message."""
    block: int = 0

    def __str__(self) -> str:
        found = f"{LEVELS[self.level]}.{self.at}"
        return f"{found}.content.{self.block}" if self.level == MESSAGES else found


Marks = dict[Place, Ttl]


class Marking(NamedTuple):
    """What changes in a request: the marks to set, and those of the caller that are too many."""

    ours: Marks
    dropped: frozenset[Place] = frozenset()


def marking(
    messages: Sequence[Mapping[str, Any]], head: Place | None, theirs: Marks, ttl: Ttl
) -> Marking:
    """Return the marks of a request with these messages.

    `head` is where tools and system end; `theirs` are the marks that it has already, of which the
    oldest in messages give way where there are more than four. Those of one hour may not follow
    those of five minutes: ours take the ttl that theirs leave them.
    """
    kept = dict(theirs)
    late = sorted(place for place in theirs if place.level == MESSAGES)
    dropped = frozenset(late[: max(0, len(theirs) - MAX_BREAKPOINTS)])
    for place in dropped:
        del kept[place]
    ours: Marks = {}
    for wanted in (*ends(messages), *([] if head is None else [head])):
        if wanted not in kept and len(kept) + len(ours) < MAX_BREAKPOINTS:
            ours[wanted] = _ttl(wanted, kept, ttl) if kept else ttl
    return Marking(ours, dropped)


def ends(messages: Sequence[Mapping[str, Any]]) -> Iterator[Place]:
    """Yield the last block that takes a mark, and the last one of the request before.

    That one ended where the newest reply begins.
    """
    newest = _last(messages, len(messages))
    if newest is None:
        return
    yield newest
    backwards = range(len(messages) - 1, -1, -1)
    replied = next((i for i in backwards if messages[i]["role"] == "assistant"), 0)
    before = _last(messages, replied)
    if before is not None and before != newest:
        yield before


def marks_of(fields: Mapping[str, Any]) -> Marks:
    """Return the marks that the tools and the system prompt of a request have."""
    found: Marks = {}
    for level in (TOOLS, SYSTEM):
        blocks = fields.get(LEVELS[level])
        for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
            _note(found, Place(level, index), block)
    return found


def marks_in(message: Mapping[str, Any], index: int) -> Marks:
    """Return the marks that a message has."""
    found: Marks = {}
    content = message["content"]
    for number, block in enumerate(content if isinstance(content, list) else ()):
        _note(found, Place(MESSAGES, index, number), block)
    return found


def head_of(fields: Mapping[str, Any]) -> Place | None:
    """Return where tools and system end: a mark there is one of both."""
    system, tools = fields.get("system"), fields.get("tools") or ()
    if system:
        return Place(SYSTEM, 0 if isinstance(system, str) else len(system) - 1)
    backwards = range(len(tools) - 1, -1, -1)
    found = next((i for i in backwards if not tools[i].get("defer_loading")), None)
    return None if found is None else Place(TOOLS, found)


def marked(content: Any, ttls: Mapping[int, Ttl | None]) -> list[dict[str, Any]]:
    """Return blocks, or a text as one, with the marks of these of them set, or left out."""
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    for index, ttl in ttls.items():
        plain = {name: value for name, value in blocks[index].items() if name != "cache_control"}
        blocks[index] = plain if ttl is None else {**plain, "cache_control": control(ttl)}
    return blocks


def control(ttl: Ttl) -> dict[str, Any]:
    """Return a mark on the wire."""
    return {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}


def ttl_of(control: Any) -> Ttl:
    """Return the time to live of a mark on the wire."""
    return "1h" if isinstance(control, dict) and control.get("ttl") == "1h" else "5m"


def _note(found: Marks, place: Place, block: Mapping[str, Any]) -> None:
    if block.get("cache_control") is not None:
        found[place] = ttl_of(block["cache_control"])


def _last(messages: Sequence[Mapping[str, Any]], end: int) -> Place | None:
    """Return the last block before message `end` that takes a mark."""
    for index in range(end - 1, -1, -1):
        content = messages[index]["content"]
        if isinstance(content, str):
            if content:
                return Place(MESSAGES, index)
            continue
        for number in range(len(content) - 1, -1, -1):
            block = content[number]
            if block.get("type") in MARKABLE and block.get("text") != "":
                return Place(MESSAGES, index, number)
    return None


def _ttl(place: Place, theirs: Marks, wanted: Ttl) -> Ttl:
    if any(ttl == "1h" and at > place for at, ttl in theirs.items()):
        return "1h"
    return "5m" if any(ttl == "5m" and at < place for at, ttl in theirs.items()) else wanted
