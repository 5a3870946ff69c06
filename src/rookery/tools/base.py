"""What every tool is: a name, a schema, and a call that answers with content."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct, field

from rookery.errors import AgentError, ToolError
from rookery.policy.decision import Decision
from rookery.tools.state import State
from rookery.tools.workspace import Workspace

Content = str | list[dict[str, Any]]
"""What a tool_result block holds: text, or content blocks in wire form."""


def _ignore(text: str) -> None:
    """Drop a report of progress: nobody watches."""


NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class ToolContext(Struct, frozen=True):
    """What a call may know of the run it belongs to. More fields will come, all with defaults."""

    workspace: Workspace
    time_limit: float = 20.0
    """Seconds that a tool which can stop itself may take (grep, glob, list_dir)."""
    deps: Any = None
    """What the program gave the agent for its tools."""
    cancellation: threading.Event = field(default_factory=threading.Event)
    """Set when the call is over: cancelled, out of time, or answered. A blocking tool that takes
    long looks at it, or waits with it instead of sleeping."""
    progress: Callable[[str], None] = _ignore
    """Tell whoever watches the run how far the call is; from any thread."""
    state: State = field(default_factory=State)
    """What the tools of the run remember between calls."""
    read_before_write: bool = True
    """Whether write_file replaces only files whose content was read or written in the run."""

    output_limit: int = 40_000
    """Characters of an answer above which it goes to a file; the built-in tools say less."""
    decision: Decision | None = None
    """What allowed this call; its `line`, where there is one, is what to run in place of the text
    of a command. None: nothing decides about calls here."""
    folder: str | None = None
    """Where a command begins that was decided about; None: where the one before it has gone."""
    unread: tuple[str, ...] = ()
    """Regular expressions of absolute paths whose content a search leaves out."""
    permissions: Permitting | None = None
    """What decides about the tools that this call uses in turn, as plain functions."""
    sandbox: Any = "auto"
    """Where commands run: what `Agent(sandbox=...)` takes."""

    def demand_going_on(self) -> None:
        """Raise ToolError if the call is over: what nobody waits for any more changes nothing."""
        if self.cancellation.is_set():
            raise ToolError("The call was cancelled.")


class Permitting(Protocol):
    """Decides about tools that a tool calls as plain functions."""

    def permit(self, tool: Tool, given: Mapping[str, Any], context: ToolContext) -> ToolContext:
        """Return the context in which `tool` may run, called from the one in `context`.

        Blocks while somebody is asked. Raises ToolError with the reason why it may not.
        """
        ...

    async def apermit(
        self, tool: Tool, given: Mapping[str, Any], context: ToolContext
    ) -> ToolContext:
        """Return the context in which `tool` may run, called from the one in `context`.

        Raises ToolError with the reason why it may not.
        """
        ...


class ToolResult(Struct, frozen=True):
    """The answer of one call; with `is_error` the model is told that the call failed."""

    content: Content
    is_error: bool = False


@runtime_checkable
class Tool(Protocol):
    """Something that a model can call."""

    @property
    def name(self) -> str:
        """The name the model calls: letters, digits, `_` and `-`, at most 64."""
        ...

    @property
    def description(self) -> str:
        """What the tool does, for the model."""
        ...

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of the input, an object. Shared between calls: not to be changed."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether a call changes nothing outside itself, so that it may run beside others."""
        ...

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002 -- the wire's name
        """Do it. What goes wrong is a result with `is_error`; only cancellation is raised."""
        ...


CONTEXT: ContextVar[ToolContext] = ContextVar("rookery_tool_context")
_OUTSIDE = State()


def current_context() -> ToolContext:
    """Return the context of the tool call that is running.

    Outside of a call (a tool used as a plain function) it is a workspace in the current folder,
    where files are replaced unread; what tools remember is shared by the process.
    """
    return CONTEXT.get(None) or ToolContext(Workspace("."), state=_OUTSIDE, read_before_write=False)


def check_name(name: str) -> str:
    """Return `name` if the API takes it as a tool's name. Raises AgentError."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise AgentError(
            f"{name!r} cannot be the name of a tool: 1 to 64 letters, digits, '_' or '-'."
        )
    return name


def definition(tool: Tool) -> dict[str, Any]:
    """Return the wire form of a tool, as it stands in the `tools` of a request.

    Raises AgentError where the name, the description or the schema is not one the API takes.
    """
    name, description, schema = check_name(tool.name), tool.description, tool.input_schema
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise AgentError(f"The input schema of tool {name!r} is not of type object.")
    if not isinstance(description, str):
        raise AgentError(f"The description of tool {name!r} is not text.")
    described = {"description": description} if description else {}
    return {"name": name, **described, "input_schema": schema}
