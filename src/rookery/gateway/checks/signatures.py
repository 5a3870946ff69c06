"""Thinking that is handed back: where rookery signed it, it must be as it was.

Blocks with a signature of another server pass: nobody here can judge them, and a conversation that
began elsewhere must be able to go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from rookery.catalog.model import Model
from rookery.emulation.signature import TamperedError, read_signature
from rookery.providers.base import Call
from rookery.rules import thinking as rules
from rookery.wire.blocks import Thinking
from rookery.wire.messages import CountRequest


def check_signatures(body: CountRequest, model: Model, call: Call) -> None:
    """Check each block of thinking against its signature."""
    for index, position, block in thinking(body):
        _check(body, block, index, position)


def thinking(body: CountRequest) -> Iterator[tuple[int, int, Thinking]]:
    """Yield the blocks of thinking, with their places: message, and block in it."""
    for index, message in enumerate(body.messages):
        if message.role == "assistant" and not isinstance(message.content, str):
            for position, block in enumerate(message.content):
                if isinstance(block, Thinking):
                    yield index, position, block


def _check(body: CountRequest, block: Thinking, index: int, position: int) -> None:
    at = f"messages.{index}.content.{position}"
    try:
        signed = read_signature(block.signature)
    except TamperedError as error:
        raise rules.THINKING_SIGNATURE.error(at) from error
    if not block.signature:
        raise rules.THINKING_SIGNATURE.error(at)
    if signed is None or not signed.shown or block.thinking in ("", signed.thinking):
        return
    is_latest = all(later.role != "assistant" for later in body.messages[index + 1 :])
    raise (rules.THINKING_MODIFIED if is_latest else rules.THINKING_SIGNATURE).error(at)
