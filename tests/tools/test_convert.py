from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from rookery.tools import signature
from rookery.tools.convert import arguments, show
from tests.tools.conftest import quick


class Unit(enum.Enum):
    C = "celsius"
    F = "fahrenheit"


@dataclass
class Place:
    name: str
    tags: list[int]


class Strict(Struct, forbid_unknown_fields=True):
    a: int = 0


def weather(
    *,
    principal: float = 0,
    years: int = 0,
    unit: Unit | None = None,
    order: Literal["up", "down"] = "up",
    place: Place | None = None,
    names: list[str] | str = "",
    table: dict[str, dict[str, int]] | None = None,
    codes: dict[int, int] | None = None,
    percent: Annotated[int, Meta(ge=0, le=100)] = 0,
    folder: Path = Path(),
    strict: Strict | None = None,
    pair: tuple[int, int] = (0, 0),
    inner: list[Unit] | None = None,
) -> None: ...


def needs(principal: float, years: int) -> None: ...
def nothing() -> None: ...


SIGNATURE = signature.read(weather)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"principal": "abc"}, 'principal: expected number, got "abc"'),
        ({"principal": None}, "principal: expected number, got null"),
        ({"principal": [1]}, "principal: expected number, got [1]"),
        ({"years": 2.5}, "years: expected integer, got 2.5"),
        ({"years": True}, "years: expected integer, got true"),
        ({"unit": "kelvin"}, 'unit: expected one of "celsius", "fahrenheit", got "kelvin"'),
        ({"unit": 3}, "unit: expected string or null, got 3"),
        ({"order": "left"}, 'order: expected one of "down", "up", got "left"'),
        ({"place": {"name": "Bern"}}, "place.tags: missing"),
        (
            {"place": {"name": "Bern", "tags": [1, "x"]}},
            'place.tags[1]: expected integer, got "x"',
        ),
        ({"names": [1]}, "names[0]: expected string, got 1"),
        ({"table": {"a": {"b": "c"}}}, "table[...][...]: expected integer, got string"),
        ({"codes": {"x": 1}}, "codes: in a key: expected integer, got string"),
        ({"percent": 101}, "percent: expected integer <= 100, got 101"),
        ({"folder": 1}, "folder: expected string, got 1"),
        ({"strict": {"z": 1}}, "strict.z: unknown field"),
        ({"pair": [1]}, "pair: expected array of length 2, got [1]"),
        ({"inner": ["x"]}, 'inner[0]: expected one of the enum, got "x"'),
        ({"years": "y" * 100}, f'years: expected integer, got "{"y" * 59}…'),
    ],
)
def test_a_problem_names_the_path_and_the_reason(given: dict[str, Any], problem: str) -> None:
    assert arguments(SIGNATURE.parameters, given, SIGNATURE.schema)[1] == (problem,)


def test_all_problems_are_named_at_once() -> None:
    read = signature.read(needs)
    assert arguments(read.parameters, {"principal": "x", "yeers": 3}, read.schema)[1] == (
        'principal: expected number, got "x"',
        "years: missing",
        "yeers: unknown parameter; the tool takes principal, years",
    )


def test_an_unknown_parameter_of_a_tool_that_takes_none() -> None:
    assert arguments({}, {"a": 1}, {})[1] == ("a: unknown parameter; the tool takes none",)


@pytest.mark.parametrize("given", [None, [], "text", 3])
def test_the_input_must_be_an_object(given: Any) -> None:
    assert arguments(SIGNATURE.parameters, given, SIGNATURE.schema)[1] == (
        f"input: expected object, got {show(given)}",
    )


def test_values_arrive_as_the_annotated_types() -> None:
    values, problems = arguments(
        SIGNATURE.parameters,
        {"principal": 3, "unit": "celsius", "place": {"name": "Bern", "tags": []}, "folder": "a/b"},
        SIGNATURE.schema,
    )
    assert not problems
    assert values == {
        "principal": 3.0,
        "unit": Unit.C,
        "place": Place("Bern", []),
        "folder": Path("a/b"),
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@quick
@given(st.dictionaries(st.sampled_from([*SIGNATURE.parameters, "other"]), JSON))
def test_any_input_gives_arguments_or_short_problems(given: dict[str, Any]) -> None:
    values, problems = arguments(SIGNATURE.parameters, given, SIGNATURE.schema)
    assert len(values) + len(problems) >= len(given)
    assert all(len(problem) < 300 for problem in problems)


def test_a_value_that_json_cannot_show_is_still_shown() -> None:
    assert show("\ud800") == "'\\ud800'"
    assert show(10**400).startswith("1000")
