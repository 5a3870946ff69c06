from __future__ import annotations

import base64
import datetime
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rookery.tools import ToolResult
from rookery.tools.outcome import failure, success


class Color(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int


TEXT = {"type": "text", "text": "hello"}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
"""One black dot."""


def image(data: str, kind: str = "image/png") -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}


IMAGE = image(PNG)


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("text", "text"),
        ("", ""),
        (None, "(no output)"),
        (14.5, "14.5"),
        (True, "true"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ((1, "é"), '[1,"é"]'),
        (Point(1), '{"x":1}'),
        ([Color.RED, Path("a/b")], '["red","a/b"]'),
        (datetime.date(2026, 11, 23), '"2026-11-23"'),
        ([], "[]"),
        ([{"type": "invoice"}], '[{"type":"invoice"}]'),
        ([TEXT, IMAGE], [TEXT, IMAGE]),
        (TEXT, '{"type":"text","text":"hello"}'),
        ("caf\udce9", "caf?"),
    ],
)
def test_what_a_returned_value_says(value: Any, content: Any) -> None:
    assert success(value) == ToolResult(content)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (image("!!!!"), "it is not base64"),
        (image(""), "it is no whole"),
        (image("aGVsbG8gd29ybGQh"), "it is no whole"),
        (image(PNG[:20]), "it is no whole"),
        (image("A" * (10 * 1024 * 1024 + 4)), "more than 10 MB"),
        (image(base64.b64encode(b"GIF89a\xff\xff\xff\xff" + bytes(20)).decode()), "8000 pixels"),
    ],
    ids=["words", "empty", "text", "cut", "large", "wide"],
)
def test_an_image_that_the_api_refuses_is_named_in_words(given: dict[str, Any], why: str) -> None:
    content = success(ToolResult([given])).content
    assert isinstance(content, list)
    [block] = content
    assert (block["type"], why in block["text"]) == ("text", True)


def test_the_type_of_an_image_is_that_of_its_data() -> None:
    assert success([image(PNG, "image/jpeg")]).content == [IMAGE]


def test_a_result_is_passed_on() -> None:
    result = ToolResult("no", is_error=True)
    assert success(result) == result
    blocks = ToolResult([{"type": "of another version", "n": 1}])
    assert success(blocks) == blocks


def test_a_value_without_json_form_is_an_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert success(object()).content == (
        "The tool returned object, which is not JSON: object has no JSON form"
    )
    assert success(object()).is_error
    assert success(loop).is_error


def test_a_failure_can_be_sent() -> None:
    assert failure(OSError("caf\udce9")).content == "OSError: caf?"
