from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
import pytest

from rookery.tools import as_tool
from rookery.tools.described import annotated_text, field_texts
from rookery.tools.signature import read
from rookery.tools.unknown import unknown_fields


@dataclass
class Item:
    """One thing that is bought.

    Attributes:
        name: What it is
            called.
        size: Never seen.
    """

    name: str
    size: Annotated[int, "In millimetres"] = 1
    count: Annotated[int, msgspec.Meta(ge=1, description="How many")] = 1


class Address(TypedDict):
    street: Annotated[str, "With the number"]
    town: NotRequired[Annotated[str | None, "Or village"]]


class Order(msgspec.Struct):
    """An order.

    Args:
        items: What is bought.
    """

    items: list[Item]
    to: Annotated[Address | None, "Where to"] = None
    notes: dict[str, Any] | None = None


@dataclass
class Tree:
    """A tree.

    Attributes:
        name: Its name.
    """

    name: str
    below: list[Tree] = field(default_factory=list)
    pair: tuple[int, Item | str] = (0, "")


def place(order: Order) -> None: ...
def plant(tree: Tree, by_name: dict[str, Item] | None = None) -> None: ...


def test_fields_say_what_they_are() -> None:
    order = as_tool(place).input_schema["properties"]["order"]
    assert order["description"] == "An order."
    items = order["properties"]["items"]
    assert items["description"] == "What is bought."
    assert items["items"]["description"] == "One thing that is bought."
    texts = {name: body.get("description") for name, body in items["items"]["properties"].items()}
    assert texts == {"name": "What it is called.", "size": "In millimetres", "count": "How many"}
    to = order["properties"]["to"]
    assert to["description"] == "Where to"
    [address, _] = to["anyOf"]
    assert {name: body["description"] for name, body in address["properties"].items()} == {
        "street": "With the number",
        "town": "Or village",
    }


def test_a_class_that_contains_itself_is_described_once() -> None:
    schema = as_tool(plant).input_schema
    assert schema["$defs"]["Tree"]["properties"]["name"]["description"] == "Its name."
    assert field_texts([Tree])["Tree"] == {"name": "Its name."}


def test_annotations_that_cannot_be_resolved_say_nothing() -> None:
    class Local:
        __struct_fields__ = ()
        a: Nowhere  # type: ignore[name-defined]  # noqa: F821

    assert field_texts([Local, int, list[Local]]) == {"Local": {}}
    assert annotated_text(int) is None


ITEM = {"name": "x"}


@pytest.mark.parametrize(
    ("function", "given", "paths"),
    [
        (place, {"order": {"items": [ITEM]}}, []),
        (place, {"order": {"items": [ITEM], "note": 1}}, ["order.note"]),
        (place, {"order": {"items": [ITEM, {**ITEM, "n": 1}]}}, ["order.items[1].n"]),
        (place, {"order": {"items": [], "to": {"street": "a", "zip": 1}}}, ["order.to.zip"]),
        (place, {"order": {"items": [], "to": None, "notes": {"any": {"thing": 1}}}}, []),
        (plant, {"tree": {"name": "a", "below": [{"name": "b", "x": 1}]}}, ["tree.below[0].x"]),
        (plant, {"tree": {"name": "a", "pair": [1, {"name": "b", "x": 1}]}}, ["tree.pair[1].x"]),
        (plant, {"tree": {"name": "a", "pair": [1, "b"]}}, []),
        (
            plant,
            {"tree": {"name": "a"}, "by_name": {"k": {**ITEM, "x": 1, "y": 2}}},
            ["by_name.k.x", "by_name.k.y"],
        ),
    ],
)
def test_fields_that_nobody_asked_for_are_found(
    function: Any, given: dict[str, Any], paths: list[str]
) -> None:
    schema = read(function).schema
    found = [
        path
        for name, value in given.items()
        for path in unknown_fields(schema["properties"][name], value, schema, name)
    ]
    assert found == paths
