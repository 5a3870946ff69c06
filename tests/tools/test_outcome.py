from __future__ import annotations

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
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}


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
