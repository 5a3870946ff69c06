"""Prompt caching: what is written, what is read, and what the usage says of it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from rookery.testing.conformance.answers import good, message, refused
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.facts import cache_minimum, forces_tools
from rookery.testing.conformance.sections.tools import TOOL
from rookery.testing.conformance.target import Target

PAGE = "Prompt caching"
DIAGNOSTICS = "Cache diagnostics"
MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
SENTENCE = "All work and no play makes Jack a dull boy. "
TOKENS = 8
"""Of the sentence, at the very least."""
SETTLES = (0.0, 0.5, 1.0, 2.0)
"""Seconds to wait before each attempt to read what was written."""
POSITIONS = 20
"""Blocks that are looked at from a mark on, the marked one among them."""


def long_text(target: Target, **mark: Any) -> dict[str, Any]:
    """Return a text that nobody has cached, beyond the model's minimum."""
    words = SENTENCE * (max(cache_minimum(target), 512) // TOKENS)
    return {"type": "text", "text": f"{uuid.uuid4()}\n{words}", **mark}


def cache_of(usage: dict[str, Any]) -> tuple[int, int]:
    """Return the tokens that were written and read."""
    return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]


def cached(target: Target, **fields: Any) -> tuple[int, int]:
    """Return the tokens that a request wrote and read."""
    return cache_of(message(target.create(**fields))["usage"])


def written(target: Target, **fields: Any) -> int:
    """Write to the cache until it can be read, and return how many tokens it was."""
    tokens, read = cached(target, **fields)
    expect(tokens > 0 and read == 0, f"the first request wrote {tokens} tokens and read {read}")
    for seconds in SETTLES:
        time.sleep(seconds)
        again, read = cached(target, **fields)
        if read:
            same("tokens read by the same request", read, tokens)
            same("tokens written by it", again, 0)
            return tokens
    expect(False, "the same request reads nothing")
    return 0


@check("caching", PAGE)
def written_then_read(target: Target) -> None:
    """A marked prefix is written by the first request and read by the second."""
    written(target, system=[long_text(target, **MARK)])


@check("caching", PAGE)
def the_prompt_is_its_parts(target: Target) -> None:
    """`input_tokens` has only what follows the last mark: all parts make up the prompt."""
    system = [long_text(target, **MARK)]
    first, second = (message(target.create(system=system))["usage"] for _ in range(2))
    same("input_tokens of the second", second["input_tokens"], first["input_tokens"])
    same("the whole prompt", sum(cache_of(second)), sum(cache_of(first)))


@check("caching", PAGE)
def the_split_by_time_to_live(target: Target) -> None:
    """`cache_creation` splits the written tokens by their time to live."""
    for mark, field in ((MARK, "ephemeral_5m_input_tokens"), (HOUR, "ephemeral_1h_input_tokens")):
        usage = message(target.create(system=[long_text(target, **mark)]))["usage"]
        expect(usage["cache_creation_input_tokens"] > 0, "nothing was written")
        split = usage.get("cache_creation") or {}
        same(field, split.get(field), usage["cache_creation_input_tokens"])
        same("the sum", sum(split.values()), usage["cache_creation_input_tokens"])


@check("caching", PAGE)
def both_times_to_live(target: Target) -> None:
    """An hour before five minutes: each part is written for its time."""
    system = [long_text(target, **HOUR), long_text(target, **MARK)]
    split = message(target.create(system=system))["usage"]["cache_creation"]
    expect(all(split.values()), f"cache_creation is {split}")


@check("caching", PAGE)
def five_minutes_before_an_hour(target: Target) -> None:
    """Five minutes before an hour is refused."""
    short = {"type": "text", "text": "Be brief."}
    answer = target.create(system=[{**short, **MARK}, {**short, **HOUR}])
    refused(answer, 400, "invalid_request_error")
    wanted = "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"
    expect(wanted in answer.error["message"], answer.error["message"])


@check("caching", PAGE)
def without_a_mark_nothing_is_cached(target: Target) -> None:
    """Without `cache_control` both figures are 0, also the second time."""
    system = [long_text(target)]
    for _ in range(2):
        same("written and read", cached(target, system=system), (0, 0))


@check("caching", PAGE)
def too_short_is_no_error(target: Target) -> None:
    """A prefix below the model's minimum is taken and not cached."""
    short = [{"type": "text", "text": f"Be brief. {uuid.uuid4()}", **MARK}]
    same("written and read", cached(target, system=short), (0, 0))


@check("caching", PAGE)
def a_changed_prefix_is_not_read(target: Target) -> None:
    """One changed character before the mark, and nothing is read."""
    block = long_text(target, **MARK)
    written(target, system=[block])
    _, read = cached(target, system=[{**block, "text": "!" + block["text"]}])
    same("tokens read", read, 0)


@check("caching", "Prompt caching: what invalidates the cache")
def changed_tools(target: Target) -> None:
    """Other tools, and nothing of system and messages is read."""
    system = [long_text(target, **MARK)]
    written(target, system=system, tools=[TOOL])
    other = [{**TOOL, "description": "Get the weather of today in a city."}]
    _, read = cached(target, system=system, tools=other)
    same("tokens read", read, 0)


