"""Cases of `rookery.rules.tools`."""

from __future__ import annotations

from typing import Any

from rookery.rules import tools
from rookery.testing.conformance.refusals.case import (
    ENABLED,
    LATEST_MODEL,
    SEARCH,
    Case,
    assistant,
    cached,
    call,
    message,
    result,
    server_call,
    tool,
    user,
)
from rookery.wire.toolsets import BrowserConfigs, ComputerConfigs

FORCED = 'tool_choice: type "tool" and "any" are not supported for this model.'
LOOK = {"type": "tool", "name": "look"}
CODE = {"type": "code_execution_20260120", "name": "code_execution"}
BY_CODE = ["code_execution_20260120"]
NEW_SEARCH = {"type": "web_search_20260209", "name": "web_search"}
FINDER = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}
PROGRAMMATIC = (
    "'claude-haiku-4-5-20251001' does not support programmatic tool calling. The following tools "
    'have `allowed_callers` that require it: {}. Explicitly set `allowed_callers=["direct"]` on '
    "these tools, or use a model that supports programmatic tool calling."
)

BROWSER = "browser_toolset_20260801"
COMPUTER = "computer_toolset_20260801"
DEFERRED_BROWSER = {
    "type": BROWSER,
    "configs": {name: {"defer_loading": True} for name in BrowserConfigs.__struct_fields__},
}
ACCEPTED = (
    "advisor_20260301, bash_20250124, browser_toolset_20260801, code_execution_20250522, "
    "code_execution_20250825, code_execution_20260120, code_execution_20260521, "
    "computer_toolset_20260801, mcp_toolset, memory_20250818, text_editor_20250429, "
    "text_editor_20250728, tool_search_tool_bm25, tool_search_tool_bm25_20251119, "
    "tool_search_tool_regex, tool_search_tool_regex_20251119, web_fetch_20250910, "
    "web_fetch_20260209, web_fetch_20260309, web_fetch_20260318, web_search_20250305, "
    "web_search_20260209, web_search_20260318"
)


def offered(*given: dict[str, Any], **fields: Any) -> Any:
    return message(model="claude-opus-5", tools=list(given), **fields)


