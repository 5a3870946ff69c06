"""Message threads: a conversation that the server holds between two turns.

platform.claude.com, "Message threads": a request with `thread: {"type": "create"}` has the reply
and all before it kept under the reply's `id`; one with `{"type": "continue",
"previous_message_id": id}` sends what is new, and the rest is put before it here. A response can
be continued once. `system` and `tools` are those of the thread, all other fields those of the
request; `PINNED` ones must stay as they were. What is kept expires `SECONDS` after its response.

Only backends that rookery emulates are served so; others get the field as it came.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from rookery.errors import APIError, StreamError
from rookery.providers.base import Call
from rookery.rules import threads as rules
from rookery.wire.betas import THREADS
from rookery.wire.document import read
from rookery.wire.events import Event
from rookery.wire.fold import Folder
from rookery.wire.messages import MessagesRequest, Reply, Request, ThreadContinue
from rookery.wire.validation import check

SECONDS = 300.0
"""How long a response can be continued."""
MAX_BYTES = 128 * 1024 * 1024
"""Bytes of all conversations kept, by default; the oldest go first."""
MAX_CONVERSATION = 32 * 1024 * 1024
"""Bytes of one conversation: those of a request. A longer one is not kept."""
ENTRY_BYTES = 1024
"""What an entry counts beside its conversation, so that their number is bounded too."""

KEPT = ("system", "tools")
PINNED = ("output_config",)
"""Fields that must not change in a thread. That there are such fields is documented, and the
official client lets each turn change any field but this one; the whole list is not public."""

_encode = msgspec.json.Encoder().encode
_sorted = msgspec.json.Encoder(order="sorted").encode
_fields = msgspec.json.Decoder(dict[str, Raw])
_any = msgspec.json.Decoder()


class Conversation(Struct, frozen=True):
    """What a thread holds, as the JSON that came: nothing is decoded to be kept."""

    messages: bytes
    """The messages so far, joined by commas."""
    kept: dict[str, bytes]
    """The fields of `KEPT` that were given."""
    pinned: dict[str, bytes]
    """The fields of `PINNED` that were given, with sorted keys."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.messages) + sum(map(len, (*self.kept.values(), *self.pinned.values())))


_Key = tuple[str, str]
"""Workspace, and id of the response: no workspace sees what another has."""


class _Entry:
    """A response that can be continued, or has been: then its conversation is gone."""

    __slots__ = ("bytes", "conversation", "expires", "in_flight")

    def __init__(self, conversation: Conversation, expires: float) -> None:
        self.conversation: Conversation | None = conversation
        self.expires = expires
        self.in_flight = False
        self.bytes = ENTRY_BYTES + conversation.size


