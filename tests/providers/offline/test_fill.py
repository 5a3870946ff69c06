"""Arguments: the right value, in the right unit, for the right parameter."""

from __future__ import annotations

from typing import Any

import pytest

from rookery.providers.offline.fill import fill
from rookery.providers.offline.toolbox import toolbox
from rookery.providers.offline.values import Passage
from tests.providers.offline.kit import flag, integer, number, text, tool
from tests.providers.offline.score import request


def filled(prompt: str, must: str = "", **properties: dict[str, Any]) -> dict[str, Any]:
    """Return what one tool with these parameters is given for a prompt."""
    body = request(
        messages=[{"role": "user", "content": prompt}],
        tools=[tool("do_it", "Do it", must, **properties)],
    )
    return fill(toolbox(body).tools[0], Passage(prompt)).input


@pytest.mark.parametrize(
    ("about", "value"),
    [("Rate (%)", 7), ("Rate as a fraction", 0.07), ("Rate, 0 to 1", 0.07), ("", 7)],
)
def test_percentages_come_in_the_unit_that_is_asked_for(about: str, value: float) -> None:
    assert filled("Take 7% a year", "rate", rate=number(about)) == {"rate": value}


@pytest.mark.parametrize(
    ("prompt", "name", "value"),
    [("for 3 years", "months", 36), ("for 2 hours", "minutes", 120), ("in 2 weeks", "days", 14)],
)
def test_durations_are_converted(prompt: str, name: str, value: int) -> None:
    assert filled(f"Do it {prompt}", name, **{name: integer()}) == {name: value}


@pytest.mark.parametrize(
    ("prompt", "schema", "value"),
    [
        ("port 8080", {"port": integer()}, {"port": 8080}),
        ("3 nights for 2 guests", {"guests": integer(), "nights": integer()},
         {"nights": 3, "guests": 2}),
        ("between $50 and under $90", {"max_price": number()}, {"max_price": 90}),
        ("from Rome to Oslo", {"to_city": text(), "from_city": text()},
         {"from_city": "Rome", "to_city": "Oslo"}),
        ("without hidden files", {"hidden": flag()}, {"hidden": False}),
        ("include hidden files", {"include_hidden": flag()}, {"include_hidden": True}),
        ("in dark mode", {"mode": text("", enum=["light", "dark"])}, {"mode": "dark"}),
        ("by bus or by train", {"means": {"type": "array", "items": {"enum": ["bus", "train"]}}},
         {"means": ["bus", "train"]}),
        ("for ann@a.org, bob@b.org", {"emails": {"type": "array", "items": text()}},
         {"emails": ["ann@a.org", "bob@b.org"]}),
        ("on 3 May 2025", {"day": text("", format="date")}, {"day": "2025-05-03"}),
        ("at most 500", {"limit": integer("", maximum=100)}, {}),
        ("2.5", {"count": integer()}, {}),
        ("tomorrow", {"day": text("", format="date")}, {}),
    ],
)  # fmt: skip
def test_arguments(prompt: str, schema: dict[str, Any], value: dict[str, Any]) -> None:
    assert filled(f"Do it {prompt}", " ".join(schema), **schema) == value


def test_nested_objects_are_filled() -> None:
    customer = {
        "type": "object", "required": ["id", "city"],
        "properties": {"id": integer(), "city": text()},
    }  # fmt: skip
    assert filled("Do it for customer 42 in Berlin", "customer", customer=customer) == {
        "customer": {"id": 42, "city": "Berlin"}
    }
