"""Tool definitions and tool_choice of a request (platform.claude.com, "Tool use").

Definitions come as dicts and stay so in the request (`messages.CountRequest.tools`): a client's
tool has no tag, so they are typed one by one, by `parse_tool`.
"""

from __future__ import annotations

import typing
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rookery.wire.apitools import API_TOOLS
from rookery.wire.shapes import Absent, Block, Cached, Record
from rookery.wire.toolsets import ApiTool, Callers

CUSTOM = "custom"
"""The tag of a client's tool, also where it has none."""


class InputSchema(Struct, frozen=True):
    """What a schema of a tool's input must be; it may have whatever else JSON schema has."""

    type: Literal["object"]
    properties: dict[str, Any] | None = None
    required: list[str] | None = None


class CustomTool(Record, frozen=True):
    """A tool of the caller's."""

    name: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[a-zA-Z0-9_-]{1,128}\Z")]
    input_schema: Annotated[dict[str, Any], Meta(extra={"is": InputSchema})]
    type: Literal["custom"] | None = None
    description: Absent[str] = None
    cache_control: Cached | None = None
    strict: Absent[bool] = None
    defer_loading: Absent[bool] = None
    allowed_callers: Absent[Callers] = None
    input_examples: Absent[list[dict[str, Any]]] = None
    eager_input_streaming: bool | None = None


ToolDefinition = CustomTool | ApiTool


class ChoiceAuto(Block, tag="auto"):
    """The model decides."""

    disable_parallel_tool_use: Absent[bool] = None


class ChoiceAny(Block, tag="any"):
    """Some tool must be called."""

    disable_parallel_tool_use: Absent[bool] = None


class ChoiceTool(Block, tag="tool"):
    """This tool must be called."""

    name: str
    disable_parallel_tool_use: Absent[bool] = None


class ChoiceNone(Block, tag="none"):
    """No tool may be called."""


ToolChoice = ChoiceAuto | ChoiceAny | ChoiceTool | ChoiceNone


_API_TOOLS: dict[str, Any] = {
    str(kind.__struct_config__.tag): kind for kind in typing.get_args(API_TOOLS)
}


def parse_tool(tool: dict[str, Any]) -> ToolDefinition:
    """Return one definition, typed. Raises msgspec.ValidationError."""
    tag = tool.get("type")
    if tag in (None, CUSTOM):
        custom = msgspec.convert(tool, CustomTool)
        msgspec.convert(custom.input_schema, InputSchema)
        return custom
    # One struct is much faster than the union; which one, the tag says.
    found: ApiTool = msgspec.convert(tool, _API_TOOLS.get(str(tag), API_TOOLS))
    return found


Definition = Annotated[
    dict[str, Any], Meta(extra={"tagged": (CustomTool, API_TOOLS), "read": parse_tool})
]
"""A definition as it was sent; validation types it, and names its tag in paths."""