class Threads:
    """The threads of one process, in memory only. May be shared by threads and event loops."""

    def __init__(
        self, max_bytes: int = MAX_BYTES, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep `max_bytes` at most; with 0 no thread is kept, and requests for one are refused.

        `clock` gives seconds that never go back.
        """
        self.bytes = 0
        """What is kept now."""
        self._max_bytes = max_bytes
        self._clock = clock
        # In the order in which they expire, since all live equally long.
        self._entries: dict[_Key, _Entry] = {}
        self._lock = threading.Lock()

    def turn(self, request: Request, call: Call) -> Turn:
        """Return the turn that `request` is, to be entered while it is answered.

        Raises InvalidRequestError and NotFoundError where a thread is asked for that cannot be.
        """
        if request.envelope.thread is None:
            return Turn(request)
        if THREADS not in call.betas:
            raise rules.THREAD_NEEDS_BETA.error(at="thread")
        body = check(request, forgiving=True)
        assert isinstance(body, MessagesRequest)  # noqa: S101 - narrows the type of `check`
        if not self._max_bytes:
            raise rules.THREAD_UNSUPPORTED.error(at="thread", details={"unsupported": []})
        fields = read(_fields, request.data)
        del fields["thread"]
        if isinstance(body.thread, ThreadContinue):
            return self._continue(fields, (call.workspace_id, body.thread.previous_message_id))
        whole = Request(_encode(fields))
        kept = {name: bytes(fields[name]) for name in KEPT if _given(fields, name)}
        begun = Conversation(b"", kept, _pinned(fields))
        return _Threaded(self, whole, call.workspace_id, before=begun, new=fields["messages"])

    def expire(self) -> None:
        """Let go of what has expired. Each turn does so too; an idle server has to be told."""
        with self._lock:
            self._expire()

    def _continue(self, fields: dict[str, Raw], key: _Key) -> Turn:
        for name in KEPT:
            if _given(fields, name):
                raise rules.THREAD_KEEPS_FIELD.error(at=name)
        with self._lock:
            self._expire()
            conversation = self._claim(key, _pinned(fields))
        new = fields["messages"]
        fields.update({name: Raw(value) for name, value in conversation.kept.items()})
        fields["messages"] = Raw(b"[%b]" % _joined(conversation.messages, _inside(new)))
        whole = Request(_encode(fields))
        return _Threaded(self, whole, key[0], before=conversation, new=new, previous=key)

    def _claim(self, key: _Key, pinned: dict[str, bytes]) -> Conversation:
        """Return what is kept under `key`, which no other request can continue from now on."""
        entry = self._entries.get(key)
        at = "thread.previous_message_id"
        if entry is None:
            raise rules.THREAD_NOT_FOUND.error(at=at)
        if entry.conversation is None:
            raise rules.THREAD_ALREADY_CONTINUED.error(at=at)
        if entry.in_flight:
            raise rules.THREAD_CONTINUE_IN_FLIGHT.error(at=at)
        if pinned != entry.conversation.pinned:
            before = entry.conversation.pinned
            differing = [name for name in PINNED if pinned.get(name) != before.get(name)]
            raise rules.THREAD_FIELDS_DIFFER.error(at="thread", fields=", ".join(differing))
        entry.in_flight = True
        return entry.conversation

    def release(self, key: _Key) -> None:
        """Let a response be continued after all: what continued it came to nothing."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.in_flight = False

    def keep(self, key: _Key, conversation: Conversation, previous: _Key | None) -> None:
        """Keep a conversation under a new response, and no longer under the one before it."""
        with self._lock:
            self._expire()
            entry = self._entries.get(previous) if previous is not None else None
            if entry is not None:
                self.bytes -= entry.bytes - ENTRY_BYTES
                entry.bytes = ENTRY_BYTES
                entry.conversation = None
            if conversation.size > MAX_CONVERSATION:
                return
            self._drop(key)  # a backend may use an id again; the new one goes to the end
            entry = self._entries[key] = _Entry(conversation, self._clock() + SECONDS)
            self.bytes += entry.bytes
            while self.bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def _expire(self) -> None:
        now = self._clock()
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest].expires > now:
                return
            self._drop(oldest)

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= entry.bytes


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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End; what was not answered whole is kept by no thread."""


class _Threaded(Turn):
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
        previous: _Key | None = None,
    ) -> None:
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
                messages=_joined(self._before.messages, _without_marks(self._new), answer.turn),
            ),
            self._previous,
        )
        self._kept = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._previous is not None and not self._kept:
            self._threads.release(self._previous)


class _Answer(Struct):
    """What of a reply a thread needs."""

    id: str
    content: Raw
    usage: dict[str, Any] | UnsetType = UNSET

    @property
    def turn(self) -> bytes:
        """The answer as a message of the conversation; none, where it has no content."""
        content = bytes(self.content)
        return b'{"role":"assistant","content":%b}' % content if _inside(content) else b""

    @property
    def is_of_fallback(self) -> bool:
        """Whether a fallback model wrote it: the API keeps no such turn, and the clients know."""
        rounds = self.usage.get("iterations") if isinstance(self.usage, dict) else None
        return isinstance(rounds, list) and any(
            isinstance(one, dict) and one.get("type") == "fallback_message" for one in rounds
        )


_answer = msgspec.json.Decoder(_Answer)


def _given(fields: dict[str, Raw], name: str) -> bool:
    return name in fields and bytes(fields[name]) != b"null"


def _pinned(fields: dict[str, Raw]) -> dict[str, bytes]:
    return {
        name: _sorted(read(_any, bytes(fields[name]))) for name in PINNED if _given(fields, name)
    }


def _inside(array: Raw | bytes) -> bytes:
    """Return what stands between the brackets of a JSON array."""
    return bytes(array).strip()[1:-1].strip()


def _joined(*parts: bytes) -> bytes:
    return b",".join(filter(None, parts))


# --- prompt-cache breakpoints ---------------------------------------------------------------------

_HOLDERS = frozenset({"content", "source"})
"""The fields of messages and blocks in which blocks stand. A tool's `input` is free and none."""

_DEEPEST = 5
"""A text in a document in a tool result in a message."""


def _without_marks(messages: Raw) -> bytes:
    """Return messages to be kept, without `cache_control`, each of which was for its own turn.

    A request may have four; the official client takes them away too where it sends a turn again.
    """
    data = bytes(messages)
    if b'"cache_control"' not in data:
        return _inside(data)
    return _inside(_encode(_unmarked(read(_any, data), _DEEPEST)))


def _unmarked(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [_unmarked(item, depth) for item in value]
    if not isinstance(value, dict) or not depth:
        return value
    return {
        name: _unmarked(item, depth - 1) if name in _HOLDERS else item
        for name, item in value.items()
        if name != "cache_control"
    }
