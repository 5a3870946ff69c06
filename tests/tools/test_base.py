from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rookery.errors import AgentError
from rookery.tools import (
    Tool,
    ToolContext,
    ToolResult,
    as_tool,
    current_context,
    definition,
    grep,
)
from rookery.tools.base import check_name


class Clock:
    """A tool that is no function: the protocol is all it takes."""

    name = "clock"
    description = "Tell the time."
    read_only = True

    def __init__(self, schema: dict[str, Any]) -> None:
        self.input_schema = schema

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002
        return ToolResult("noon")


def test_a_class_of_the_right_shape_is_a_tool() -> None:
    clock: Tool = Clock({"type": "object"})
    assert as_tool(clock) is clock
    assert definition(clock) == {
        "name": "clock",
        "description": "Tell the time.",
        "input_schema": {"type": "object"},
    }


def test_a_definition_needs_an_object_schema() -> None:
    with pytest.raises(AgentError, match="not of type object"):
        definition(Clock({"type": "string"}))


@pytest.mark.parametrize("name", ["a", "read_file", "mcp__files__read", "A-9", "x" * 64])
def test_names_that_the_api_takes(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a.b", "<lambda>", "é", "a\n"])
def test_names_that_the_api_refuses(name: str) -> None:
    with pytest.raises(AgentError, match="cannot be the name of a tool"):
        check_name(name)


def test_outside_of_a_call_the_workspace_is_the_current_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert current_context().workspace.root == root


def test_built_in_tools_satisfy_the_protocol() -> None:
    assert isinstance(grep, Tool)
