"""Sets of tools: which of their tools are offered, and whether they are deferred.

platform.claude.com, "Tool reference", "Client toolsets"; "Browser use tool" says which tools are
off where nothing is said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rookery.rules import tools as rules
from rookery.wire.toolsets import BrowserConfigs, ComputerConfigs


class Toolset(NamedTuple):
    """A set: the name that no other tool may have beside it, and its tools."""

    name: str
    tools: frozenset[str]
    off: frozenset[str] = frozenset()
    """The tools that are off where nothing is said of them."""


TOOLSETS: dict[str, Toolset] = {
    "computer_toolset_20260801": Toolset("computer", frozenset(ComputerConfigs.__struct_fields__)),
    "browser_toolset_20260801": Toolset(
        "browser",
        frozenset(BrowserConfigs.__struct_fields__),
        frozenset(("file_upload", "javascript_exec", "read_console", "read_network")),
    ),
}


def is_deferred(tool: dict[str, Any]) -> bool:
    """Whether a set is deferred: its tools are all, or none."""
    return any(config.get("defer_loading") for config in _offered(tool).values())


def check_toolset(tool: dict[str, Any], path: str) -> None:
    """Check the configuration of a set."""
    offered = _offered(tool)
    if not offered:
        raise rules.TOOLSET_DISABLED.error(path)
    if len({bool(config.get("defer_loading")) for config in offered.values()}) > 1:
        raise rules.TOOLSET_DEFERRED.error(path)


def _offered(tool: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tools that are on, with their configuration."""
    toolset = TOOLSETS[tool["type"]]
    configs = tool.get("configs") or {}
    found = {name: configs.get(name) or {} for name in toolset.tools}
    return {
        name: config
        for name, config in found.items()
        if config.get("enabled", name not in toolset.off)
    }
