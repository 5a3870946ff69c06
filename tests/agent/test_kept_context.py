"""What is sent of a session, and what is left out of it, is the same after it was resumed."""

from __future__ import annotations

from typing import Any

import pytest

from rookery import RunError, Session
from rookery.agent.events import ContextCleared, ContextCompacted
from rookery.agent.view import SUMMARY
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.memory import MemoryStore
from tests.agent.common import MODEL, is_accepted, sent, text
from tests.agent.test_cancel import SEARCH, server_call
from tests.agent.test_compaction import PAGE, TASK, pages, read, strip, words


def test_a_resumed_session_sends_the_same_view() -> None:
    seen: list[Any] = []
    store = MemoryStore()
    provider = ScriptedProvider.of(
        *map(words, range(4)), "A summary.", *pages(*range(6)), "Done.", "Yes.", "Yes."
    )
    options: dict[str, Any] = {"provider": provider, "tools": [read], "compact_at": 6_000}
    one = Session(model=MODEL, store=store, **options)
    first = one.run(TASK, on_event=seen.append)
    assert {ContextCleared, ContextCompacted} <= {type(event) for event in seen}
    again = Session.resume(one.id, store=store, tools=[read], provider=provider)
    calls = len(provider.requests)
    again.run("And now?")
    assert len(provider.requests) == calls + 1, "nothing is cut anew"
    before, after = sent(provider, -2)["messages"], sent(provider)["messages"]
    assert [strip(one) for one in after[: len(before)]] == [strip(one) for one in before]
    assert [block["text"] for block in after[0]["content"]] == [TASK, f"{SUMMARY}A summary."]
    assert again.messages[: len(first.messages)] == first.messages
    assert sum(PAGE in str(message) for message in again.messages) == 10


def test_a_paused_turn_that_failed_is_the_same_in_the_log() -> None:
    store = MemoryStore()
    paused = {"content": [text("I search."), server_call(1)], "stop_reason": "pause_turn"}
    failed = {"error": {"type": "invalid_request_error"}}
    provider = ScriptedProvider.of(paused, failed, "Yes.")
    options: dict[str, Any] = {"provider": provider, "server_tools": [SEARCH]}
    one = Session(model=MODEL, store=store, **options)
    with pytest.raises(RunError):
        one.run("Search.")
    assert str(one.run("Never mind.")) == "Yes."
    again = Session.resume(one.id, store=store, provider=provider)
    assert again.messages == one.messages
    assert is_accepted(again.messages)
    again.rewind(1)
    assert again.turns == 1
    assert is_accepted(again.messages)
