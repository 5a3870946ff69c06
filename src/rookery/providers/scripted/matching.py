"""Which rule a request is for."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

from rookery.providers.scripted.script import Match
from rookery.wire.blocks import Text, ToolResult
from rookery.wire.messages import CountRequest, InputMessage

_REGEX = re.compile(r"/(.+)/([ims]*)", re.DOTALL)
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


class Facts(NamedTuple):
    """What a match looks at."""

    model: str
    text: str
    tool_result: str
    tools: frozenset[str]
    call: int
    stream: bool | None


def facts(request: CountRequest, call: int, stream: bool | None) -> Facts:
    """Read a request: `call` is its number, `stream` is None where nothing is to be streamed."""
    text: list[str] = []
    results: list[str] = []
    for message in _latest_turn(request.messages):
        for block in message.blocks:
            if isinstance(block, Text):
                text.append(block.text)
            elif isinstance(block, ToolResult):
                results.append(_result_text(block))
    return Facts(
        model=request.model,
        text="\n".join(text),
        tool_result="\n".join(results),
        tools=frozenset(_tool_name(tool) for tool in request.tools or ()),
        call=call,
        stream=stream,
    )


def fits(match: Match, seen: Facts) -> bool:
    """Whether a request fits everything that is given."""
    return (
        (match.text is None or pattern(match.text)(seen.text))
        and (match.tool_result is None or pattern(match.tool_result)(seen.tool_result))
        and (match.model is None or fnmatchcase(seen.model, match.model))
        and (match.tools is None or _offered(match.tools, seen.tools))
        and (match.call is None or match.call == seen.call)
        and (match.stream is None or match.stream is seen.stream)
    )


@lru_cache(maxsize=1024)
def pattern(text: str) -> Callable[[str], bool]:
    """Return the test for a part of a text, or for a /regular expression/. Raises re.error."""
    found = _REGEX.fullmatch(text)
    if found is None:
        return lambda whole: text in whole
    flags = re.RegexFlag(0)
    for letter in found[2]:
        flags |= _FLAGS[letter]
    search = re.compile(found[1], flags).search
    return lambda whole: search(whole) is not None


def _offered(wanted: list[str], offered: frozenset[str]) -> bool:
    return offered.issuperset(wanted) if wanted else not offered


def _latest_turn(messages: list[InputMessage]) -> list[InputMessage]:
    """Return the user messages since the last reply; an unfinished reply at the end is none."""
    turn: list[InputMessage] = []
    for message in reversed(messages):
        if message.role == "user":
            turn.append(message)
        elif message.role == "assistant" and turn:
            break
    return turn[::-1]


def _result_text(block: ToolResult) -> str:
    if isinstance(block.content, str):
        return block.content
    return "\n".join(part.text for part in block.content or () if isinstance(part, Text))


def _tool_name(tool: dict[str, Any]) -> str:
    return str(tool.get("name") or tool.get("type") or "")
