"""From content to the message that the API would send."""

from __future__ import annotations

from typing import Any, NamedTuple

from rookery.catalog.model import Model
from rookery.wire.messages import Message, Reply, StopReason
from rookery.wire.usage import Usage


class Ending(NamedTuple):
    """Content, and why it ends there."""

    content: list[dict[str, Any]]
    stop_reason: StopReason
    stop_sequence: str | None = None
    cut_input: str | None = None
    """The JSON of the input of a last block that is a tool call, as far as it came."""


def message(
    ending: Ending,
    usage: Usage,
    model: Model,
    message_id: str,
    diagnostics: dict[str, Any] | None,
) -> Reply:
    """Return the message of some content."""
    return Reply(
        body=Message(
            id=message_id,
            model=model.id,
            content=ending.content,
            stop_reason=ending.stop_reason,
            stop_sequence=ending.stop_sequence,
            stop_details=None,
            container=None,
            diagnostics=diagnostics,
            usage=usage,
        ),
        cut_input=ending.cut_input,
    )
