"""Cases of `rookery.rules.tools`."""

from __future__ import annotations

from rookery.rules import tools
from tests.rules.case import ENABLED, LATEST_MODEL, Case, message, tool, user

FORCED = 'tool_choice: type "tool" and "any" are not supported for this model.'
LOOK = {"type": "tool", "name": "look"}

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
]
