"""From an answer of the script to a reply, to events, and to what goes wrong on the way."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Iterable
from typing import Any

import msgspec

from rookery.emulation.draft import Draft
from rookery.emulation.emulator import Turn
from rookery.errors import BY_STATUS, BY_TYPE, APIError, StreamCutError
from rookery.providers.scripted.script import Answer, Fault, Malformed
from rookery.wire import fold
from rookery.wire.events import Event, Verbatim
from rookery.wire.ids import Ids
from rookery.wire.messages import Reply
from rookery.wire.usage import Usage

Sleep = Callable[[float], Awaitable[object]]

_ID_PREFIXES = {"tool_use": "toolu", "server_tool_use": "srvtoolu"}

_encode = msgspec.json.Encoder().encode


def message(answer: Answer, turn: Turn, ids: Ids) -> Reply:
    """Return the message of an answer, exactly as written; what is left out is made up."""
    content = [_with_id(block, ids) for block in _blocks(answer)]
    if answer.id is not None:
        turn.message_id = answer.id
    drafted = turn.as_written(Draft(content), None if answer.usage is None else Usage())
    values = {
        **drafted.plain,
        "stop_reason": answer.stop_reason or _stop_reason(answer, content),
        "stop_sequence": answer.stop_sequence,
        **answer.fields,
    }
    for name in ("model", "usage"):
        if (value := getattr(answer, name)) is not None:
            values[name] = value
    return Reply(data=_encode(values))


def _blocks(answer: Answer) -> list[dict[str, Any]]:
    if answer.content is not None:
        return answer.content
    blocks: list[dict[str, Any]] = []
    if answer.text is not None:
        blocks.append({"type": "text", "text": answer.text})
    if (tool := answer.tool) is not None:
        named = {} if tool.id is None else {"id": tool.id}
        blocks.append({"type": "tool_use", **named, "name": tool.name, "input": tool.input})
    return blocks


def _with_id(block: dict[str, Any], ids: Ids) -> dict[str, Any]:
    prefix = _ID_PREFIXES.get(block["type"])
    if prefix is None or block.get("id"):
        return block
    return {"type": block["type"], "id": ids.new(prefix), **block}


def _stop_reason(answer: Answer, content: list[dict[str, Any]]) -> str:
    if answer.stop_sequence is not None:
        return "stop_sequence"
    return "tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn"


def events(answer: Answer, reply: Reply | None, eager: Container[str] = ()) -> Iterable[Event]:
    """Return the events of an answer: the exact ones it gives, or those of its message.

    The inputs of the tools named in `eager` are not split by their keys.
    """
    if reply is not None:
        return fold.events(reply, answer.chunk, eager)
    return [Verbatim(event["type"], _encode(event)) for event in answer.events or ()]


async def play(answer: Answer, whole: Iterable[Event], sleep: Sleep) -> AsyncGenerator[Event, None]:
    """Yield events at the answer's pace, and let happen to them what it says."""
    if answer.latency:
        await sleep(answer.latency)
    if answer.error is not None:
        raise exception(answer.error)
    count = 0
    malformed = malformed_data(answer)
    for event in whole:
        _break_at(answer, count)
        if answer.pace and event.type == "content_block_delta":
            await sleep(answer.pace)
        if malformed is not None and _is_replaced(answer.malformed, count, event):
            yield Verbatim("content_block_delta", malformed)
            malformed = None
        else:
            yield event
        count += 1
    _break_at(answer, count)


def _is_replaced(malformed: str | Malformed | None, count: int, event: Event) -> bool:
    if isinstance(malformed, Malformed):
        return malformed.events == count
    return event.type == "content_block_delta"


def _break_at(answer: Answer, count: int) -> None:
    if answer.cut_after == count:
        raise StreamCutError
    if answer.error_after is not None and answer.error_after.events == count:
        raise exception(answer.error_after.error)


def malformed_data(answer: Answer) -> bytes | None:
    """Return the data of `malformed`; lone surrogates U+DC80 to U+DCFF stand for raw bytes."""
    malformed = answer.malformed
    if malformed is None:
        return None
    text = malformed if isinstance(malformed, str) else malformed.data
    return text.encode("utf-8", "surrogateescape")


def exception(fault: Fault) -> APIError:
    """Return the exception of a fault: of its type, and of its status where both have a class."""
    kind = BY_STATUS.get(fault.status or 0)
    if kind is None or kind.type != fault.type:
        kind = BY_TYPE[fault.type]
    return kind(fault.message, details=fault.details, status=fault.status, headers=fault.headers)
