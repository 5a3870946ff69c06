"""The helpers for tests of software that calls Claude."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from rookery.errors import ScriptError
from rookery.providers.offline.provider import OfflineProvider
from rookery.server.local import LocalServer
from rookery.testing import provider_server, scripted_server


def ask(server: LocalServer, *, key: str | None = None) -> dict[str, Any]:
    body = {
        "model": "claude-sonnet-5",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "hi"}],
    }
    request = urllib.request.Request(  # noqa: S310 - it is the server just made
        f"{server.url}/v1/messages",
        json.dumps(body).encode(),
        {"x-api-key": key or server.key, "anthropic-version": "2026-10-21"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            answer = json.load(error)
    return answer


def said(answer: dict[str, Any]) -> str:
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


def test_replies_come_in_order_and_then_there_are_none() -> None:
    with scripted_server("one", {"tool": {"name": "add", "input": {"a": 1}}}) as server:
        assert said(ask(server)) == "one"
        assert ask(server)["content"][0]["input"] == {"a": 1}
        assert "No rule of the script fits call 3" in ask(server)["error"]["message"]


def test_a_reply_that_cannot_be_played_is_told_at_once() -> None:
    with pytest.raises(ScriptError, match="no such key"):
        scripted_server({"txt": "one"})


def test_any_provider_can_be_served() -> None:
    with provider_server(OfflineProvider()) as server:
        assert said(ask(server))


def test_a_key_is_needed() -> None:
    with scripted_server("one") as server:
        assert ask(server, key="other")["error"]["type"] == "authentication_error"


def test_the_requests_can_be_looked_at() -> None:
    with scripted_server("one") as server:
        ask(server)
        [request] = server.gateway.provider.requests  # type: ignore[attr-defined]
        assert request.body.messages[0].content == "hi"


def test_servers_do_not_know_each_other() -> None:
    with scripted_server("one") as first, scripted_server("two") as second:
        assert first.url != second.url
        assert [said(ask(second)), said(ask(first))] == ["two", "one"]


def test_nothing_is_left_of_many_servers() -> None:
    before = threading.active_count()
    for _ in range(5):
        with scripted_server("one") as server:
            assert said(ask(server)) == "one"
        with pytest.raises(OSError, match=r"refused|closed|Bad file"):
            ask(server)
    assert threading.active_count() == before


def test_a_server_that_nobody_asks_ends_too() -> None:
    before = threading.active_count()
    with scripted_server():
        pass
    assert threading.active_count() == before


def test_an_exception_of_the_test_ends_the_server() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), scripted_server("one") as server:
        assert said(ask(server)) == "one"
        raise ZeroDivisionError
    assert threading.active_count() == before


async def test_a_server_can_be_used_inside_a_running_event_loop() -> None:
    with scripted_server("one", "two") as server:
        assert said(await asyncio.to_thread(ask, server)) == "one"
        # Even a client that blocks this loop is answered: the server has its own.
        assert said(ask(server)) == "two"


def test_the_environment_does_not_change_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_MAX_BODY_BYTES", "1")
    monkeypatch.setenv("ROOKERY_BOOTSTRAP_KEY", "other")
    with scripted_server("one") as server:
        assert said(ask(server)) == "one"
