"""Keeps what happens in a run of a session, durably, and its session from other writers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

from rookery.agent.events import AgentDescribed, Event
from rookery.agent.transcript import KEPT, Entry, Transcript, encode
from rookery.agent.view import Cut
from rookery.errors import SessionConflictError, SessionError
from rookery.store.base import SessionStore
from rookery.store.lease import Lease, here
from rookery.tools.thread import in_thread

T = TypeVar("T")

LEASE_SECONDS = 30.0
"""How long a session stays its writer's without a sign of life from it."""


class Writer:
    """Writes one session; each change is in the store when its call returns. Blocking.

    The transcript goes along. Once something could not be written, it is ahead of the store, and
    nothing more is written (`broken`).
    """

    def __init__(
        self,
        store: SessionStore,
        id: str,  # noqa: A002
        transcript: Transcript,
        unwritten: Sequence[Entry] = (),
    ) -> None:
        """Write the session `id` as it is in `transcript`, whose last events are `unwritten`."""
        self.store = store
        self.id = id
        self.transcript = transcript
        self.unwritten = tuple(unwritten)
        self.broken: SessionError | None = None
        self.still = threading.Lock()
        """Held while something is written: with it, transcript and store say the same."""
        self._busy = threading.Lock()
        self._lease: Lease | None = None

    @property
    def revision(self) -> int:
        """How many events of it are in the store."""
        return self.transcript.revision - len(self.unwritten)

    def begin(self) -> None:
        """Take the session. Raises SessionConflictError where others have it, or changed it."""
        if not self._busy.acquire(blocking=False):
            raise SessionConflictError(
                "This session is in a run already. One run follows the other; for two at a time "
                "fork it."
            )
        try:
            self._lease = self._taken()
        except BaseException:
            self._busy.release()
            raise

    def end(self) -> None:
        """Give the session back."""
        lease, self._lease = self._lease, None
        try:
            if lease is not None:
                with suppress(SessionError):  # it is free then when its time is over
                    self.store.release(lease)
        finally:
            self._busy.release()

    def renew(self) -> None:
        """Say that the writer lives."""
        if self._lease is not None:
            self.store.renew(self._lease, LEASE_SECONDS)

    def write(self, events: list[Entry]) -> None:
        """Add events. Raises SessionError, again each time once it did."""
        if self.broken is not None:
            raise self.broken
        if self._lease is None:
            raise SessionError("Nothing is written after the end of a run.")
        bodies = [encode(event) for event in (*self.unwritten, *events)]
        with self.still:
            revision = self.revision
            try:
                for event in events:
                    self.transcript.apply(event)
                self.store.append(self._lease, bodies, revision, self.transcript.about)
            except SessionError as error:
                self.broken = error
                raise
            except Exception as error:
                self.broken = SessionError(f"The store failed: {type(error).__name__}: {error}")
                raise self.broken from error
            self.unwritten = ()

    def _taken(self) -> Lease:
        revision = self.revision
        if revision == 0 and self.store.find(self.id) is None:
            self.store.create(self.id, self.transcript.about)
        lease = self.store.acquire(self.id, here(), LEASE_SECONDS)
        now = self.store.find(self.id)
        if now is None or now.revision != revision:
            self.store.release(lease)
            raise SessionConflictError(
                f"The session {self.id} was continued elsewhere since it was read here. Resume "
                "it: Session.resume(id, store=...)."
            )
        return lease


class Journal:
    """The writer of one run: what the run tells it is kept at its next commit."""

    def __init__(self, writer: Writer, described: dict[str, Any]) -> None:
        """Write with `writer`; `described` is what the agent is, where that is new."""
        self._writer = writer
        self._described = described
        self._revision = writer.transcript.revision
        self._noted: list[Entry] = []
        self._begun = False
        self._turn = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    @property
    def session_id(self) -> str:
        """The session that is written."""
        return self._writer.id

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The history that the run goes on with."""
        return self._writer.transcript.messages

    @property
    def cut(self) -> Cut:
        """What of the history is not sent as it is."""
        return self._writer.transcript.cut

    async def __aenter__(self) -> Self:
        """Take the session. Raises SessionConflictError where others have it."""
        try:
            await self._do(self._begin)
        except asyncio.CancelledError:
            await self._do(self._end)
            raise
        self._renewing = asyncio.create_task(self._renew())
        if self._described != self._writer.transcript.agent:
            self.note(AgentDescribed(agent=self._described))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep what is left, and give the session back."""
        try:
            with suppress(SessionError):  # whoever has to know was told by a commit
                await self.commit()
        finally:
            await finish(self._leave())

    def note(self, event: Event | AgentDescribed) -> None:
        """Keep an event, if it is one that sessions keep, with the next commit."""
        if isinstance(event, KEPT):
            self._noted.append(event)

    async def commit(self) -> None:
        """Write what was noted; it is durable on return, also when that is a cancellation.

        Raises SessionError where it could not be written: then the run cannot go on.
        """
        if not self._writer.store.blocking:
            self._write()
        else:
            await finish(self._write_in_turn())

    def _begin(self) -> None:
        self._writer.begin()
        self._begun = True
        if self._writer.transcript.revision != self._revision:
            self._end()
            raise SessionConflictError(
                "The session went on since this run was made: make another one."
            )

    def _end(self) -> None:
        if self._begun:
            self._begun = False
            self._writer.end()

    async def _leave(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        await self._do(self._end)

    async def _write_in_turn(self) -> None:
        async with self._turn:
            await in_thread(self._write)

    def _write(self) -> None:
        events, self._noted = self._noted, []
        if events or self._writer.broken:
            self._writer.write(events)

    async def _do(self, work: Callable[[], Any]) -> None:
        """Do something with the store: in a thread if it may block, and whole in any case."""
        if not self._writer.store.blocking:
            work()
        else:
            await finish(in_thread(work))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with suppress(SessionError):  # the next commit tells, where it matters
                await self._do(self._writer.renew)


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Do `work` to its end; a cancellation meanwhile is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # looked at: the cancellation is what counts
    raise cancelled
