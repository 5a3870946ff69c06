from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from rookery.tools import Tool, ToolContext, ToolResult, Workspace

Write = Callable[[str, str | bytes], Path]
Call = Callable[..., Coroutine[Any, Any, ToolResult]]

quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""For properties: the machine may be slow, the test must not be."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a workspace; next to it there is room for what must stay out of reach."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def context(root: Path) -> ToolContext:
    return ToolContext(Workspace(root))


@pytest.fixture
def write(root: Path) -> Write:
    def write(path: str, content: str | bytes) -> Path:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


@pytest.fixture
def call(context: ToolContext) -> Call:
    """Call a tool in the workspace, with its input as keyword arguments."""

    async def call(tool: Tool, **values: Any) -> ToolResult:
        return await tool.call(values, context)

    return call
