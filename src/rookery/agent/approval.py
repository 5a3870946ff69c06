"""Approvals: what somebody is asked about a call, and what they can answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from rookery.errors import AgentError
from rookery.policy.known import KNOWN, Compared, compares

_encode = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """A call that somebody has to approve before it runs."""

    id: str
    """Of this call with this input: an answer by it is no answer to anything else."""
    call: str
    """The id of the model's tool call; a tool may make further ones inside it."""
    tool: str
    input: dict[str, Any]
    rule: str | None
    """The rule that wants the approval, if one does."""
    reason: str
    """Why it is asked for, as a sentence."""
    runs: str
    """What exactly will run: the command, or the tool with its input as JSON."""
    place: str
    """Where: the folder of a command, the real path of a file, the workspace otherwise."""
    sandbox: str | None
    """The sandbox of a command, `none` without one; None: it is no command."""
    always: str | None
    """The rule that `Allow(always=True)` adds to the agent; None: there is none."""


class Allow(Struct, frozen=True, kw_only=True):
    """Run the call; with another `input` if one is given.

    Another input is held to the rules that deny, and to the tool's schema. `always` also allows
    later calls of the agent, in the run and after it, that the request's rule is about.
    """

    input: dict[str, Any] | None = None
    always: bool = False


class Deny(Struct, frozen=True):
    """Do not run the call, and tell the model why."""

    reason: str = ""


class Later(Struct, frozen=True):
    """Nobody has decided yet: the run is suspended, and can be resumed with the decision."""


Answer = Allow | Deny | Later
Word = Literal["allow", "always", "deny", "later"]
Answered = Answer | Word | bool
"""What may be answered: True and False are allow and deny."""

Approve = Callable[[ApprovalRequest], Answered | Awaitable[Answered]]
"""Answers requests; a plain function is called in a thread."""

_WORDS: dict[Any, Answer] = {
    "allow": Allow(),
    "always": Allow(always=True),
    "deny": Deny(),
    "later": Later(),
    True: Allow(),
    False: Deny(),
}


class SuspendedError(Exception):
    """A call waits for an approval; not an error of the run, but the way out of the call."""

    def __init__(self, request: ApprovalRequest) -> None:
        super().__init__(request.id)
        self.request = request


def answer_of(value: Any) -> Answer:
    """Return what an answer says. Raises AgentError for what is none."""
    if isinstance(value, Allow):
        return msgspec.convert(msgspec.structs.asdict(value), Allow)  # its fields are what they say
    if isinstance(value, Deny | Later):
        return value
    if isinstance(value, bool | str) and value in _WORDS:
        return _WORDS[value]
    raise AgentError(
        f"An approval is answered with Allow, Deny, Later, one of "
        f"{', '.join(word for word in _WORDS if isinstance(word, str))}, True or False, "
        f"not {value!r:.100}."
    )


def what_runs(tool: str, given: Mapping[str, Any]) -> str:
    """Return what exactly a call runs: its command, or the tool with its input."""
    if compares(tool) is Compared.COMMAND:
        command = given.get(KNOWN[tool].field)
        if isinstance(command, str) and len(given) == 1:
            return command
    return f"{tool}({as_json(given)})"


def as_json(value: Any) -> str:
    """Return an input as JSON; what is none, of a call inside a tool, as text."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def approval_id(call: str, tool: str, given: Mapping[str, Any], place: str) -> str:
    """Return the id of a request: that of the call, and a digest of what would run and where."""
    digest = hashlib.sha256(_encode([call, tool, given, place])).hexdigest()
    return f"{call}:{digest[:32]}"
