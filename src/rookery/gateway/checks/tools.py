"""Tools, and which of them must be called."""

from __future__ import annotations

from rookery.catalog.model import Model
from rookery.providers.base import Call
from rookery.rules import tools as rules
from rookery.wire.messages import CountRequest, ThinkingEnabled
from rookery.wire.tools import ChoiceAny, ChoiceTool


def check_tools(body: CountRequest, model: Model, call: Call) -> None:
    """Check the definitions."""
    names = [tool["name"] for tool in body.tools or () if "name" in tool]
    if len(set(names)) < len(names):
        raise rules.TOOL_NAMES.error()


def check_tool_choice(body: CountRequest, model: Model, call: Call) -> None:
    """Check `tool_choice`."""
    choice = body.tool_choice
    if choice is None:
        return
    if isinstance(choice, ChoiceTool):
        if choice.name not in {tool.get("name") for tool in body.tools or ()}:
            raise rules.CHOICE_UNKNOWN.error(name=choice.name)
    elif not body.tools:
        raise rules.CHOICE_WITHOUT_TOOLS.error(type=type(choice).__struct_config__.tag)
    if not isinstance(choice, ChoiceAny | ChoiceTool):
        return
    if not model.forced_tool_choice:
        raise rules.CHOICE_FORCED.error()
    if isinstance(body.thinking, ThinkingEnabled):
        raise rules.CHOICE_FORCED_THINKING.error()
