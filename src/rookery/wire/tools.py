"""Tool definitions and tool_choice of a request (platform.claude.com, "Tool use")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rookery.wire.blocks import Block, CacheControl

ToolName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}\Z")]  # `$` would let "name\n" pass


class CustomTool(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool of the caller's."""

    name: ToolName
    input_schema: dict[str, Any]
    type: Literal["custom"] | None = None
    description: str | None = None
    cache_control: CacheControl | None = None
    strict: bool | None = None
    defer_loading: bool | None = None
    allowed_callers: list[str] | None = None
    input_examples: list[dict[str, Any]] | None = None
    eager_input_streaming: bool | None = None


class TypedTool(Struct, frozen=True):
    """A tool that the API defines; its settings are in the request as sent."""

    type: str
    name: str = ""
    cache_control: CacheControl | None = None


ToolDefinition = CustomTool | TypedTool


class ChoiceAuto(Block, tag="auto"):
    """The model decides."""

    disable_parallel_tool_use: bool | None = None


class ChoiceAny(Block, tag="any"):
    """Some tool must be called."""

    disable_parallel_tool_use: bool | None = None


class ChoiceTool(Block, tag="tool"):
    """This tool must be called."""

    name: str
    disable_parallel_tool_use: bool | None = None


class ChoiceNone(Block, tag="none"):
    """No tool may be called."""


ToolChoice = ChoiceAuto | ChoiceAny | ChoiceTool | ChoiceNone


def definition_type(tool: dict[str, Any]) -> type[CustomTool] | type[TypedTool]:
    """Return the type of a definition; one without `type` is a custom tool."""
    return CustomTool if tool.get("type") in (None, "custom") else TypedTool


def parse_tool(tool: dict[str, Any]) -> ToolDefinition:
    """Check one definition. Raises msgspec.ValidationError."""
    return msgspec.convert(tool, definition_type(tool))
