"""How the model is asked for a summary of a conversation, and what is taken as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rookery.agent.view import Message
from rookery.wire.messages import Message as Reply

INSTRUCTION = """\
This conversation is about to become too long to go on as it is. Write a handover of it to yourself:
afterwards you will go on with the same task, and see the task, this handover and the newest turns,
nothing else. Do not call tools, and do not go on with the task now. Write down, as far as there is
any of it:

- what is asked for, with each limit and preference, in its own words where they matter;
- what was done and decided, and why;
- what was found out and will be needed: names, paths, numbers, exact texts;
- what was changed, and how it is now;
- what was tried and failed;
- what is left to do, the next step first."""

_DONE = ("end_turn", "stop_sequence", "max_tokens")
_FORMS = ("output_format", "stop_sequences")
_AUTO = {"type": "auto"}
_FREE = ("auto", "none")


def request(
    fields: Mapping[str, Any], messages: Sequence[Message]
) -> tuple[dict[str, Any], list[Message]]:
    """Return fields and messages of a request for a summary of what was sent with `fields`.

    It goes on from the same beginning, which is then read from the cache; only what would force
    another form of reply is left out.
    """
    asked = {name: value for name, value in fields.items() if name not in _FORMS}
    if (asked.get("tool_choice") or _AUTO).get("type") not in _FREE:
        del asked["tool_choice"]
    if config := asked.pop("output_config", None):
        asked["output_config"] = {k: v for k, v in config.items() if k != "format"}
    return asked, [*messages, {"role": "user", "content": INSTRUCTION}]


def read(reply: Reply, reminders: Sequence[str]) -> str | None:
    """Return the summary that a reply is, with what must not be forgotten; None: it is none."""
    blocks = reply.content
    text = "".join(str(b.get("text", "")) for b in blocks if b.get("type") == "text").strip()
    calls = any(block.get("type") == "tool_use" for block in blocks)
    if not text or calls or reply.stop_reason not in _DONE:
        return None
    return "\n\n".join((text, *reminders))
