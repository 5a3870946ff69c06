"""The accumulators of the official clients rebuild, from a stream, exactly what `create` gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.testing import provider_server
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


@pytest.mark.parametrize("name", ["current", "anthropic-1", "anthropic-0", "typescript"])
def test_a_stream_leads_to_the_message_of_create(
    name: str, playing: LocalServer, beta: bool, tmp_path: Path
) -> None:
    environment = {"COUNT": str(COUNT), "BETA": "1" if beta else ""}
    seen = run(
        command(name),
        tmp_path,
        ANTHROPIC_BASE_URL=playing.url,
        ANTHROPIC_API_KEY=playing.key,
        **environment,
    )
    assert seen["unequal"][:1] == []
    assert seen["equal"] == (COUNT if name == "typescript" else 2 * COUNT)
    assert seen["blocks"] > COUNT
