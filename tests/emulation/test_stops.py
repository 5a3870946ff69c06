from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.emulation.stops import StopScanner
from tests.wire.strategies import patient

texts = st.text(st.sampled_from("abé"), max_size=30)
sequences = st.lists(st.text(st.sampled_from("abé"), min_size=1, max_size=6), max_size=4)


def scanned(pieces: list[str], stops: list[str]) -> tuple[list[str], str | None]:
    """Return what is passed on for each piece and at the end, and the sequence that was found."""
    scanner = StopScanner(stops)
    passed = [scanner.feed(piece) for piece in pieces]
    return [*passed, scanner.finish()], scanner.found


def naive(text: str, stops: list[str]) -> tuple[str, str | None]:
    """Write character after character until one of the sequences stands at the end."""
    for end in range(1, len(text) + 1):
        complete = [stop for stop in stops if text[:end].endswith(stop)]
        if complete:
            found = max(complete, key=len)
            return text[: end - len(found)], found
    return text, None


@st.composite
def split(draw: st.DrawFn) -> tuple[str, list[str]]:
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return text, [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


@patient
@given(split(), sequences)
def test_any_split_gives_what_the_whole_text_gives(
    given_: tuple[str, list[str]], stops: list[str]
) -> None:
    text, pieces = given_
    passed, found = scanned(pieces, stops)
    assert ("".join(passed), found) == naive(text, stops)


@patient
@given(split(), sequences)
def test_nothing_is_passed_on_that_may_begin_a_stop_sequence_and_nothing_is_held_without_need(
    given_: tuple[str, list[str]], stops: list[str]
) -> None:
    _, pieces = given_
    scanner = StopScanner(stops)
    seen = passed = ""
    for piece in pieces:
        seen += piece
        passed += scanner.feed(piece)
        if scanner.found is not None:
            return
        begun = [stop[:size] for stop in stops for size in range(1, len(stop))]
        held = max((len(part) for part in begun if seen.endswith(part)), default=0)
        assert passed == seen[: len(seen) - held]


@pytest.mark.parametrize(
    ("pieces", "stops", "passed", "found"),
    [
        (["one t", "wo three"], ["two"], ["one ", "", ""], "two"),
        (["one t", "en"], ["two"], ["one ", "ten", ""], None),
        (["one tw"], ["two"], ["one ", "tw"], None),
        (["aab"], ["ab"], ["a", ""], "ab"),
        (["aa", "ab"], ["aab"], ["", "a", ""], "aab"),
        (["abc"], ["abc", "ab"], ["", ""], "ab"),
        (["abc"], ["bc", "abc"], ["", ""], "abc"),
        (["xabcd"], ["abcd", "bc"], ["xa", ""], "bc"),
        (["two", "two"], ["two"], ["", "", ""], "two"),
        (["abc"], [], ["abc", ""], None),
        (["abc"], [""], ["abc", ""], None),
    ],
)
def test_examples(pieces: list[str], stops: list[str], passed: list[str], found: str) -> None:
    assert scanned(pieces, stops) == (passed, found)


def test_a_new_text_begins_anew() -> None:
    scanner = StopScanner(["two"])
    assert (scanner.feed("t"), scanner.finish()) == ("", "t")
    assert (scanner.feed("wo"), scanner.finish(), scanner.found) == ("wo", "", None)


def test_a_long_sequence_costs_no_more_than_its_length() -> None:
    stop = "a" * 20_000 + "b"
    scanner = StopScanner([stop])
    passed = "".join(scanner.feed("a") for _ in range(40_000))
    assert passed == "a" * 20_000
    assert (scanner.feed("b"), scanner.found) == ("", stop)
