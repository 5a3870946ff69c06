"""The tools of the demo, as a run calls them: in a workspace."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path

from rookery.demo.timeline import log_timeline
from rookery.tools import ToolContext, Workspace
from rookery.tools.base import CONTEXT


def report(folder: Path, path: str = ".", tool: Callable[[str], str] = log_timeline) -> str:
    """Return what a tool says about a path in the workspace `folder`."""

    def call() -> str:
        CONTEXT.set(ToolContext(Workspace(folder)))
        return tool(path)

    return copy_context().run(call)
