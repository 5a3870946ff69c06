"""Each row of the table is provoked over HTTP, and answers what it says."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from rookery.gateway.downloads import Downloads
from rookery.gateway.gateway import Gateway
from rookery.gateway.threads import Threads
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.rules.table import ALL
from rookery.server.local import LocalServer
from rookery.settings import Settings
from rookery.testing import KEY
from rookery.testing.conformance.refusals import CASES
from rookery.testing.conformance.refusals.case import MODEL, Case
from rookery.testing.conformance.target import Target
from rookery.transport.client import new_fetcher

SECONDS = 10.0


SCRIPT = {
    "rules": [
        {"match": {"text": "for ever"}, "reply": {"text": "So be it.", "pace": 3600}},
        {"reply": "hello"},
    ]
}
SERVERS: dict[str, Callable[[], Gateway]] = {
    "plain": lambda: Gateway(ScriptedProvider(SCRIPT)),
    "slow": lambda: Gateway(ScriptedProvider(SCRIPT)),
    "impatient": lambda: Gateway(ScriptedProvider(SCRIPT)),
    "fetching": lambda: Gateway(ScriptedProvider(SCRIPT), downloads=Downloads(new_fetcher().fetch)),
    "without threads": lambda: Gateway(ScriptedProvider(SCRIPT), threads=Threads(0)),
}
SETTINGS = {"impatient": Settings(head_timeout=0.3, body_timeout=0.3)}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, LocalServer]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                LocalServer(gateway(), key=KEY, settings=SETTINGS.get(name, Settings()))
            )
            for name, gateway in SERVERS.items()
        }


def test_the_names_are_unique() -> None:
    assert len({rule.name for rule in ALL}) == len(ALL)


def test_each_rule_has_a_case() -> None:
    assert [rule.name for rule in ALL if rule not in {case.rule for case in CASES}] == []


def test_each_case_is_of_a_rule_of_the_table() -> None:
    assert [case.rule.name for case in CASES if case.rule not in ALL] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.name)
def test_a_broken_rule_is_answered_as_its_row_says(
    case: Case, servers: dict[str, LocalServer]
) -> None:
    server = servers[case.server]
    with case.prepared(Target(server.url, server.key, MODEL)) as ready:
        status, body = ask(server, ready)
    rule, error = case.rule, body["error"]
    assert body["type"] == "error"
    assert body["request_id"].startswith("req_")
    assert error["message"] == case.message
    assert status == (rule.status or rule.kind.status)
    assert error["type"] == rule.kind.type
    assert (error.get("details") or {}).get("error_code") == rule.code
    assert rule.pattern.fullmatch(case.message)


def ask(server: LocalServer, case: Case) -> tuple[int, dict[str, Any]]:
    """Send what the case says, and return status and body."""
    address = server.url.removeprefix("http://").split(":")
    if case.raw:
        with socket.create_connection((address[0], int(address[1])), SECONDS) as connection:
            connection.sendall(case.raw)
            return read(http.client.HTTPResponse(connection))
    headers = {
        "x-api-key": server.key,
        "content-type": "application/json",
        "anthropic-version": case.version,
        "anthropic-beta": case.betas,
        **dict(case.headers),
    }
    client = http.client.HTTPConnection(address[0], int(address[1]), timeout=SECONDS)
    try:
        sent = {name: value for name, value in headers.items() if value}
        client.request(case.method, case.path, case.data if case.body is not None else None, sent)
        return read(client.getresponse())
    finally:
        client.close()


def read(response: http.client.HTTPResponse) -> tuple[int, dict[str, Any]]:
    if not response.headers:  # of a socket it is read here, of a connection it has been
        response.begin()
    with response:
        return response.status, json.loads(response.read())
