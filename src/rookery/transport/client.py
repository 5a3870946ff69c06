"""Makes the outgoing HTTP client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rookery.settings import Settings
from rookery.transport.base import HttpClient
from rookery.transport.per_loop import PerLoop

if TYPE_CHECKING:
    from rookery.transport.fetch import Fetcher


def new_client(settings: Settings) -> HttpClient:
    """Return a client with the timeouts of `settings`, for any number of event loops.

    This imports the HTTP library, which takes a while: call it before an event loop serves.
    """
    from rookery.transport.aiohttp_client import AiohttpClient  # noqa: PLC0415

    def make() -> HttpClient:
        return AiohttpClient(connect_timeout=settings.connect_timeout, timeout=settings.timeout)

    return PerLoop(make)


def new_fetcher() -> Fetcher:
    """Return what fetches files from the public internet; imports the HTTP library too."""
    from rookery.transport.fetch import Fetcher  # noqa: PLC0415

    return Fetcher()
