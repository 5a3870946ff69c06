"""What a project brings along, taken over by the agent of a command, and told on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from rookery.cli.making import default_tools
from rookery.cli.options import Options

if TYPE_CHECKING:
    from rookery.project.project import Project

_STYLES = {"used": "dim", "ignored": "dim", "problem": "yellow"}


class Brought(Struct, frozen=True):
    """The arguments of an agent, and what its tasks mean."""

    arguments: dict[str, Any]
    project: Project | None = None

    def task(self, content: Any) -> Any:
        """Return a task as it is meant: `/name` is a skill of the project."""
        if self.project is None:
            return content
        if isinstance(content, str):
            return self.project.task(content)
        return [*content[:-1], {**content[-1], "text": self.project.task(content[-1]["text"])}]


@contextmanager
def bringing(options: Options, given: dict[str, Any], console: Console | None) -> Iterator[Brought]:
    """Give the arguments with what the project adds, where one is wanted.

    What was found in it goes to `console`; its MCP servers run as long as the block. Raises
    AgentError.
    """
    if not (options.project or options.trust_project):
        yield Brought(given)
        return
    from rookery.project.project import Project  # noqa: PLC0415 -- only who has one pays for it
    from rookery.tools.mcp.servers import McpServers  # noqa: PLC0415

    project = Project(options.workspace or ".", trusted=options.trust_project)
    if console is not None:
        for note in project.notes:
            said = Text(f"project: {note.kind} {note}", _STYLES[note.kind])
            console.print(said, soft_wrap=True)
    tools = given.get("tools", default_tools())
    if not project.servers:
        yield Brought(project.arguments(**{**given, "tools": tools}), project)
        return
    with McpServers(*project.servers) as servers:
        tools = [*tools, *servers.tools]
        yield Brought(project.arguments(**{**given, "tools": tools}), project)
