"""Arithmetic, exact and bounded."""

from __future__ import annotations

import pytest

from rookery.providers.offline.arithmetic import evaluate, expression, written


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2+2", "4"), ("2 + 3 * 4", "14"), ("(2+3)*4", "20"), ("-2^2", "-4"), ("2**-1", "0.5"),
        ("10/4", "2.5"), ("1/3", "1/3, about 0.333333333333"), ("0.1+0.2", "0.3"), ("50%*8", "4"),
        ("8 \u00d7 2 \u00f7 4", "4"), ("2^256", str(2**256)),
    ],
)  # fmt: skip
def test_values(text: str, answer: str) -> None:
    value = evaluate(text)
    assert value is not None
    assert written(value) == answer


@pytest.mark.parametrize(
    "text", ["", "2+", "(1", "1/0", "2**100000", "9**9**9", "a+1", "(" * 199, "1" * 500]
)
def test_what_has_no_value(text: str) -> None:
    assert evaluate(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What is 7 times 8?", "7 * 8"), ("15% of 80", "15/100* 80"),
        ("call 555-1234 now", "555-1234"),
        ("no sums here", ""), ("in 2025", ""),
    ],
)  # fmt: skip
def test_expressions_in_text(text: str, found: str) -> None:
    assert expression(text) == found
