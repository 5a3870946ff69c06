"""What a user needs to test software that calls Claude: a real server with exact replies.

with scripted_server("hello", {"tool": {"name": "add", "input": {"a": 1}}}) as server:
    client = anthropic.Anthropic(base_url=server.url, api_key=server.key)
"""

from __future__ import annotations

from typing import Any

from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import MemoryUsage
from rookery.providers.base import Provider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer

KEY = "sk-rookery-test"


def scripted_server(*replies: str | dict[str, Any]) -> LocalServer:
    """Return a server that gives these replies in order: texts, or replies as in a script."""
    return provider_server(ScriptedProvider.of(*replies))


def provider_server(provider: Provider) -> LocalServer:
    """Return a server in front of `provider`, on a free port of the loopback.

    `server.gateway.usage.rows` has what it recorded.
    """
    return LocalServer(Gateway(provider, usage=MemoryUsage()), key=KEY)
