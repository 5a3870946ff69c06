"""Tools: what is offered, by whom it may be called, and which of them must be."""

from __future__ import annotations

from typing import Any, get_args

from rookery.catalog.model import Model
from rookery.gateway.checks import schemas
from rookery.gateway.checks.strict import Strict, cycle
from rookery.gateway.checks.toolsets import TOOLSETS, check_toolset, is_deferred
from rookery.jsonschema.valid import valid
from rookery.providers.base import Call
from rookery.rules import schemas as schema_rules
from rookery.rules import tools as rules
from rookery.wire.apitools import API_TOOLS
from rookery.wire.kinds import tag
from rookery.wire.messages import CountRequest, ThinkingEnabled
from rookery.wire.tools import ChoiceAny, ChoiceAuto, ChoiceTool

Tool = dict[str, Any]
DIRECT = "direct"
_TYPES = frozenset(map(tag, get_args(API_TOOLS)))
"""Every type of tool that the API defines."""
_BY_CODE = ("web_fetch_20250910", "web_search_20250305")
"""The web tools that code does not call where they do not say who does."""


def check_tools(body: CountRequest, model: Model, call: Call) -> None:
    """Check the definitions, and the schema of structured output, which shares their limits."""
    tools = body.tools or []
    if tools:
        _names(tools)
        _types(body.model, tools, model)
        _programmatic(body, tools, model)
        if all(map(_is_deferred, tools)):
            raise rules.TOOLS_ALL_DEFERRED.error()
    output = body.output_config.format if body.output_config is not None else None
    if not tools and output is None:
        return
    strict = Strict()
    for index, tool in enumerate(tools):
        path = f"tools.{index}.{tool.get('type') or 'custom'}"
        _options(tool, path)
        if "input_schema" in tool:
            _schema(tool, path, strict)
    if output is not None:
        strict.schema(output.schema, "output_config.format.schema")
    strict.end()


def _name(tool: Tool) -> str | None:
    name: str | None = tool.get("name")
    toolset = TOOLSETS.get(tool.get("type") or "")
    return name or (toolset.name if toolset else None)


def _names(tools: list[Tool]) -> None:
    names = [name for tool in tools if (name := _name(tool))]
    if len(set(names)) < len(names):
        raise rules.TOOL_NAMES.error()


def _types(name: str, tools: list[Tool], model: Model) -> None:
    refused = {kind for tool in tools if (kind := tool.get("type")) in model.refused_tools}
    if refused:
        raise rules.TOOL_TYPES.error(
            model=name,
            types=", ".join(sorted(map(str, refused))),
            accepted=", ".join(sorted(_TYPES - model.refused_tools)),
        )


# --- who calls -----------------------------------------------------------------------------------


def _callers(tool: Tool) -> list[str]:
    """Who may call a tool; the newer web tools are called by code where they do not say."""
    given: list[str] | None = tool.get("allowed_callers")
    if given is not None:
        return given
    kind = tool.get("type") or ""
    by_code = kind.startswith(("web_search_", "web_fetch_")) and kind not in _BY_CODE
    return ["code_execution"] if by_code else [DIRECT]


def _is_by_code(tool: Tool) -> bool:
    return any(caller != DIRECT for caller in _callers(tool))


def _programmatic(body: CountRequest, tools: list[Tool], model: Model) -> None:
    by_code = [tool for tool in tools if _is_by_code(tool)]
    if not by_code:
        return
    if "code_execution" not in model.features:
        names = ", ".join(sorted(_name(tool) or "" for tool in by_code))
        raise rules.TOOL_PROGRAMMATIC.error(model=model.id, tools=names)
    runs_code = any(str(tool.get("type")).startswith("code_execution_") for tool in tools)
    for index, tool in enumerate(tools):
        if tool.get("allowed_callers") and _is_by_code(tool):
            _called_by_code(tool, f"tools.{index}.{tool.get('type') or 'custom'}", runs_code)
    choice = body.tool_choice
    if isinstance(choice, ChoiceAuto | ChoiceAny | ChoiceTool) and (
        choice.disable_parallel_tool_use and any(tool.get("allowed_callers") for tool in by_code)
    ):
        raise rules.CHOICE_PARALLEL.error()


def _called_by_code(tool: Tool, path: str, runs_code: bool) -> None:
    if tool.get("type") in TOOLSETS:
        raise rules.TOOLSET_CALLERS.error(path)
    if not runs_code:
        raise rules.TOOL_CALLER_MISSING.error(path)
    if tool.get("strict"):
        raise rules.TOOL_STRICT_CALLERS.error(path)
    if cycle(tool.get("input_schema") or {}):
        raise schema_rules.SCHEMA_CIRCULAR_CALLER.error(f"{path}.input_schema")


# --- how it is offered ---------------------------------------------------------------------------


def _is_deferred(tool: Tool) -> bool:
    if tool.get("type") in TOOLSETS:
        return is_deferred(tool)
    return bool(tool.get("defer_loading"))


def _options(tool: Tool, path: str) -> None:
    if tool.get("type") in TOOLSETS:
        check_toolset(tool, path)
    if tool.get("cache_control") is not None and _is_deferred(tool):
        raise rules.TOOL_DEFERRED_CACHED.error(path)
    if tool.get("allowed_domains") and tool.get("blocked_domains"):
        raise rules.WEB_DOMAINS.error(path)


def _schema(tool: Tool, path: str, strict: Strict) -> None:
    schema = tool["input_schema"]
    if rule := schemas.fault(schema):
        within = ".properties" if rule is schema_rules.SCHEMA_KEYS else ""
        raise rule.error(f"{path}.input_schema{within}")
    if tool.get("strict"):
        strict.tool(schema, path)
    for index, example in enumerate(tool.get("input_examples") or ()):
        if not valid(example, schema):
            raise schema_rules.EXAMPLE_INVALID.error(f"{path}.input_examples.{index}")


# --- which must be called ------------------------------------------------------------------------


def check_tool_choice(body: CountRequest, model: Model, call: Call) -> None:
    """Check `tool_choice`."""
    choice = body.tool_choice
    if choice is None:
        return
    if isinstance(choice, ChoiceTool):
        _named(choice.name, body.tools or [])
    elif not body.tools:
        raise rules.CHOICE_WITHOUT_TOOLS.error(type=tag(type(choice)))
    if not isinstance(choice, ChoiceAny | ChoiceTool):
        return
    if not model.forced_tool_choice:
        raise rules.CHOICE_FORCED.error()
    if isinstance(body.thinking, ThinkingEnabled):
        raise rules.CHOICE_FORCED_THINKING.error()


def _named(name: str, tools: list[Tool]) -> None:
    found = next((tool for tool in tools if tool.get("name") == name), None)
    if found is None:
        if any(tool.get("type") == "mcp_toolset" for tool in tools):
            return  # it may be one of theirs
        raise rules.CHOICE_UNKNOWN.error(name=name)
    if found.get("allowed_callers") and DIRECT not in found["allowed_callers"]:
        raise rules.CHOICE_INDIRECT.error(name=name)