CASES = [
    Case(tools.TOOL_NAMES, "tools: Tool names must be unique.", message(tools=[tool(), tool()])),
    *(
        Case(
            tools.CHOICE_WITHOUT_TOOLS,
            f"tool_choice.{kind} may only be specified while providing tools",
            message(tool_choice={"type": kind}),
        )
        for kind in ("auto", "any", "none")
    ),
    *(
        Case(
            tools.CHOICE_UNKNOWN,
            "Tool 'find' not found in provided tools",
            message(tool_choice={"type": "tool", "name": "find"}, tools=given),
        )
        for given in (None, [], [tool()])
    ),
    *(
        Case(
            tools.CHOICE_FORCED,
            FORCED,
            message(model=LATEST_MODEL, tools=[tool()], tool_choice=choice),
        )
        for choice in ({"type": "any"}, LOOK)
    ),
    Case(
        tools.CHOICE_FORCED,
        FORCED,
        {
            "model": "claude-sonnet-5-5",
            "messages": [user("hi")],
            "tools": [tool()],
            "tool_choice": LOOK,
        },
        path="/v1/messages/count_tokens",
    ),
    *(
        Case(
            tools.CHOICE_FORCED_THINKING,
            "Thinking may not be enabled when tool_choice forces tool use.",
            message(tools=[tool()], tool_choice=choice, thinking=ENABLED),
        )
        for choice in ({"type": "any"}, LOOK)
    ),
    Case(
        tools.TOOL_NAMES,
        "tools: Tool names must be unique.",
        offered({"type": "computer_toolset_20260801"}, tool("computer")),
    ),
    Case(
        tools.TOOLS_ALL_DEFERRED,
        "At least one tool must have defer_loading=false. All tools cannot be deferred.",
        offered(tool(defer_loading=True), {**FINDER, "defer_loading": True}),
    ),
    *(
        Case(
            tools.TOOL_DEFERRED_CACHED,
            f"tools.1.{path}: A tool with defer_loading cannot have cache_control",
            offered(FINDER, {**given, **cached()}),
        )
        for path, given in (
            ("custom", tool(defer_loading=True)),
            (
                "browser_toolset_20260801",
                DEFERRED_BROWSER,
            ),
        )
    ),
    Case(
        tools.TOOL_REFERENCE_UNKNOWN,
        "Tool reference 'find' not found in available tools",
        offered(
            tool(),
            messages=[
                user("hi"),
                assistant(call("a")),
                user(result("a", [{"type": "tool_reference", "tool_name": "find"}])),
            ],
        ),
    ),
    Case(
        tools.TOOL_REFERENCE_UNKNOWN,
        "Tool reference 'find' not found in available tools",
        offered(
            FINDER,
            messages=[
                user("hi"),
                assistant(
                    server_call("srvtoolu_1", "tool_search_tool_bm25"),
                    {
                        "type": "tool_search_tool_result",
                        "tool_use_id": "srvtoolu_1",
                        "content": {
                            "type": "tool_search_tool_search_result",
                            "tool_references": [{"type": "tool_reference", "tool_name": "find"}],
                        },
                    },
                ),
                user("go on"),
            ],
        ),
    ),
    Case(
        tools.TOOL_PROGRAMMATIC,
        PROGRAMMATIC.format("web_search"),
        message(tools=[NEW_SEARCH, tool()]),
    ),
    Case(
        tools.TOOL_PROGRAMMATIC,
        PROGRAMMATIC.format("find, look"),
        message(
            tools=[
                CODE,
                tool("look", allowed_callers=BY_CODE),
                tool("find", allowed_callers=BY_CODE),
            ]
        ),
    ),
    Case(
        tools.TOOL_CALLER_MISSING,
        "tools.0.custom: allowed_callers names code execution, but no code execution tool was "
        "provided",
        offered(tool(allowed_callers=["direct", *BY_CODE])),
    ),
    Case(
        tools.TOOL_STRICT_CALLERS,
        "tools.1.custom: strict tools are not supported with programmatic tool calling",
        offered(CODE, tool(allowed_callers=BY_CODE, strict=True)),
    ),
    Case(
        tools.TOOLSET_CALLERS,
        "tools.1.browser_toolset_20260801: allowed_callers: a toolset takes 'direct' only",
        offered(CODE, {"type": "browser_toolset_20260801", "allowed_callers": BY_CODE}),
    ),
    Case(
        tools.WEB_DOMAINS,
        "tools.0.web_search_20250305: only one of allowed_domains and blocked_domains may be given",
        message(tools=[{**SEARCH, "allowed_domains": ["a.com"], "blocked_domains": ["b.com"]}]),
    ),
    Case(
        tools.CHOICE_INDIRECT,
        "tool_choice: the tool 'look' cannot be called directly; its allowed_callers do not have "
        "'direct'",
        offered(CODE, tool(allowed_callers=BY_CODE), tool_choice=LOOK),
    ),
    Case(
        tools.CHOICE_PARALLEL,
        "tool_choice: disable_parallel_tool_use is not supported with programmatic tool calling",
        offered(
            CODE,
            tool(allowed_callers=BY_CODE),
            tool_choice={"type": "auto", "disable_parallel_tool_use": True},
        ),
    ),
    Case(
        tools.TOOL_TYPES,
        "'claude-opus-5-5' does not support tool types: computer_20251124, text_editor_20250124. "
        f"Did you mean one of {ACCEPTED}?",
        message(
            model=LATEST_MODEL,
            tools=[
                {
                    "type": "computer_20251124",
                    "name": "computer",
                    "display_width_px": 100,
                    "display_height_px": 100,
                },
                {"type": "text_editor_20250124", "name": "str_replace_editor"},
            ],
        ),
        betas="computer-use-2025-11-24",
    ),
    Case(
        tools.TOOLSET_DISABLED,
        f"tools.0.{COMPUTER}: configs: at least one tool must be enabled",
        offered(
            {
                "type": COMPUTER,
                "configs": {name: {"enabled": False} for name in ComputerConfigs.__struct_fields__},
            }
        ),
    ),
    *(
        Case(
            tools.TOOLSET_DEFERRED,
            f"tools.0.{kind}: configs: defer_loading must be the same for all enabled tools",
            offered({"type": kind, "configs": {"zoom": {"defer_loading": True}}}, tool()),
        )
        for kind in (COMPUTER, BROWSER)
    ),
]
