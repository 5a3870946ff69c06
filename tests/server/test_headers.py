"""What the headers of a response say besides its body."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rookery.errors import OverloadedError
from rookery.gateway.gateway import Gateway
from rookery.gateway.limits import PREFIX, Limits, Rates
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import ORGANIZATION, Settings
from rookery.wire.betas import THREADS
from tests.server.client import (
    AUTHORIZED,
    KEY,
    Answer,
    always,
    ask,
    get,
    head,
    message,
    post,
    prompt,
    serving,
)
from tests.server.process import started

LIMITED = Settings(organization_id="org_mine")
RATES = Rates(requests=50, input_tokens=40_000, output_tokens=8_000)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with serving(always()) as (server, _):
        yield server


@pytest.fixture
def limited() -> Iterator[LocalServer]:
    provider = ScriptedProvider.of("hello", OverloadedError(), "hello")
    gateway = Gateway(
        provider, limits=Limits(RATES, clock=lambda: 0.0, wall=lambda: 1_800_000_000.0)
    )
    with LocalServer(gateway, key=KEY, settings=LIMITED) as server:
        yield server


def owner(answer: Answer) -> tuple[str | None, str | None]:
    names = ("anthropic-organization-id", "anthropic-workspace-id")
    one, other = (answer.headers.get(name) for name in names)
    return one, other


def figures(answer: Answer) -> dict[str, str]:
    prefix = PREFIX.decode()
    found = {n.removeprefix(prefix): v for n, v in answer.headers.items() if n.startswith(prefix)}
    return {name: value for name, value in found.items() if not name.endswith("-reset")}


REQUESTS = {
    "message": post(message()),
    "stream": post(message(stream=True)),
    "count": post(prompt(), path="/v1/messages/count_tokens"),
    "models": head("GET", "/v1/models"),
    "refused": post(message(max_tokens=-1)),
    "not found": head("GET", "/v1/nothing"),
    "wrong method": head("DELETE", "/v1/models"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_response_names_the_owner_of_the_key(server: LocalServer, name: str) -> None:
    answer = ask(server, REQUESTS[name])
    assert owner(answer) == (ORGANIZATION, "default")
    assert not figures(answer)


def test_who_has_no_key_learns_nothing(server: LocalServer) -> None:
    refused = ask(server, post(message(), {**AUTHORIZED, "x-api-key": "wrong"}))
    assert refused.status == 401
    for answer in (refused, get(server, "/healthz"), get(server, "/v1/models", {})):
        assert answer.headers["request-id"].startswith("req_")
        assert owner(answer) == (None, None)


def test_the_organization_is_a_setting(limited: LocalServer) -> None:
    assert owner(get(limited, "/v1/models"))[0] == "org_mine"


def test_limits_are_in_messages_streams_and_errors_of_the_backend(limited: LocalServer) -> None:
    first = ask(limited, post(message()))
    assert first.status == 200
    assert figures(first) == {
        "requests-limit": "50",
        "requests-remaining": "49",
        "tokens-limit": "48000",
        "tokens-remaining": "48000",
        "input-tokens-limit": "40000",
        "input-tokens-remaining": "40000",
        "output-tokens-limit": "8000",
        "output-tokens-remaining": "8000",
    }
    assert first.headers["anthropic-ratelimit-requests-reset"] == "2027-01-15T08:00:02Z"
    failed = ask(limited, post(message()))
    assert failed.status == 529
    assert figures(failed)["requests-remaining"] == "48"
    assert figures(ask(limited, post(message(stream=True))))["requests-remaining"] == "47"


def test_what_is_not_counted_has_no_figures(limited: LocalServer) -> None:
    for name in ("count", "models", "refused", "not found"):
        assert not figures(ask(limited, REQUESTS[name]))


def test_the_settings_of_limits_and_threads_reach_a_server_process(tmp_path: Path) -> None:
    settings = {"limit_requests_per_minute": "50", "max_thread_bytes": "0", "organization_id": "o"}
    with started(tmp_path, **settings) as process:
        headers = {**AUTHORIZED, "x-api-key": process.key}
        answer = ask(process, post(message(), headers))  # type: ignore[arg-type]
        assert figures(answer) == {"requests-limit": "50", "requests-remaining": "49"}
        assert owner(answer)[0] == "o"
        threaded = post(message(thread={"type": "create"}), {**headers, "anthropic-beta": THREADS})
        refused = ask(process, threaded)  # type: ignore[arg-type]
        assert refused.json["error"]["details"]["error_code"] == "thread_unsupported_request"
