"""Agents try again over HTTP, and two hops do not multiply their attempts."""

from __future__ import annotations

from typing import Any

import pytest

from rookery import Agent, Gateway, RunError
from rookery.agent import events
from rookery.errors import AgentError
from rookery.gateway.retry import Retries
from rookery.providers import registry
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings
from rookery.testing import KEY, provider_server
from tests.agent.common import MODEL, agent

SOON = {"retry-after-ms": "0.01"}
BUSY = {"error": {"type": "overloaded_error", "headers": SOON}}
SLOWER = {"error": {"type": "rate_limit_error", "message": "Slow down.", "headers": SOON}}
WRONG = {"error": {"type": "permission_error"}}


def asked(provider: ScriptedProvider, **options: Any) -> int:
    """How often the backend behind a server is asked in a run that fails, or not."""
    with provider_server(provider) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_API_KEY", server.key)
        with Agent(MODEL, base_url=server.url, **options) as worker, pytest.raises(RunError):
            worker.run("Hello?")
    return len(provider.requests)


@pytest.mark.parametrize(
    ("reply", "options", "attempts"),
    [
        (BUSY, {}, 3),
        (BUSY, {"max_retries": 0}, 1),
        (BUSY, {"max_retries": 4}, 5),
        (SLOWER, {}, 3),
        (WRONG, {}, 1),
        ({"text": "A long reply.", "cut_after": 3}, {}, 1),
    ],
)
def test_attempts_over_http(reply: dict[str, Any], options: dict[str, int], attempts: int) -> None:
    assert asked(ScriptedProvider({"rules": [{"reply": reply}]}), **options) == attempts


def test_events_tell_of_the_attempts_and_only_the_last_is_billed() -> None:
    worker, provider = agent(SLOWER, BUSY, "hello", max_retries=2)
    seen: list[events.Event] = []
    result = worker.run("Hello?", on_event=seen.append)
    assert str(result) == "hello"
    assert [type(event) for event in seen[:6]] == [
        events.RunStarted,
        events.MessageAdded,
        events.StepStarted,
        events.Retried,
        events.Retried,
        events.TextDelta,
    ]
    retried = [event for event in seen if isinstance(event, events.Retried)]
    assert [(one.attempt, one.status, one.message) for one in retried] == [
        (1, 429, "Slow down."),
        (2, 529, "Overloaded"),
    ]
    assert all(0 < one.seconds < 0.001 for one in retried)
    assert len(result.steps) == 1
    assert len(provider.requests) == 3


@pytest.mark.parametrize(
    ("server", "client", "attempts"), [(0, None, 3), (2, None, 3), (2, 0, 3), (4, 3, 5), (0, 0, 1)]
)
def test_two_hops_do_not_multiply(server: int, client: int | None, attempts: int) -> None:
    backend = ScriptedProvider({"rules": [{"reply": BUSY}]})
    with provider_server(backend) as behind, pytest.MonkeyPatch.context() as patch:
        settings = Settings(anthropic_base_url=behind.url, anthropic_api_key=Secret(behind.key))
        between = Gateway(registry.build("anthropic", settings), retries=Retries(most=server))
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        with (
            LocalServer(between, key=KEY) as front,
            Agent(MODEL, base_url=front.url, max_retries=client) as worker,
            pytest.raises(RunError, match="Overloaded"),
        ):
            worker.run("Hello?")
    assert len(backend.requests) == attempts


def test_a_gateway_that_an_agent_is_given_decides_itself() -> None:
    provider = ScriptedProvider({"rules": [{"reply": BUSY}]})
    with pytest.raises(RunError):
        Agent(MODEL, provider=Gateway(provider)).run("Hello?")
    assert len(provider.requests) == 1
    with pytest.raises(AgentError, match="retries of its own"):
        Agent(MODEL, provider=Gateway(provider), max_retries=2)


@pytest.mark.parametrize("bad", [-1, 1.5, "2", True])
def test_what_is_no_number_of_retries_is_told(bad: Any) -> None:
    with pytest.raises(AgentError, match="max_retries"):
        agent("hello", max_retries=bad)
