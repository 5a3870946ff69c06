from __future__ import annotations

from collections.abc import Iterator

import pytest

from rookery.server.local import LocalServer
from tests.server.client import always, serving


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """A server that answers "hello" to everybody, with a small limit of the body."""
    with serving(always(), max_body_bytes=100_000) as (running, _):
        yield running
