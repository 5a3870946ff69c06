"""A request that breaks one rule, and the message it must get."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from rookery.rules.rule import Rule
from rookery.server.local import LocalServer

MODEL = "claude-haiku-4-5"
"""Takes `enabled` thinking, prefill and forced tool choice; no effort, no `inference_geo`."""


class Case(NamedTuple):
    """What is sent, and what must come back. `raw` takes the place of the whole request."""

    rule: Rule
    message: str
    """The whole message of the error."""
    body: dict[str, Any] | bytes | None = None
    method: str = "POST"
    path: str = "/v1/messages"
    version: str = "2026-10-21"
    betas: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Laid over the usual ones; an empty value takes a header away."""
    raw: bytes = b""
    given: Callable[[LocalServer], AbstractContextManager[dict[str, Any]]] | None = None
    """Makes the body, and what must be so while it is sent."""
    server: str = "plain"
    """Of the servers in test_table."""

    @property
    def data(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def message(**fields: Any) -> dict[str, Any]:
    """Return a request that is right but for these fields; None leaves one out."""
    base = {"model": MODEL, "max_tokens": 2000, "messages": [{"role": "user", "content": "hi"}]}
    return {name: value for name, value in {**base, **fields}.items() if value is not None}


def content(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a request whose one user turn has these blocks."""
    return message(messages=[{"role": "user", "content": list(blocks)}], **fields)
