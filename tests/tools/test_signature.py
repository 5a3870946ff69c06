from __future__ import annotations

import datetime
import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, Optional, TypedDict

import msgspec
import pytest
from msgspec import Meta

from rookery.errors import AgentError
from rookery.tools import ToolContext, as_tool

if TYPE_CHECKING:
    from decimal import Decimal


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: float
    y: float = 0.0


class Line(msgspec.Struct):
    """Two points."""

    start: Point
    end: Point
    title: str = ""


class Filter(TypedDict):
    field: str
    values: NotRequired[list[str]]


@dataclass
class Node:
    value: int
    children: list[Node] = field(default_factory=list)


POINT = {
    "type": "object",
    "properties": {"x": {"type": "number"}, "y": {"type": "number", "default": 0.0}},
    "required": ["x"],
}


def scalars(text: str, count: int, share: float, exact: bool) -> str: ...  # type: ignore[empty-body]
def containers(names: list[str], by_name: dict[str, int], anything: dict) -> str: ...  # type: ignore[empty-body, type-arg]
def defaults(limit: int = 10, tag: str | None = None, where: Path = Path("x")) -> str: ...  # type: ignore[empty-body]
def literal(order: Literal["up", "down"], size: Literal[1, 2] = 1) -> str: ...  # type: ignore[empty-body]
def enumeration(color: Color, other: Color = Color.BLUE) -> str: ...  # type: ignore[empty-body]
def optional(a: Optional[int], b: int | str, c: int | None = None) -> str: ...  # type: ignore[empty-body]  # noqa: UP045
def implicit(a: int = None) -> str: ...  # type: ignore[empty-body, assignment]  # noqa: RUF013
def annotated(a: Annotated[int, "How many"], b: Annotated[int, Meta(ge=0), "b"] = 1) -> str: ...  # type: ignore[empty-body]
def optional_annotated(a: Annotated[str, "inner"] | None = None) -> str: ...  # type: ignore[empty-body]
def items(names: list[Annotated[str, "one name"]]) -> str: ...  # type: ignore[empty-body]
def data(point: Point) -> str: ...  # type: ignore[empty-body]
def struct(line: Line) -> str: ...  # type: ignore[empty-body]
def typed_dict(filters: list[Filter]) -> str: ...  # type: ignore[empty-body]
def recursive(tree: Node) -> str: ...  # type: ignore[empty-body]
def untyped(a, b=2): ...  # type: ignore[no-untyped-def]
def anything(a: Any, b: object) -> str: ...  # type: ignore[empty-body]
def nothing() -> str: ...  # type: ignore[empty-body]
def injected(a: int, context: ToolContext, other: ToolContext | None = None) -> str: ...  # type: ignore[empty-body]
def standard(day: datetime.date, folder: Path, raw: bytes) -> str: ...  # type: ignore[empty-body]
def documented(a: int, b: int) -> str:  # type: ignore[empty-body]
    """Add.

    Args:
        a: The first.
        b: The second.
    """


