"""Marks of the prompt cache: their number, the order of their ttl, the automatic one."""

from __future__ import annotations

from typing import NamedTuple

from rookery.catalog.model import Model
from rookery.emulation.cache import markable
from rookery.providers.base import Call
from rookery.rules import cache as rules
from rookery.wire.messages import CountRequest

MAX_BREAKPOINTS = 4
SHORT = "5m"
"""The ttl of a mark that names none."""


class _Mark(NamedTuple):
    place: tuple[int | str, ...]
    ttl: str


def check_cache(body: CountRequest, model: Model, call: Call) -> None:
    """Check the marks."""
    marks = _marks(body)
    if body.cache_control is not None and not _has_own_mark(body):
        marks.append(_Mark((), body.cache_control.ttl or SHORT))
    if len(marks) > MAX_BREAKPOINTS:
        raise rules.CACHE_TOO_MANY.error(maximum=MAX_BREAKPOINTS, count=len(marks))
    short = False
    for place, ttl in marks:
        if ttl == SHORT:
            short = True
        elif short:
            raise rules.CACHE_TTL_ORDER.error(".".join(map(str, (*place, "cache_control.ttl"))))


def _marks(body: CountRequest) -> list[_Mark]:
    """The explicit marks, in the order of the prompt."""
    marks = [
        _Mark(("tools", index), control.get("ttl") or SHORT)
        for index, tool in enumerate(body.tools or ())
        if (control := tool.get("cache_control")) is not None
    ]
    if isinstance(body.system, list):
        marks += [
            _Mark(("system", index), block.cache_control.ttl or SHORT)
            for index, block in enumerate(body.system)
            if block.cache_control is not None
        ]
    marks += [
        _Mark(("messages", index, "content", position), control.ttl or SHORT)
        for index, message in enumerate(body.messages)
        if not isinstance(message.content, str)
        for position, block in enumerate(message.content)
        if (control := getattr(block, "cache_control", None)) is not None
    ]
    return marks


def _has_own_mark(body: CountRequest) -> bool:
    """Whether the block that the automatic mark would go to is marked; refuses another ttl."""
    assert body.cache_control is not None  # noqa: S101 - the caller asks only then
    for index in range(len(body.messages) - 1, -1, -1):
        content = body.messages[index].content
        if isinstance(content, str):
            return False
        for position in range(len(content) - 1, -1, -1):
            block = content[position]
            if not markable(block):
                continue
            control = getattr(block, "cache_control", None)
            if control is None:
                return False
            automatic, explicit = body.cache_control.ttl or SHORT, control.ttl or SHORT
            if automatic != explicit:
                raise rules.CACHE_AUTOMATIC_TTL.error(
                    automatic=automatic,
                    explicit=explicit,
                    place=f"messages.{index}.content.{position}",
                )
            return True
    return False
