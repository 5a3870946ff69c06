"""What a run gives back."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from rookery import Result, RunError, Usage, cost
from rookery.catalog.cost import Cost
from tests.agent.common import MODEL, agent, call


def add(a: int) -> int:
    """Add."""
    return a


def long_run() -> Result:
    usages = [
        {"input_tokens": 7 * n, "output_tokens": n, "cache_read_input_tokens": 3}
        for n in range(1, 31)
    ]
    replies: list[dict[str, Any]] = [call("add", a=1) | {"usage": usage} for usage in usages[:-1]]
    worker, _ = agent(*replies, {"text": "x" * 1000, "usage": usages[-1]}, tools=[add])
    return worker.run("Add.")


def test_sums_over_many_steps_are_exact() -> None:
    result = long_run()
    tokens = sum(range(1, 31))
    assert len(result.steps) == 30
    assert (result.usage.input_tokens, result.usage.output_tokens) == (7 * tokens, tokens)
    assert result.usage.cache_read_input_tokens == 90
    assert result.cost == (Decimal(3) * 7 * tokens + 15 * tokens + Decimal("0.3") * 90) / 10**6
    now = datetime.datetime.now(datetime.UTC)
    assert result.cost == cost(result.usage, MODEL, now).total


def test_its_forms() -> None:
    result = long_run()
    assert str(result) == f"{result}" == "x" * 1000
    assert f"{result:.3}" == "xxx"
    assert repr(result) == f"Result('{'x' * 60}…', stop_reason='end_turn', steps=30)"


def test_no_steps() -> None:
    worker, _ = agent({"error": {"type": "overloaded_error"}})
    with pytest.raises(RunError) as caught:
        worker.run("Hello?")
    result: Result = caught.value.result
    assert (result.text, result.steps, result.usage, result.bill) == ("", (), Usage(), Cost())
    assert result.cost == 0
    assert repr(result) == "Result('', stop_reason='error', steps=0)"