CASES: list[tuple[Callable[..., Any], dict[str, Any], list[str]]] = [
    (
        scalars,
        {
            "text": {"type": "string"},
            "count": {"type": "integer"},
            "share": {"type": "number"},
            "exact": {"type": "boolean"},
        },
        ["text", "count", "share", "exact"],
    ),
    (
        containers,
        {
            "names": {"type": "array", "items": {"type": "string"}},
            "by_name": {"type": "object", "additionalProperties": {"type": "integer"}},
            "anything": {"type": "object"},
        },
        ["names", "by_name", "anything"],
    ),
    (
        defaults,
        {
            "limit": {"type": "integer", "default": 10},
            "tag": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "where": {"type": "string"},
        },
        [],
    ),
    (
        literal,
        {
            "order": {"type": "string", "enum": ["down", "up"]},
            "size": {"enum": [1, 2], "default": 1},
        },
        ["order"],
    ),
    (
        enumeration,
        {
            "color": {"type": "string", "enum": ["blue", "red"]},
            "other": {"type": "string", "enum": ["blue", "red"], "default": "blue"},
        },
        ["color"],
    ),
    (
        optional,
        {
            "a": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "b": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "c": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
        ["a", "b"],
    ),
    (implicit, {"a": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, []),
    (
        annotated,
        {
            "a": {"type": "integer", "description": "How many"},
            "b": {"type": "integer", "minimum": 0, "description": "b", "default": 1},
        },
        ["a"],
    ),
    (
        optional_annotated,
        {"a": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "inner"}},
        [],
    ),
    (items, {"names": {"type": "array", "items": {"type": "string"}}}, ["names"]),
    (data, {"point": POINT}, ["point"]),
    (
        struct,
        {
            "line": {
                "type": "object",
                "description": "Two points.",
                "properties": {
                    "start": POINT,
                    "end": POINT,
                    "title": {"type": "string", "default": ""},
                },
                "required": ["start", "end"],
            }
        },
        ["line"],
    ),
    (
        typed_dict,
        {
            "filters": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": {"type": "string"},
                        "values": {"type": "array", "items": {"type": "string"}},
                    },
                    "required": ["field"],
                },
            }
        },
        ["filters"],
    ),
    (untyped, {"a": {}, "b": {"default": 2}}, ["a"]),
    (anything, {"a": {}, "b": {}}, ["a", "b"]),
    (nothing, {}, []),
    (injected, {"a": {"type": "integer"}}, ["a"]),
    (
        standard,
        {
            "day": {"type": "string", "format": "date"},
            "folder": {"type": "string"},
            "raw": {"type": "string", "contentEncoding": "base64"},
        },
        ["day", "folder", "raw"],
    ),
    (
        documented,
        {
            "a": {"type": "integer", "description": "The first."},
            "b": {"type": "integer", "description": "The second."},
        },
        ["a", "b"],
    ),
]


@pytest.mark.parametrize(
    ("function", "properties", "required"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_the_schema_of_a_signature(
    function: Callable[..., Any], properties: dict[str, Any], required: list[str]
) -> None:
    assert as_tool(function).input_schema == {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def test_only_types_that_contain_themselves_stay_shared() -> None:
    assert as_tool(recursive).input_schema == {
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/Node"}},
        "required": ["tree"],
        "additionalProperties": False,
        "$defs": {
            "Node": {
                "title": "Node",
                "type": "object",
                "properties": {
                    "value": {"type": "integer"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                },
                "required": ["value"],
            }
        },
    }


def test_names_of_the_enclosing_function_are_found() -> None:
    class Local(enum.Enum):
        ONE = "one"

    def choose(which: Local) -> str:
        return which.value

    properties = as_tool(choose).input_schema["properties"]
    assert properties == {"which": {"type": "string", "enum": ["one"]}}


def test_names_of_the_enclosing_function_are_found_from_a_deeper_call() -> None:
    class Local(enum.Enum):
        ONE = "one"

    def choose(which: Local) -> str:
        return which.value

    def build() -> Any:
        return as_tool(choose)

    assert build().input_schema["properties"]["which"]["enum"] == ["one"]


def test_a_return_type_for_type_checkers_only_does_no_harm() -> None:
    def price(ticker: str) -> Decimal:
        raise NotImplementedError

    assert as_tool(price).input_schema["required"] == ["ticker"]


def test_a_partial_leaves_out_what_is_bound() -> None:
    def power(base: int, exponent: int) -> int:
        return int(base**exponent)

    square = as_tool(functools.partial(power, exponent=2))
    assert square.name == "power"
    assert square.input_schema["properties"]["exponent"] == {"type": "integer", "default": 2}


def variadic(*names: str) -> None: ...
def keywords(**options: str) -> None: ...
def unresolved(price: Decimal) -> None: ...
def misspelt(price: "Desimal") -> None: ...  # type: ignore[name-defined]  # noqa: F821, UP037
def impossible(number: complex) -> None: ...
def ambiguous(shape: Point | Node) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (variadic, "variadic cannot be a tool: parameter 'names': .* must each have a name"),
        (keywords, "keywords cannot be a tool: parameter 'options'"),
        (unresolved, "parameter 'price': its annotation 'Decimal' cannot be resolved"),
        (misspelt, "name 'Desimal' is not defined"),
        (impossible, "parameter 'number': it cannot come from JSON: .*complex"),
        (ambiguous, "parameter 'shape': it cannot come from JSON"),
        (dict.update, "cannot be a tool"),
    ],
)
def test_signatures_that_a_model_cannot_fill(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(AgentError, match=message):
        as_tool(function)
