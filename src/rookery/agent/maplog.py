"""Keeps the results of many tasks under a name, in a store of sessions: a log of its own kind."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import UNSET, Struct

from rookery.agent import check
from rookery.agent.journal import LEASE_SECONDS, finish
from rookery.agent.loop import Content
from rookery.agent.output import Output
from rookery.agent.result import Result
from rookery.agent.step import Step
from rookery.errors import AgentError, SessionConflictError, SessionError
from rookery.store.base import SessionStore
from rookery.store.lease import Lease, here
from rookery.tools.thread import in_thread

VERSION = 1
"""Of the log."""

UNFINISHED = frozenset(("budget", "awaiting_approval"))
"""Stop reasons of runs that are to be made again."""

_encode = msgspec.json.Encoder(order="sorted").encode


class _Entry(Struct, frozen=True, kw_only=True, tag_field="event"):
    """What the log is made of."""


class _Begun(_Entry, frozen=True, tag="map_begun"):
    """The first entry."""

    version: int = VERSION


class _Place(_Entry, frozen=True, tag="map_kept"):
    """Whose result an entry is."""

    index: int
    digest: str


class _Kept(_Place, frozen=True, tag="map_kept"):
    """The result of one task."""

    text: str
    stop_reason: str
    messages: list[dict[str, Any]]
    steps: tuple[Step, ...]


_head = msgspec.json.Decoder(_Begun).decode
_place = msgspec.json.Decoder(_Place).decode
_kept = msgspec.json.Decoder(_Kept).decode
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class MapLog:
    """The results of one map. Entering it takes the name, for this process alone."""

    def __init__(self, store: SessionStore, name: str, *, owns_store: bool) -> None:
        """Keep results as `name` in `store`, which is closed at the end where it is owned."""
        self._store = store
        self._name = name
        self._owns_store = owns_store
        self._lease: Lease | None = None
        self._revision = 0
        self._found: dict[int, tuple[str, bytes]] = {}
        """The results that are there: the digest of the task, and the entry."""
        self._turn = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Take the name and read what there is. SessionConflictError: others have it."""
        try:
            await self._do(self._begin)
        except BaseException:
            await self._do(self._end)
            raise
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the name back."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        await self._do(self._end)

    def demand(self, tasks: Sequence[Any]) -> None:
        """Check that the results are those of these tasks. Raises SessionError."""
        for index in self._found:
            if index < len(tasks):
                self._entry(index, tasks[index])
        self.demand_length(len(tasks))

    def demand_length(self, tasks: int) -> None:
        """Check that there are no results of more tasks than these. Raises SessionError."""
        most = max(self._found, default=-1) + 1
        if most > tasks:
            raise SessionError(
                f"The map {self._name!r} has a result for task {most - 1}, and there are only "
                f"{tasks} tasks now. {_HINT}"
            )

    def take(self, index: int, task: Any, output: Output[Any] | None) -> Result[Any] | None:
        """Return the result that is kept for a task, once; None: there is none.

        `output` is what it is read as. Raises SessionError where it is that of another task, or
        cannot be read, and AgentError where it is no such output.
        """
        body = self._entry(index, task)
        if body is None:
            return None
        self._found[index] = (self._found[index][0], b"")  # kept in mind, and let go of
        try:
            kept = _kept(body)
        except _BROKEN as error:
            raise self._unreadable(error) from error
        read: Any = kept.text
        if output is not None:
            read = output.read(kept.text) if kept.stop_reason == "end_turn" else UNSET
        return Result(
            text=kept.text,
            stop_reason=kept.stop_reason,
            messages=kept.messages,
            steps=kept.steps,
            _output=read,
        )

    async def keep(self, index: int, task: Content, result: Result[Any]) -> None:
        """Keep the result of a task; it is durable on return. Raises SessionError."""
        kept = _Kept(
            index=index,
            digest=_digest(task),
            text=result.text,
            stop_reason=result.stop_reason,
            messages=result.messages,
            steps=result.steps,
        )
        body = _encode(kept)
        async with self._turn:
            await self._do(lambda: self._append([body]))

    def _entry(self, index: int, task: Any) -> bytes | None:
        if index not in self._found:
            return None
        digest, body = self._found[index]
        if digest != _digest(task):
            raise SessionError(
                f"Task {index} of the map {self._name!r} is not the one whose result is kept: now "
                f"it is {task!r:.100}. {_HINT}"
            )
        return body

    def _begin(self) -> None:
        if self._store.find(self._name) is None:
            self._store.create(self._name, self._about())
        try:
            self._lease = self._store.acquire(self._name, here(), LEASE_SECONDS)
        except SessionConflictError as error:
            raise SessionConflictError(
                f"The map {self._name!r} is at work already; two at a time need two names. "
                f"{error.message}"
            ) from error
        bodies = self._store.read(self._name)
        self._revision = len(bodies)
        if not bodies:
            self._append([_encode(_Begun())])
        for body in bodies[:1]:
            self._check(body)
        for body in bodies[1:]:
            try:
                place = _place(body)
            except _BROKEN as error:
                raise self._unreadable(error) from error
            self._found[place.index] = (place.digest, body)

    def _check(self, body: bytes) -> None:
        try:
            begun = _head(body)
        except _BROKEN:
            raise SessionError(
                f"{self._name!r} is a session, not a map. Give the map another name."
            ) from None
        if begun.version > VERSION:
            raise SessionError(f"The map {self._name!r} was written by a newer rookery: use that.")

    def _append(self, bodies: list[bytes]) -> None:
        if self._lease is None:
            raise SessionError("Nothing is written after the end of a map.")
        revision = self._revision + len(bodies)
        self._store.append(self._lease, bodies, self._revision, self._about(revision - 1))
        self._revision = revision

    def _about(self, results: int = 0) -> dict[str, Any]:
        return {"kind": "map", "title": f"a map, {results} kept"}

    def _end(self) -> None:
        lease, self._lease = self._lease, None
        try:
            if lease is not None:
                self._store.release(lease)
        except Exception:  # noqa: BLE001, S110 -- it is free when its time is over
            pass
        finally:
            if self._owns_store:
                self._store.close()

    def _unreadable(self, error: Exception) -> SessionError:
        return SessionError(f"What is kept of the map {self._name!r} cannot be read: {error}")

    async def _do(self, work: Callable[[], None]) -> None:
        """Do something with the store, whole in any case. Raises SessionError."""
        try:
            if self._store.blocking:
                await finish(in_thread(work))
            else:
                work()
        except (SessionError, AgentError):
            raise
        except Exception as error:
            raise SessionError(f"The store failed: {type(error).__name__}: {error}") from error

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with suppress(SessionError):  # the next result tells, where it matters
                await self._do(self._stay)

    def _stay(self) -> None:
        if self._lease is not None:
            self._store.renew(self._lease, LEASE_SECONDS)


_HINT = (
    "Give the tasks as they were, in their order (more may follow them), or another name; "
    "`store.delete(name)` forgets the results."
)


def _digest(task: Any) -> str:
    """Return what a task is known by."""
    try:
        return hashlib.sha256(_encode(check.task_content(task))).hexdigest()
    except AgentError:
        return ""  # no task has that
