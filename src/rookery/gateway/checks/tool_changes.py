"""Tools that system messages add and remove: each is one that is defined, by its own name."""

from __future__ import annotations

from rookery.rules import context as rules
from rookery.wire.context import ChangedTool, DefinedTool, ToolAddition, ToolRemoval
from rookery.wire.messages import CountRequest


class ToolChanges:
    """The tools that are defined, at the position that is read."""

    __slots__ = ("_defined",)

    def __init__(self, body: CountRequest) -> None:
        self._defined = {name for tool in body.tools or () if (name := tool.get("name"))}

    def take(self, block: ToolAddition | ToolRemoval, at: str) -> None:
        """Take a change; tools of MCP servers are not known here."""
        changed = block.tool
        if isinstance(changed, DefinedTool):
            name = changed.definition.get("name", "")
            if name in self._defined:
                raise rules.TOOL_CHANGE_CONFLICT.error(at, name=name)
            self._defined.add(name)
        elif isinstance(changed, ChangedTool) and changed.name not in self._defined:
            raise rules.TOOL_CHANGE_UNRESOLVED.error(at, name=changed.name)
