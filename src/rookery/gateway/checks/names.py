"""The names under which the tools of a request can be spoken of."""

from __future__ import annotations

from typing import Any

from rookery.gateway.checks.toolsets import TOOLSETS

_ALSO_RUN_CODE = ("web_search_2026", "web_fetch_2026")
"""Web tools whose results code filters: the calls of code are in the conversation too."""


class Names:
    """Names of tools. Those of MCP servers are not known, so with one any name may be right."""

    __slots__ = ("_known", "_open")

    def __init__(self, tools: list[dict[str, Any]] | None) -> None:
        self._known: set[str] = set()
        self._open = False
        for tool in tools or ():
            kind = tool.get("type")
            if name := tool.get("name"):
                self._known.add(name)
            if kind is not None:
                self._of_type(kind)

    def _of_type(self, kind: str) -> None:
        if toolset := TOOLSETS.get(kind):
            self._known |= {toolset.name, *toolset.tools}
        elif kind == "mcp_toolset":
            self._open = True
        elif kind.startswith(_ALSO_RUN_CODE):
            self._known.add("code_execution")

    def __contains__(self, name: str) -> bool:
        return self._open or name in self._known

    def knows(self, name: str) -> bool:
        """Whether this is the name of a tool that the request defines."""
        return name in self._known

    def add(self, name: str) -> None:
        """Take the name of one more tool."""
        self._known.add(name)
