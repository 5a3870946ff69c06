"""The official client (`pip install anthropic`), for what an example runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anthropic

from rookery.providers.base import Provider
from rookery.testing import provider_server


@contextmanager
def client(provider: Provider | None) -> Iterator[anthropic.Anthropic]:
    """Give the official client: for a stand-in behind a server of its own, else for the API."""
    if provider is None:
        with anthropic.Anthropic() as made:
            yield made
        return
    with (
        provider_server(provider) as server,
        anthropic.Anthropic(base_url=server.url, api_key=server.key) as made,
    ):
        yield made
