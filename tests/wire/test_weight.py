"""Large bodies that would take long to decode are refused before."""

from __future__ import annotations

import json

import pytest

from rookery.errors import APIError, InvalidRequestError
from rookery.wire.weight import LARGE, MAX_DIGITS, MAX_VALUES, ROW, check_weight


def rule_of(data: bytes) -> str:
    try:
        check_weight(data)
    except APIError as error:
        return error.rule
    return ""


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1", b'""', b'{"a":1}', b"[[[]]]"])
def test_no_kind_of_value_comes_past_the_limit(value: bytes) -> None:
    count = MAX_VALUES // (value.count(b"[") + value.count(b"{") + 1)
    assert rule_of(b"[" + b",".join([value] * (count - 2)) + b"]") == ""
    assert rule_of(b"[" + b",".join([value] * (count + 2)) + b"]") == "too_many_values"


def test_nesting_does_not_hide_values() -> None:
    assert rule_of(b"[" * (MAX_VALUES + 1)) == "too_many_values"
    assert rule_of(b'{"a":' * (MAX_VALUES + 1)) == "too_many_values"


@pytest.mark.parametrize("number", ["9" * 4000, "0." + "1" * 60, "-1." + "7" * 40 + "e-308"])
def test_long_numbers_are_limited_by_their_digits(number: str) -> None:
    count = 2 * MAX_DIGITS // len(number)
    assert rule_of(json.dumps([number] * count).replace('"', "").encode()) == "too_many_digits"


def test_short_numbers_and_text_are_not() -> None:
    floats = json.dumps([0.30000000000000004, 1.7976931348623157e308] * 100_000)
    assert rule_of(floats.encode()) == ""
    assert rule_of(json.dumps("Words, words and 13 more words. " * 300_000).encode()) == ""
    assert rule_of(b"9" * (ROW - 1) + b" " * LARGE) == ""


def test_the_refusal_is_a_bad_request() -> None:
    with pytest.raises(InvalidRequestError, match="more than 500000 values"):
        check_weight(b"," * (MAX_VALUES + 1))
