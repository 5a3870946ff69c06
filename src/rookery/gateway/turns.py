"""One request on its way, and what becomes of it when it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from rookery.errors import APIError, StreamError
from rookery.gateway.conversation import Conversation, inside, joined, without_marks
from rookery.wire.document import read
from rookery.wire.events import Event
from rookery.wire.fold import Folder
from rookery.wire.messages import Reply, Request

if TYPE_CHECKING:
    from rookery.gateway.threads import Threads

Key = tuple[str, str]
"""Workspace, and id of a response: no workspace sees what another has."""


class Turn:
    """One request on its way. This one is of no thread, and keeps nothing."""

    __slots__ = ("request",)

    def __init__(self, request: Request) -> None:
        """Answer `request`."""
        self.request = request
        """The request with the whole conversation, which is what is to be answered."""

    def event(self, event: Event) -> None:
        """Take an event of the answer, before the client has it."""

    def reply(self, reply: Reply) -> None:
        """Take the whole answer, before the client has it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End; what was not answered whole is kept by no thread."""


class ThreadTurn(Turn):
    """A turn whose conversation is kept under its answer."""

    __slots__ = ("_before", "_folder", "_kept", "_new", "_previous", "_threads", "_workspace")

    def __init__(
        self,
        threads: Threads,
        request: Request,
        workspace: str,
        *,
        before: Conversation,
        new: Raw,
        previous: Key | None = None,
    ) -> None:
        """Answer `request`, whose `new` messages follow on `before`, the one kept as `previous`."""
        super().__init__(request)
        self._threads = threads
        self._workspace = workspace
        self._before = before
        self._new = new
        self._previous = previous
        self._folder: Folder | None = Folder()
        self._kept = False

    def event(self, event: Event) -> None:
        """Fold the answer; a stream that is no message leads to nothing that is kept."""
        if self._folder is None:
            return
        try:
            self._folder.add(event)
            if self._folder.complete:
                self.reply(self._folder.reply())
        except (APIError, StreamError):
            self._folder = None

    def reply(self, reply: Reply) -> None:
        """Keep the conversation with this answer at its end."""
        self._folder = None
        try:
            answer = read(_answer, reply.data)
        except msgspec.DecodeError:
            return
        if answer.is_of_fallback:
            return
        self._threads.keep(
            (self._workspace, answer.id),
            msgspec.structs.replace(
                self._before,
                messages=joined(self._before.messages, without_marks(self._new), answer.turn),
                paused=answer.stop_reason == "pause_turn",
            ),
            self._previous,
        )
        self._kept = True

    def __exit__(self, *_: object) -> None:
        if self._previous is not None and not self._kept:
            self._threads.release(self._previous)


class _Answer(Struct):
    """What of a reply a thread needs."""

    id: str
    content: Raw
    stop_reason: str | None = None
    usage: dict[str, Any] | UnsetType = UNSET

    @property
    def turn(self) -> bytes:
        """The answer as a message of the conversation; none, where it has no content."""
        content = bytes(self.content)
        return b'{"role":"assistant","content":%b}' % content if inside(content) else b""

    @property
    def is_of_fallback(self) -> bool:
        """Whether a fallback model wrote it: the API keeps no such turn, and the clients know."""
        rounds = self.usage.get("iterations") if isinstance(self.usage, dict) else None
        return isinstance(rounds, list) and any(
            isinstance(one, dict) and one.get("type") == "fallback_message" for one in rounds
        )


_answer = msgspec.json.Decoder(_Answer)
