"""What the API does around a model, for one backend: counts, the prompt cache, usage, ids."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.emulation.cache import CacheUse, plan
from rookery.emulation.cut import cut
from rookery.emulation.diagnosis import Fingerprint, Fingerprints, fingerprint
from rookery.emulation.draft import Draft
from rookery.emulation.entries import Entries, Entry
from rookery.emulation.prompt import count_prompt, has_marks
from rookery.emulation.reply import Ending, message
from rookery.emulation.thinking import shown, with_thinking
from rookery.emulation.usage import usage_of
from rookery.wire.ids import Ids
from rookery.wire.messages import CountRequest, MessagesRequest, Reply, TokenCount
from rookery.wire.usage import Usage

Clock = Callable[[], float]
"""Gives seconds; only differences count."""


class Emulator:
    """A backend's own API: it opens a turn for each request. Safe to share by threads."""

    def __init__(
        self,
        catalog: Catalog | None = None,
        *,
        ids: Ids | None = None,
        clock: Clock = time.monotonic,
        any_model: bool = False,
    ) -> None:
        """Take the models of `catalog`; with `any_model`, others too, as models without limits.

        `clock` gives the seconds by which the prompt cache lives.
        """
        self._catalog = catalog or Catalog.builtin()
        self._any_model = any_model
        self._clock = clock
        self.ids = ids or Ids()
        self.entries = Entries()
        self.fingerprints = Fingerprints()

    def model(self, name: str) -> Model:
        """Return the model of an id or alias. Raises UnknownModelError unless any is taken."""
        if not self._any_model:
            return self._catalog.get(name)
        return self._catalog.find(name) or Model(
            id=name, display_name=name, max_input_tokens=sys.maxsize, max_tokens=sys.maxsize
        )

    def count_tokens(self, request: CountRequest) -> TokenCount:
        """Return the count that the usage of the same request adds up to."""
        return TokenCount(count_prompt(request, self.model(request.model)))

    def open(
        self, request: MessagesRequest, *, workspace: str = "", betas: Sequence[str] = ()
    ) -> Turn:
        """Begin to answer a request, at its start. Raises UnknownModelError."""
        now = self._clock()
        model = self.model(request.model)
        turn = Turn(self, request, model, now)
        turn.betas = betas
        if has_marks(request):
            turn.cache, turn.writes = plan(
                request, model, workspace=workspace, entries=self.entries, now=now
            )
        if request.diagnostics is not None:
            seen = fingerprint(request, model, workspace=workspace, betas=betas)
            turn.fingerprint = seen
            if previous := request.diagnostics.previous_message_id:
                turn.diagnostics = self.fingerprints.diagnose(previous, seen, now)
        return turn


class Turn:
    """A request that is being answered. What it reads from the cache was decided at its start."""

    betas: Sequence[str] = ()
    writes: tuple[Entry, ...] = ()
    fingerprint: Fingerprint | None = None
    diagnostics: dict[str, Any] | None = None

    def __init__(
        self, emulator: Emulator, request: MessagesRequest, model: Model, start: float
    ) -> None:
        """Start at a time of the emulator's clock; `Emulator.open` makes turns."""
        self.model = model
        self._emulator = emulator
        self._request = request
        self._start = start
        self._has_begun = False

    @cached_property
    def cache(self) -> CacheUse:
        """The tokens of the prompt, by what the prompt cache did with them."""
        return CacheUse(count_prompt(self._request, self.model))

    @cached_property
    def message_id(self) -> str:
        """The id of the message: a new one, unless one is set."""
        return self._emulator.ids.new("msg")

    def begin(self) -> None:
        """Say that the response begins: what the request wrote can be read. Once is enough."""
        if self._has_begun:
            return
        self._has_begun = True
        self._emulator.entries.write(self.writes, self._start)
        if self.fingerprint is not None:
            self._emulator.fingerprints.add(self.message_id, self.fingerprint, self._start)

    def finish(self, draft: Draft) -> Reply:
        """Return the draft as a message: with thinking, cut where the API would, with its usage."""
        draft = with_thinking(self._request, draft, self.model, self.betas)
        ending = cut(self._request, draft, self.model, sum(self.cache))
        usage = usage_of(self._request, ending.content, self.model, self.cache)
        content = shown(ending.content, self._request, self.model)
        return self._message(ending._replace(content=content), usage)

    def as_written(self, draft: Draft, usage: Usage | None = None) -> Reply:
        """Return the draft as a message, uncut; its usage is estimated where it is not given."""
        return self._message(Ending(draft.content, draft.stop_reason), usage)

    def _message(self, ending: Ending, usage: Usage | None = None) -> Reply:
        usage = usage or usage_of(self._request, ending.content, self.model, self.cache)
        return message(ending, usage, self.model, self.message_id, self.diagnostics)
