"""The grammar of the kit agrees with the judge of the wire; neither knows the other."""

from __future__ import annotations

import json

from hypothesis import given, settings

from rookery.testing.conformance.grammar import faults
from rookery.testing.conformance.target import Record
from rookery.wire.events import Event
from tests.wire import strategies as some
from tests.wire import streams as sent
from tests.wire.judge import BrokenError, judge
from tests.wire.test_grammar import passed


def records(found: list[Event]) -> list[Record]:
    """Return events as the kit reads them."""
    return [Record(event.type, parsed(event.data)) for event in found]


def parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def is_good(found: list[Event]) -> bool:
    try:
        return judge(found)
    except (BrokenError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return False


@some.patient
@given(sent.anything)
def test_what_the_gateway_sends_has_no_faults(found: list[Event]) -> None:
    out, error = passed(found)
    if error is None:
        assert faults(records(out)) == []


@settings(some.patient, max_examples=400, derandomize=True)
@given(sent.anything)
def test_what_is_not_good_has_faults_and_nothing_else_has(found: list[Event]) -> None:
    names = [event.type for event in found]
    if "error" in names or names[:1] == ["ping"]:
        return  # the judge has other rules for these: it wants the message first, and no error
    wrong = faults(records(found))
    if is_good(found) == bool(wrong):
        raise AssertionError([wrong, *(event.data[:80] for event in found)])
