"""Where a reply ends: at a stop sequence, at `max_tokens`, or where the context window is full.

Text, thinking and the input of a tool call are cut where the limit is; of an input the keys that
came whole are left ("Fine-grained tool streaming"; the maintainers of the official client say that
the rest never reaches the stream). Other blocks come whole or not at all. That a thinking block
that is cut keeps its signature is assumed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rookery.catalog.model import Model
from rookery.emulation.draft import Draft
from rookery.emulation.reply import Ending
from rookery.emulation.stops import StopScanner
from rookery.emulation.text import fitting
from rookery.emulation.tokens import count_block
from rookery.wire.inputs import whole_pairs
from rookery.wire.messages import InputMessage, MessagesRequest, StopReason

Block = dict[str, Any]

_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")
_FIELDS = {"text": "text", "thinking": "thinking"}
"""The blocks of which any beginning can be sent, and the field it is in."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def cut(request: MessagesRequest, draft: Draft, model: Model, prompt_tokens: int) -> Ending:
    """Return what is left of a draft for a prompt of so many tokens."""
    ending = _stop(request, Draft(_continued(request, draft.content), draft.stop_reason))
    room = max(0, model.max_input_tokens - prompt_tokens)
    if request.max_tokens <= room:
        return _limit(ending, request.max_tokens, "max_tokens", model)
    return _limit(ending, room, "model_context_window_exceeded", model)


def _continued(request: MessagesRequest, content: list[Block]) -> list[Block]:
    """Leave out a prefill that the reply repeats: the API's goes on where the prefill ends."""
    prefill = _prefill(request.messages)
    if not prefill or not content or content[0]["type"] != "text":
        return content
    text = content[0]["text"].removeprefix(prefill)
    return [{**content[0], "text": text}, *content[1:]] if text else content[1:]


def _prefill(messages: list[InputMessage]) -> str:
    """Return the text that the reply is to begin after; "" where there is none."""
    if not messages or messages[-1].role != "assistant":
        return ""
    last = messages[-1].blocks[-1:]
    return str(getattr(last[0], "text", "")) if last else ""


def _stop(request: MessagesRequest, draft: Draft) -> Ending:
    """Cut at the first stop sequence. None reaches from one block into the next."""
    scanner = StopScanner(request.stop_sequences or ())
    for index, block in enumerate(draft.content if request.stop_sequences else ()):
        if block["type"] != "text":
            continue
        text = scanner.feed(block["text"])
        scanner.finish()
        if scanner.found is not None:
            kept = [*draft.content[:index], {**block, "text": text}]
            kept = [b for b in kept if b.get("text") != ""]
            return Ending(kept, "stop_sequence", scanner.found)
    return Ending(draft.content, draft.stop_reason)


def _limit(ending: Ending, limit: int, reason: StopReason, model: Model) -> Ending:
    """Cut after `limit` tokens."""
    if limit == 0:
        return Ending([], reason)
    left = limit
    for index, block in enumerate(ending.content):
        tokens = count_block(block, model)
        if tokens <= left:
            left -= tokens
            continue
        part, cut_input = _beginning(block, left, model)
        kept = ending.content[:index]
        return Ending([*kept, part] if part else kept, reason, cut_input=cut_input)
    return ending


def _beginning(block: Block, tokens: int, model: Model) -> tuple[Block | None, str | None]:
    """Return what of a block comes in so many tokens; of a tool call its input's JSON too."""
    field = _FIELDS.get(block["type"])
    if field is not None:
        text = fitting(block[field], tokens, model)
        return ({**block, field: text} if text else None), None
    if block["type"] not in _CALLS:
        return None, None
    begun = {**block, "input": {}}
    left = tokens - count_block(begun, model)
    if left < 0:
        return None, None
    came = fitting(_encode(block["input"]).decode(), left, model)
    pairs = whole_pairs(came)
    return {**block, "input": _decode(f"{pairs}}}") if pairs else {}}, came
