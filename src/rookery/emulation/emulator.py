"""What the API does around a model, for one backend: models, token counts, usage, ids."""

from __future__ import annotations

import sys
from functools import cached_property

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.emulation.cache import CacheUse
from rookery.emulation.cut import cut
from rookery.emulation.draft import Draft
from rookery.emulation.prompt import count_prompt
from rookery.emulation.reply import Ending, message, usage_of
from rookery.wire.ids import Ids
from rookery.wire.messages import CountRequest, MessagesRequest, Reply, TokenCount
from rookery.wire.usage import Usage


class Emulator:
    """A backend's own API: it opens a turn for each request. May be shared by threads."""

    def __init__(
        self, catalog: Catalog | None = None, *, ids: Ids | None = None, any_model: bool = False
    ) -> None:
        """Take the models of `catalog`; with `any_model`, others too, as models without limits."""
        self._catalog = catalog or Catalog.builtin()
        self._any_model = any_model
        self.ids = ids or Ids()

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

    def open(self, request: MessagesRequest) -> Turn:
        """Begin a request, at its start. Raises UnknownModelError."""
        return Turn(self, request)


class Turn:
    """A request that is being answered."""

    def __init__(self, emulator: Emulator, request: MessagesRequest) -> None:
        """Answer `request`; `Emulator.open` makes turns."""
        self._emulator = emulator
        self._request = request
        self.model = emulator.model(request.model)

    @cached_property
    def cache(self) -> CacheUse:
        """The tokens of the prompt, by what the prompt cache did with them."""
        return CacheUse(count_prompt(self._request, self.model))

    def finish(self, draft: Draft) -> Reply:
        """Return the draft as a message: cut where the API would, with its usage."""
        ending = cut(self._request, draft, self.model, sum(self.cache))
        usage = usage_of(self._request, ending[0], self.model, self.cache)
        return message(ending, usage, self.model, self._emulator.ids.new("msg"))

    def as_written(self, draft: Draft, usage: Usage | None = None) -> Reply:
        """Return the draft as a message, uncut; its usage is estimated where it is not given."""
        usage = usage or usage_of(self._request, draft.content, self.model, self.cache)
        ending = Ending(draft.content, draft.stop_reason)
        return message(ending, usage, self.model, self._emulator.ids.new("msg"))
