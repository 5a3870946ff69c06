"""Prompt caching: what is written, what is read, and what the usage says of it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from rookery.testing.conformance.check import check, expect, same
from rookery.testing.conformance.facts import facts
from rookery.testing.conformance.sections.messages import message
from rookery.testing.conformance.sections.streams import good
from rookery.testing.conformance.sections.transport import refused
from rookery.testing.conformance.target import Target

PAGE = "Prompt caching"
MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
SETTLES = 1.0
"""Seconds in which an entry may become readable."""


def long_system(target: Target, **mark: Any) -> list[dict[str, Any]]:
    """Return a system prompt that nobody has cached, beyond the model's minimum."""
    words = max(facts(target).model.cache_minimum, 1024)
    text = f"{uuid.uuid4()}\n" + "All work and no play makes Jack a dull boy. " * (words // 5)
    return [{"type": "text", "text": text, **mark}]


def cache_of(usage: dict[str, Any]) -> tuple[int, int]:
    """Return the tokens that were written and read."""
    return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]


@check("caching", PAGE)
def written_then_read(target: Target) -> None:
    """A marked prefix is written by the first request and read by the second."""
    system = long_system(target, **MARK)
    written, read = cache_of(message(target.create(system=system))["usage"])
    expect(written > 0 and read == 0, f"first: {written} written, {read} read")
    time.sleep(SETTLES)
    again, found = cache_of(message(target.create(system=system))["usage"])
    same("tokens read by the second", found, written)
    same("tokens written by the second", again, 0)


@check("caching", PAGE)
def the_split_by_time_to_live(target: Target) -> None:
    """`cache_creation` splits the written tokens by their time to live."""
    for mark, field in ((MARK, "ephemeral_5m_input_tokens"), (HOUR, "ephemeral_1h_input_tokens")):
        usage = message(target.create(system=long_system(target, **mark)))["usage"]
        split = usage.get("cache_creation") or {}
        same(field, split.get(field), usage["cache_creation_input_tokens"])
        same("the sum", sum(split.values()), usage["cache_creation_input_tokens"])


@check("caching", PAGE)
def without_a_mark_nothing_is_cached(target: Target) -> None:
    """Without `cache_control` both figures are 0, also the second time."""
    system = long_system(target)
    for _ in range(2):
        same("written and read", cache_of(message(target.create(system=system))["usage"]), (0, 0))


@check("caching", PAGE)
def too_short_is_no_error(target: Target) -> None:
    """A prefix below the model's minimum is taken and not cached."""
    short = [{"type": "text", "text": f"Be brief. {uuid.uuid4()}", **MARK}]
    same("written and read", cache_of(message(target.create(system=short))["usage"]), (0, 0))


@check("caching", PAGE)
def a_changed_prefix_is_not_read(target: Target) -> None:
    """One changed character before the mark, and nothing is read."""
    system = long_system(target, **MARK)
    message(target.create(system=system))
    time.sleep(SETTLES)
    changed = [{**system[0], "text": "!" + system[0]["text"]}]
    _, read = cache_of(message(target.create(system=changed))["usage"])
    same("tokens read", read, 0)


@check("caching", "Prompt caching: automatic caching")
def automatic(target: Target) -> None:
    """`cache_control` at the top marks the last block: the next turn reads what came before."""
    first = [{"role": "user", "content": long_system(target)[0]["text"]}]
    reply = message(target.create(messages=first, **MARK))
    written, _ = cache_of(reply["usage"])
    expect(written > 0, "nothing was written")
    time.sleep(SETTLES)
    history = [
        *first,
        {"role": "assistant", "content": reply["content"]},
        {"role": "user", "content": "Go on, in one short sentence."},
    ]
    _, read = cache_of(message(target.create(messages=history, **MARK))["usage"])
    same("tokens read by the second turn", read, written)


@check("caching", PAGE)
def a_stream_says_it_at_the_start(target: Target) -> None:
    """`message_start` of a stream has the cache figures already."""
    system = long_system(target, **MARK)
    start = good(target.stream(system=system)).records[0].data["message"]["usage"]
    expect(cache_of(start)[0] > 0, f"written at the start: {cache_of(start)[0]}")


@check("caching", PAGE)
def five_marks(target: Target) -> None:
    """Four marks are the most."""
    system = [{"type": "text", "text": f"Part {n}.", **MARK} for n in range(5)]
    answer = target.create(system=system)
    refused(answer, 400, "invalid_request_error")
    wanted = "A maximum of 4 blocks with cache_control may be provided. Found 5."
    same("the message", answer.error["message"], wanted)
