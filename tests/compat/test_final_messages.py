"""The accumulators of the official clients rebuild, from a stream, exactly what `create` gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rookery.gateway.gateway import Gateway
from rookery.providers import registry
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings
from rookery.testing import KEY, provider_server
from tests.compat.environments import HERE, NODE, python_client, run, typescript_client
from tests.compat.replies import script

pytestmark = pytest.mark.compat

COUNT = 30
PROGRAM = str(HERE / "final_messages.py")


@pytest.fixture(scope="module", params=[False, True], ids=["messages", "beta"])
def beta(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def playing(beta: bool) -> Iterator[LocalServer]:
    provider = ScriptedProvider(script(COUNT, beta=beta), keep=0)
    with provider_server(provider) as server:
        yield server


def command(name: str) -> list[str]:
    if name == "typescript":
        return [typescript_client()[0], str(NODE / "final_messages.mjs")]
    if name == "current":
        return [sys.executable, PROGRAM]
    return [python_client(name)[0], PROGRAM]


def session(name: str, server: LocalServer, home: Path, *, beta: bool) -> Any:
    return run(
        command(name),
        home,
        ANTHROPIC_BASE_URL=server.url,
        ANTHROPIC_API_KEY=server.key,
        COUNT=str(COUNT),
        BETA="1" if beta else "",
    )


@pytest.mark.parametrize("name", ["current", "anthropic-1", "anthropic-0", "typescript"])
def test_a_stream_leads_to_the_message_of_create(
    name: str, playing: LocalServer, beta: bool, tmp_path: Path
) -> None:
    seen = session(name, playing, tmp_path, beta=beta)
    assert seen["unequal"][:1] == []
    assert seen["equal"] == (COUNT if name == "typescript" else 2 * COUNT)
    assert seen["blocks"] > COUNT


def test_nor_does_a_server_in_between_change_it(
    playing: LocalServer, beta: bool, tmp_path: Path
) -> None:
    settings = Settings(anthropic_base_url=playing.url, anthropic_api_key=Secret(playing.key))
    gateway = Gateway(registry.build("anthropic", settings))
    with LocalServer(gateway, key=KEY) as front:
        seen = session("current", front, tmp_path, beta=beta)
    assert seen["unequal"][:1] == []
    assert seen["equal"] == 2 * COUNT
