"""Whatever is sent, the server answers as the API does, in time, and stays as it was."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import CAMPAIGN
from tests.fuzz.judging import Judge, judges, unmet
from tests.fuzz.making import Chance
from tests.fuzz.requests import Right, sent

REQUESTS = 100_000 if CAMPAIGN else 800
SHRUNK = 200
"""Requests that hypothesis makes, which shows the smallest that fails."""
SEED = 20261021
WARM = REQUESTS // 5
CLASSES = 80
"""Pairs of a status and a rule that must be met, at the very least."""
GROWTH = 16 * 1024
"""KiB that the process may grow by after a fifth of the campaign."""


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Judge]]:
    with judges() as found:
        yield found


@settings(
    max_examples=SHRUNK,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(source=st.randoms(use_true_random=False), which=st.integers(0, 1))
def test_any_request_is_answered(servers: list[Judge], source: Random, which: int) -> None:
    servers[which].ask(sent(Chance(source)))


def test_many_requests_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    source = Random(SEED)  # noqa: S311 - not for secrets
    with judges() as found:
        start, warm = time.perf_counter(), 0
        for number in range(REQUESTS):
            if number == WARM:
                warm = resident()
            judge = found[number % 2]
            request = sent(Chance(source), judge.replies)
            try:
                judge.ask(request)
            except Exception as error:
                error.add_note(f"request {number} of seed {SEED}: {request!r:.4000}")
                raise
        seconds = time.perf_counter() - start
        gc.collect()
        grown = resident() - warm
    met = found[0].classes() + found[1].classes()  # after the servers: the log is complete
    if CAMPAIGN:
        with capsys.disabled():
            report(met, seconds, grown)
    assert {200, 400, 401, 404} <= {status for status, _ in met}
    assert len(met) > CLASSES
    assert not CAMPAIGN or grown < GROWTH


def test_right_requests_are_answered_with_a_message() -> None:
    source, seen = Random(SEED), Counter[str]()  # noqa: S311
    with judges() as found:
        for _ in range(60):
            request = Right(Chance(source)).sent()
            found[0].ask(request)
            seen[request.path] += 1
        assert found[0].statuses == {200: 60}
    assert len(seen) == 2


def resident() -> int:
    """Return the memory of this process, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def report(met: Counter[tuple[int, str]], seconds: float, grown: int) -> None:
    """Print what a campaign is for."""
    print(f"\n{REQUESTS} requests in {seconds:.0f} s; memory grew by {grown} KiB")  # noqa: T201
    for (status, rule), count in sorted(met.items()):
        print(f"  {status} {rule or '-'}: {count}")  # noqa: T201
    print(f"  not met: {', '.join(unmet(met))}")  # noqa: T201
