"""Messages of role `system` amid the conversation.

Neighbours are one section, whose place counts as a whole (docs: "Mid-conversation system
messages"); a fault of the place is told of its last message.
"""

from __future__ import annotations

from collections.abc import Sequence

from rookery.catalog.model import Model
from rookery.rules import prompt as rules
from rookery.wire.blocks import ServerToolResult, Text
from rookery.wire.context import ToolAddition, ToolRemoval
from rookery.wire.messages import InputMessage


def check(messages: Sequence[InputMessage], index: int, model: Model) -> None:
    """Check the message at `index`, which is one of role `system`."""
    if not model.system_turns:
        raise rules.SYSTEM_UNSUPPORTED.error()
    message, at = messages[index], f"messages.{index}"
    if not message.content and not isinstance(message.content, str):
        if message.output_config is not None:
            return  # it only directs, which it may do anywhere
        raise rules.SYSTEM_EMPTY.error(at)
    if not all(isinstance(block, Text | ToolAddition | ToolRemoval) for block in message.blocks):
        raise rules.SYSTEM_BLOCKS.error(at)
    _place(messages, index, at)
    for block in message.blocks:
        if isinstance(block, Text) and not block.text.strip():
            raise rules.SYSTEM_BLANK.error(at)


def _place(messages: Sequence[InputMessage], index: int, at: str) -> None:
    if index == 0:
        raise rules.SYSTEM_FIRST.error(at)
    before = messages[index - 1]
    if before.role == "assistant" and not _ends_in_server_result(before):
        raise rules.SYSTEM_AFTER.error(at)
    if index + 1 < len(messages) and messages[index + 1].role == "user":
        raise rules.SYSTEM_BEFORE.error(at)


def _ends_in_server_result(message: InputMessage) -> bool:
    return any(isinstance(block, ServerToolResult) for block in message.blocks[-1:])
