"""What the clients talk to: servers in this process, and clients of them that never retry."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from anthropic import Anthropic, AsyncAnthropic

from rookery.gateway.meter import MemoryUsage, UsageRow
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.testing import provider_server

MODEL = "claude-sonnet-4-6"

FOREVER = 3600.0
"""Seconds that no test waits for."""

FAULTS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The errors of the API: status and type."""


def faulty_server() -> LocalServer:
    """Return a server that answers `fail with N` with the error of status N."""
    rules = [
        {"match": {"text": f"fail with {status}"}, "reply": {"error": {"type": kind}}}
        for status, kind in FAULTS.items()
    ]
    return provider_server(ScriptedProvider({"rules": rules}))


def connect(server: LocalServer, **options: Any) -> Anthropic:
    """Return a client of `server`; without other options it does not retry."""
    return Anthropic(**{"base_url": server.url, "api_key": server.key, "max_retries": 0, **options})


def connect_async(server: LocalServer, **options: Any) -> AsyncAnthropic:
    """Return an asynchronous client of `server`, like `connect`."""
    given = {"base_url": server.url, "api_key": server.key, "max_retries": 0, **options}
    return AsyncAnthropic(**given)


def ask(text: str, **options: Any) -> dict[str, Any]:
    """Return the arguments of a request that asks one thing."""
    messages = [{"role": "user", "content": text}]
    return {"model": MODEL, "max_tokens": 1024, "messages": messages, **options}


def rows(server: LocalServer) -> list[UsageRow]:
    """Return what the server has recorded."""
    usage = server.gateway.usage
    assert isinstance(usage, MemoryUsage)
    return list(usage.rows)


def until(happens: Callable[[], bool], seconds: float = 10) -> None:
    """Return as soon as something is so; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
