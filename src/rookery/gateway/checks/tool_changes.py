"""Tools that system messages add and remove: each is one that is defined, by its own name."""

from __future__ import annotations

from rookery.gateway.checks.names import Names
from rookery.rules import context as rules
from rookery.wire.context import ChangedTool, DefinedTool, ToolAddition, ToolRemoval


def check_tool_change(block: ToolAddition | ToolRemoval, names: Names, at: str) -> None:
    """Check a change against the tools that are defined before it; it may define one more."""
    changed = block.tool
    if isinstance(changed, DefinedTool):
        name = changed.definition.get("name", "")
        if names.knows(name):
            raise rules.TOOL_CHANGE_CONFLICT.error(at, name=name)
        names.add(name)
    elif isinstance(changed, ChangedTool) and changed.name not in names:
        raise rules.TOOL_CHANGE_UNRESOLVED.error(at, name=changed.name)
