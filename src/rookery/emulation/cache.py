"""The prompt cache by its rules (platform.claude.com, "Prompt caching").

A request writes an entry at each of its breakpoints, and nowhere else; it reads the longest prefix
that an earlier request wrote and that a breakpoint finds by looking back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rookery.catalog.model import Model
from rookery.emulation.entries import Entries, Entry
from rookery.emulation.prefix import digests, facts
from rookery.emulation.prompt import Counter, Position, Ttl, positions
from rookery.wire.blocks import Text, ToolResult, ToolUse
from rookery.wire.messages import CountRequest
from rookery.wire.shapes import Block

LOOKBACK = 20
"""Positions at which a breakpoint looks for an entry, itself included."""


class CacheUse(NamedTuple):
    """The tokens of a prompt by what the cache did with them; their sum is the prompt."""

    uncached: int
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0


class Plan(NamedTuple):
    """What the cache does for a request: what it read at the start, what it will write."""

    use: CacheUse
    writes: tuple[Entry, ...] = ()


class Breakpoint(NamedTuple):
    """A position up to which the prompt is to be cached."""

    at: int
    ttl: Ttl


def plan(
    request: CountRequest, model: Model, *, workspace: str, entries: Entries, now: float
) -> Plan:
    """Look up a request at its start, and refresh what it reads.

    A prefix with fewer tokens than the model's minimum is neither read nor written. What is
    written can be read once `entries.write` is called, when the response begins.
    """
    laid_out = positions(request, model)
    if not laid_out:
        return Plan(CacheUse(0))
    counted = Counter(laid_out, model)
    points = [
        point
        for point in breakpoints(request, laid_out)
        if counted[point.at] >= model.cache_minimum
    ]
    if not points:
        return Plan(CacheUse(counted[-1]))
    windows = [range(point.at, _reach(laid_out, point.at) - 1, -1) for point in points]
    known = facts(request, laid_out, model, workspace)
    found = dict(digests(laid_out, known, set().union(*windows)))
    tried = {found[at]: at for window in reversed(windows) for at in window}
    digest = entries.first(tried, now)
    hit = -1 if digest is None else tried[digest]
    # Of what was read, the parts that have entries of their own were used too.
    used = {hit, *(at for at, _ in points if at < hit)} - {-1}
    entries.refresh((found[at] for at in used), now)
    writes = tuple(Entry(found[at], ttl) for at, ttl in points if at > hit)
    return Plan(_bill(points, hit, counted), writes)


def breakpoints(request: CountRequest, laid_out: Sequence[Position]) -> list[Breakpoint]:
    """Return the breakpoints in their order, with that of automatic caching."""
    points = [Breakpoint(at, it.ttl) for at, it in enumerate(laid_out) if it.ttl is not None]
    if request.cache_control is not None:
        backwards = range(len(laid_out) - 1, -1, -1)
        last = next((at for at in backwards if markable(laid_out[at].block)), None)
        if last is not None and laid_out[last].ttl is None:
            points.append(Breakpoint(last, request.cache_control.ttl or "5m"))
            points.sort()
    return points


def markable(block: Block | bytes) -> bool:
    """Whether automatic caching can take a block: not thinking, which has no marks, nor ""."""
    if isinstance(block, bytes):
        return True
    is_empty = isinstance(block, Text) and not block.text
    return "cache_control" in block.__struct_fields__ and not is_empty


def _reach(laid_out: Sequence[Position], at: int) -> int:
    """Return the first position at which a breakpoint looks for an entry."""
    left = LOOKBACK - 1
    for index in range(at - 1, -1, -1):
        before, here = laid_out[index], laid_out[index + 1]
        kind = type(here.block)
        if kind in _RUNS and kind is type(before.block):
            continue
        left -= 1
        if left < 0:
            return index + 1
    return 0


_RUNS = (ToolUse, ToolResult)
"""Kinds of blocks of which those that follow each other in one turn are one position."""


def _bill(points: Sequence[Breakpoint], hit: int, counted: Counter) -> CacheUse:
    """Split the tokens at three places: A the hit, B the last 1h breakpoint after it, C the last.

    Up to A they are read, up to B written for one hour, up to C for five minutes.
    """
    a = counted[hit] if hit >= 0 else 0
    b = max((counted[at] for at, ttl in points if ttl == "1h" and at > hit), default=a)
    c = counted[points[-1].at]
    return CacheUse(counted[-1] - c, read=a, write_5m=c - b, write_1h=b - a)