@check("caching", "Prompt caching: what invalidates the cache")
def changed_tool_choice(target: Target) -> None:
    """Another `tool_choice`: tools and system are read, messages are not."""
    if not forces_tools(target):
        raise Skipped("the model has no choices that differ")
    system = [long_text(target, **MARK)]
    turn = [{"role": "user", "content": [long_text(target, **MARK)]}]
    fields = {"system": system, "tools": [TOOL], "messages": turn}
    whole = written(target, **fields)
    _, read = cached(target, **fields, tool_choice={"type": "any"})
    expect(0 < read < whole, f"{read} of {whole} tokens were read")


@check("caching", "Prompt caching: lookback window")
def twenty_positions(target: Target) -> None:
    """From a mark on 20 positions are looked at, the marked block among them, and no more."""
    block = long_text(target)
    tokens = written(target, messages=[{"role": "user", "content": [{**block, **MARK}]}])
    for place, wanted in ((POSITIONS, tokens), (POSITIONS + 1, 0)):
        more = [{"type": "text", "text": f"Note {n} of {place}."} for n in range(place - 1)]
        content = [block, *more[:-1], {**more[-1], **MARK}]
        _, read = cached(target, messages=[{"role": "user", "content": content}])
        same(f"tokens read where the mark is at position {place}", read, wanted)


@check("caching", "Prompt caching: automatic caching")
def automatic(target: Target) -> None:
    """`cache_control` at the top marks the last block: the next turn reads what came before."""
    first = [{"role": "user", "content": long_text(target)["text"]}]
    tokens = written(target, messages=first, **MARK)
    history = [
        *first,
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Go on, in one short sentence."},
    ]
    _, read = cached(target, messages=history, **MARK)
    same("tokens read by the second turn", read, tokens)


@check("caching", "Prompt caching: pre-warming")
def warmed_before(target: Target) -> None:
    """A request with `max_tokens: 0` writes what the next one reads."""
    system = [long_text(target, **MARK)]
    tokens, _ = cached(target, system=system, max_tokens=0)
    expect(tokens > 0, "nothing was written")
    for seconds in SETTLES:
        time.sleep(seconds)
        _, read = cached(target, system=system)
        if read:
            break
    same("tokens read", read, tokens)


@check("caching", PAGE)
def a_stream_says_it_at_the_start(target: Target) -> None:
    """`message_start` of a stream has the cache figures already."""
    system = [long_text(target, **MARK)]
    start = good(target.stream(system=system)).of("message_start")[0]["message"]["usage"]
    expect(cache_of(start)[0] > 0, f"written at the start: {cache_of(start)[0]}")


@check("caching", PAGE)
def five_marks(target: Target) -> None:
    """Four marks are the most."""
    system = [{"type": "text", "text": f"Part {n}.", **MARK} for n in range(5)]
    answer = target.create(system=system)
    refused(answer, 400, "invalid_request_error")
    wanted = "A maximum of 4 blocks with cache_control may be provided. Found 5."
    same("the message", answer.error["message"], wanted)


def diagnosed(target: Target, previous: str | None, **fields: Any) -> dict[str, Any]:
    """Return the message of a request that asks where it left another."""
    diagnostics = {"previous_message_id": previous}
    body = message(target.create(diagnostics=diagnostics, **fields))
    expect("diagnostics" in body, "the message has no `diagnostics`")
    return body


def reason_of(body: dict[str, Any]) -> Any:
    """Return why the cache was missed. Raises Skipped where that is not known yet."""
    found = body["diagnostics"]
    expect(isinstance(found, dict), f"diagnostics is {found!r}")
    reason = found.get("cache_miss_reason")
    if reason is None:
        raise Skipped("the diagnosis was not ready when the answer came")
    return reason


@check("caching", DIAGNOSTICS)
def nothing_to_compare(target: Target) -> None:
    """The first request, and one that goes on from another, have `diagnostics: null`."""
    system = [long_text(target, **MARK)]
    first = diagnosed(target, None, system=system)
    same("diagnostics of the first", first["diagnostics"], None)
    second = diagnosed(target, first["id"], system=system)
    if second["diagnostics"] == {"cache_miss_reason": None}:
        raise Skipped("the diagnosis was not ready when the answer came")
    same("diagnostics of the second", second["diagnostics"], None)


@check("caching", DIAGNOSTICS)
def a_diagnosis(target: Target) -> None:
    """A request that left another says at what level, and the tokens that it cost."""
    first = diagnosed(target, None, system=[long_text(target, **MARK)])
    other = diagnosed(target, first["id"], system=[long_text(target, **MARK)])
    reason = reason_of(other)
    same("type", reason["type"], "system_changed")
    expect(reason["cache_missed_input_tokens"] > 0, f"the reason is {reason}")


@check("caching", DIAGNOSTICS)
def an_unknown_message_before(target: Target) -> None:
    """A message that nobody has seen cannot be compared with."""
    body = diagnosed(target, "msg_01AAAAAAAAAAAAAAAAAAAAAA")
    same("type", reason_of(body)["type"], "previous_message_not_found")
