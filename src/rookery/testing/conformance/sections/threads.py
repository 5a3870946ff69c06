"""Message threads (beta): a conversation that the server holds between two turns."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import message, refused
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.sections.tools import TOOL
from rookery.testing.conformance.target import Answer, Target

PAGE = "Message threads"
BETA = "message-threads-2026-08-12"
NEXT = [{"role": "user", "content": "And once more."}]


def threaded(target: Target, thread: dict[str, Any], **fields: Any) -> Answer:
    """Ask for a message of a thread."""
    body = target.message(thread=thread, **fields)
    return target.post("/v1/messages", body, anthropic_beta=BETA)


def created(target: Target, **fields: Any) -> dict[str, Any]:
    """Return the first message of a thread. Raises Skipped where there are no threads."""
    answer = threaded(target, {"type": "create"}, **fields)
    if answer.code == "thread_unsupported_request":
        raise Skipped("the server keeps no threads for this model")
    return message(answer)


def following(name: str) -> dict[str, Any]:
    """Return the `thread` field that continues after a message."""
    return {"type": "continue", "previous_message_id": name}


@check("threads", PAGE)
def the_conversation_is_kept(target: Target) -> None:
    """The second turn sends only what is new, and its prompt is the whole conversation."""
    first = created(target)
    second = message(threaded(target, following(first["id"]), messages=NEXT))
    before, after = first["usage"]["input_tokens"], second["usage"]["input_tokens"]
    expect(after > before, f"the first prompt has {before} tokens, the second {after}")


@check("threads", PAGE)
def system_and_tools_are_kept(target: Target) -> None:
    """System prompt and tools are those of the first turn; to send them again is refused."""
    fields: dict[str, Any] = {"system": "Be brief.", "tools": [TOOL]}
    first = created(target, **fields)
    for name, value in fields.items():
        answer = threaded(target, following(first["id"]), messages=NEXT, **{name: value})
        refused(answer, 400, "invalid_request_error")
    second = message(threaded(target, following(first["id"]), messages=NEXT))
    before, after = first["usage"]["input_tokens"], second["usage"]["input_tokens"]
    expect(after > before, f"the first prompt has {before} tokens, the second {after}")


@check("threads", PAGE)
def a_message_is_continued_once(target: Target) -> None:
    """A message that has been continued: 409 with the code thread_already_continued."""
    first = created(target)
    message(threaded(target, following(first["id"]), messages=NEXT))
    answer = threaded(target, following(first["id"]), messages=NEXT)
    expect(answer.status >= 400, f"the status is {answer.status}")
    same("error_code", answer.code, "thread_already_continued")


@check("threads", PAGE)
def an_unknown_message(target: Target) -> None:
    """A message that no thread holds: 404 with the code thread_not_found."""
    created(target)
    answer = threaded(target, following("msg_01AAAAAAAAAAAAAAAAAAAAAA"))
    refused(answer, 404, "not_found_error")
    same("error_code", answer.code, "thread_not_found")


@check("threads", "Beta headers")
def without_the_beta(target: Target) -> None:
    """Without its beta header the field is refused."""
    answer = target.create(thread={"type": "create"})
    refused(answer, 400, "invalid_request_error")
