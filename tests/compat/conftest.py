from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from anthropic import Anthropic, AsyncAnthropic

from rookery.providers.offline.provider import OfflineProvider
from rookery.server.local import LocalServer
from rookery.testing import provider_server
from tests.compat.environments import NO_CLAUDE, NO_NODE
from tests.compat.servers import connect, connect_async, faulty_server


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients in this process read nothing of who runs the tests: no key, address or proxy."""
    for name in os.environ:
        if name.startswith("ANTHROPIC_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY", "false")


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """A server with the offline engine."""
    with provider_server(OfflineProvider()) as server:
        yield server


@pytest.fixture(scope="session")
def faulty() -> Iterator[LocalServer]:
    """A server that fails as it is told: `fail with 429`."""
    with faulty_server() as server:
        yield server


@pytest.fixture
def client(server: LocalServer) -> Iterator[Anthropic]:
    with connect(server) as client:
        yield client


@pytest.fixture
async def async_client(server: LocalServer) -> AsyncIterator[AsyncAnthropic]:
    async with connect_async(server) as client:
        yield client


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud which clients were not tested, in quiet runs too."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in (NO_NODE, NO_CLAUDE):
        if any(reason in str(report.longrepr) for report in skipped):
            terminalreporter.write_line(f"WARNING: {reason}", yellow=True, bold=True)
