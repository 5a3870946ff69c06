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

import msgspec
from msgspec import Raw

from rookery.gateway.conversation import Conversation, inside, joined
from rookery.gateway.turns import Key, ThreadTurn, Turn
from rookery.providers.base import Call
from rookery.rules import threads as rules
from rookery.rules.prompt import MESSAGES_EMPTY
from rookery.wire.document import read
from rookery.wire.messages import MessagesRequest, Request, ThreadContinue
from rookery.wire.surface import surface
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
        self._entries: dict[Key, _Entry] = {}
        self._lock = threading.Lock()

    def turn(self, request: Request, call: Call, *, forgiving: bool = False) -> Turn:
        """Return the turn that `request` is, to be entered while it is answered.

        With `forgiving`, what rookery does not know of the request is ignored.

        Raises InvalidRequestError and NotFoundError where a thread is asked for that cannot be.
        """
        if request.envelope.thread is None:
            return Turn(request)
        body = check(request, surface(call.version, call.betas), forgiving=forgiving)
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
        return ThreadTurn(self, whole, call.workspace_id, before=begun, new=fields["messages"])

    def expire(self) -> None:
        """Let go of what has expired. Each turn does so too; an idle server has to be told."""
        with self._lock:
            self._expire()

    def _continue(self, fields: dict[str, Raw], key: Key) -> Turn:
        for name in KEPT:
            if _given(fields, name):
                raise rules.THREAD_KEEPS_FIELD.error(at=name)
        new = fields["messages"]
        with self._lock:
            self._expire()
            conversation = self._claim(key, _pinned(fields), is_empty=not inside(new))
        fields.update({name: Raw(value) for name, value in conversation.kept.items()})
        fields["messages"] = Raw(b"[%b]" % joined(conversation.messages, inside(new)))
        whole = Request(_encode(fields))
        return ThreadTurn(self, whole, key[0], before=conversation, new=new, previous=key)

    def _claim(self, key: Key, pinned: dict[str, bytes], *, is_empty: bool) -> Conversation:
        """Return what is kept under `key`, which no other request can continue from now on.

        `is_empty` says that the request has no new messages.
        """
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
        if is_empty and not entry.conversation.paused:
            raise MESSAGES_EMPTY.error()
        entry.in_flight = True
        return entry.conversation

    def release(self, key: Key) -> None:
        """Let a response be continued after all: what continued it came to nothing."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.in_flight = False

    def keep(self, key: Key, conversation: Conversation, previous: Key | None) -> None:
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

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= entry.bytes


def _given(fields: dict[str, Raw], name: str) -> bool:
    return name in fields and bytes(fields[name]) != b"null"


def _pinned(fields: dict[str, Raw]) -> dict[str, bytes]:
    return {
        name: _sorted(read(_any, bytes(fields[name]))) for name in PINNED if _given(fields, name)
    }
