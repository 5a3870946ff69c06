"""A request that breaks one rule, and the message it must get."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from rookery.rules.rule import Rule
from rookery.testing.conformance.target import Target

MODEL = "claude-haiku-4-5"
"""Takes `enabled` thinking, prefill and forced tool choice; no effort, no `inference_geo`."""


PLAIN = "plain"
"""Of a case that holds at any server."""


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
    given: Callable[[Target], AbstractContextManager[dict[str, Any]]] | None = None
    """Makes the body, and what must be so while it is sent."""
    server: str = PLAIN
    """What must be so at the server; a name of the servers in tests/rules/test_table.py."""

    @contextmanager
    def prepared(self, target: Target) -> Iterator[Case]:
        """Enter with the case as it is sent: with its body, while what must be so is so."""
        if self.given is None:
            yield self
            return
        with self.given(target) as body:
            yield self._replace(body=body)

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


def user(*blocks: Any) -> dict[str, Any]:
    """Return a user message: one text as it is, else these blocks."""
    return {"role": "user", "content": _content(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    """Return a message of the assistant."""
    return {"role": "assistant", "content": _content(blocks)}


def system(*blocks: Any) -> dict[str, Any]:
    """Return a system message amid the conversation."""
    return {"role": "system", "content": _content(blocks)}


def _content(blocks: tuple[Any, ...]) -> Any:
    return blocks[0] if len(blocks) == 1 and isinstance(blocks[0], str) else list(blocks)


def text(words: str, **fields: Any) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "text", "text": words, **fields}


def call(name: str) -> dict[str, Any]:
    """Return a call of the tool `look` with this id."""
    return {"type": "tool_use", "id": name, "name": "look", "input": {}}


def result(name: str, content: Any = "seen") -> dict[str, Any]:
    """Return the result of a call."""
    return {"type": "tool_result", "tool_use_id": name, "content": content}


def server_call(name: str, tool: str = "web_search") -> dict[str, Any]:
    """Return a call of a server tool with this id."""
    return {"type": "server_tool_use", "id": name, "name": tool, "input": {}}


def server_result(name: str) -> dict[str, Any]:
    """Return the result of a web search."""
    return {"type": "web_search_tool_result", "tool_use_id": name, "content": []}


def thought(words: str = "hm") -> dict[str, Any]:
    """Return a block of thinking."""
    return {"type": "thinking", "thinking": words, "signature": "sig"}


def tool(name: str = "look", **fields: Any) -> dict[str, Any]:
    """Return a tool of the caller's."""
    return {"name": name, "input_schema": {"type": "object"}, **fields}


def cached(ttl: str | None = None) -> dict[str, Any]:
    """Return the field that marks a block for the cache."""
    return {"cache_control": {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}}


LATEST_MODEL = "claude-opus-5-5"
"""Takes `adaptive` thinking, effort, `inference_geo`, system messages; no prefill, no forcing."""
ENABLED = {"type": "enabled", "budget_tokens": 1024}
DOCUMENT = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "words"},
}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
