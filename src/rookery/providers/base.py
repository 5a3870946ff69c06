"""What every model backend is: a request in, events out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol, runtime_checkable

from msgspec import Struct

from rookery.errors import APIError
from rookery.wire.events import Event
from rookery.wire.fold import Folder
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount
from rookery.wire.versions import LATEST


class Call(Struct, frozen=True):
    """What surrounds a request: who asks, and for what version of the API."""

    request_id: str
    version: str = LATEST
    betas: tuple[str, ...] = ()
    key_id: str = ""
    workspace_id: str = ""
    headers: dict[bytes, bytes] = {}
    """Headers of the response, for each to add to before the first event or the reply: a provider
    adds what its upstream says of limits, the gateway its own. Names are in lower case."""
    on_retry: Callable[[int, APIError, float], None] | None = None
    """Told of each attempt that failed and is repeated: its number from 1, why, and the seconds
    until the next."""


@runtime_checkable
class Provider(Protocol):
    """A model backend. `stream` is the primitive; `create` may be `fold_stream` of it.

    What fails is raised as errors.APIError, before the first event or in the middle of a stream.
    Closing the iterator of `stream` early must end the work behind it.
    """

    name: str
    emulated: bool
    """Whether rookery plays the API's part around the model: such requests are checked here."""

    def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        """Yield the events of one message."""
        ...

    async def create(self, request: Request, call: Call) -> Reply:
        """Return one message."""
        ...

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        """Return how many tokens the prompt has."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


async def fold_stream(stream: AsyncGenerator[Event, None]) -> Reply:
    """Return the message of a stream. Raises StreamError and the stream's own APIError."""
    folder = Folder()
    async for event in stream:
        folder.add(event)
    return folder.reply()
