"""What of the Messages API needs a beta header, and what a version of the API took away.

One table. Without one of its headers a field is answered as if it did not exist (`Extra inputs
are not permitted`), a kind of block or tool is none of the expected tags, a value none of the
choices. What left beta is not in the table. A header that is not in it changes nothing: the API
refuses it, rookery does not (docs/server.md).

Sources: the beta namespace of the official client 2.12.0 and its list of headers; the pages of
platform.claude.com on each feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from rookery.rules.types import EXTRA_FIELD, FIELD_REQUIRED
from rookery.wire import apitools, blocks, context, kinds, mcp, messages, results
from rookery.wire.content import InputBlock
from rookery.wire.faults import Fault, Hidden, Path, faults
from rookery.wire.messages import NO_CONTENT, CountRequest, InputMessage, MessagesRequest
from rookery.wire.tools import Definition, ToolDefinition
from rookery.wire.versions import V2023, V2026


class Gate(NamedTuple):
    """One row: any of `betas` opens a struct, a field of it, or one value of that field."""

    betas: tuple[str, ...]
    of: type[Struct]
    field: str = ""
    value: str = ""


THREADS = "message-threads-2026-08-12"
_CLEAR = ("context-management-2025-06-27",)
_COMPACT = ("compact-2026-01-12",)
_SUMMARIZE = ("compact-2026-09-04",)
_MCP_OLD = ("mcp-client-2025-04-04",)
_MCP_LISTING = ("mcp-client-2026-09-15",)
_MCP_TOOLSET = ("mcp-client-2025-11-20", *_MCP_LISTING)
_MCP = (*_MCP_OLD, *_MCP_TOOLSET)
_FALLBACK = ("server-side-fallback-2026-06-01", "server-side-fallback-2026-07-01")
_CREDIT = ("fallback-credit-2026-06-01", "fallback-credit-2026-07-01")
_TOOL_CHANGES = ("mid-conversation-tool-changes-2026-07-01", "inline-tools-2026-09-15")
_ADVISOR = ("advisor-tool-2026-03-01",)
_UPDATES = ("thinking-display-updates-2026-08-18",)
_BINDING = ("thinking-binding-controls-2026-08-01",)
_PER_TURN = (
    "mid-conversation-output-config-2026-07-01",
    "per-turn-control-2026-07-01",  # what Claude Code 2.1.330 calls it
)
_COMPUTER_2024 = ("computer-use-2024-10-22",)
_PROFILES = ("user-profiles-2026-03-24", "user-profiles-2026-08-18", "user-profiles-2026-09-04")

GATES: tuple[Gate, ...] = (
    Gate((*_CLEAR, *_COMPACT), CountRequest, "context_management"),
    Gate(_CLEAR, context.ClearToolUses),
    Gate(_CLEAR, context.ClearThinking),
    Gate(_COMPACT, context.Compact),
    Gate(_SUMMARIZE, CountRequest, "compaction"),
    Gate((*_COMPACT, *_SUMMARIZE), context.Compaction),
    Gate(_MCP, CountRequest, "mcp_servers"),
    Gate(_MCP_OLD, mcp.McpServer, "tool_configuration"),
    Gate(_MCP, blocks.McpToolUse),
    Gate(_MCP, blocks.McpToolResult),
    Gate(_MCP_TOOLSET, mcp.McpToolset),
    Gate(_MCP_LISTING, mcp.McpToolset, "tools"),
    Gate(_MCP_LISTING, mcp.McpToolListing),
    Gate(_FALLBACK, MessagesRequest, "fallbacks"),
    Gate(_FALLBACK, blocks.FallbackBlock),
    Gate(_CREDIT, MessagesRequest, "fallback_credit_token"),
    Gate((THREADS,), MessagesRequest, "thread"),
    Gate(("user-profiles-billing-2026-10-01",), CountRequest, "billing_policy"),
    Gate(_PROFILES, MessagesRequest, "user_profile_id"),
    Gate(("structured-outputs-2025-11-13",), CountRequest, "output_format"),
    Gate(("task-budgets-2026-03-13",), messages.OutputConfig, "task_budget"),
    Gate(_UPDATES, messages.ThinkingAdaptive, "display", "updates"),
    Gate(_UPDATES, messages.ThinkingEnabled, "display", "updates"),
    Gate(_BINDING, messages.ThinkingAdaptive, "block_binding"),
    Gate(_BINDING, messages.ThinkingEnabled, "block_binding"),
    Gate(("mid-conversation-system-clear-at-2026-08-21",), InputMessage, "clear_at"),
    Gate(_PER_TURN, InputMessage, "output_config"),
    Gate(_TOOL_CHANGES, context.ToolAddition),
    Gate(_TOOL_CHANGES, context.ToolRemoval),
    Gate(("inline-tools-2026-09-15",), context.DefinedTool),
    Gate(_ADVISOR, apitools.Advisor),
    Gate(_ADVISOR, blocks.ServerToolUse, "name", "advisor"),
    Gate(_ADVISOR, results.AdvisorResult),
    Gate(_COMPUTER_2024, apitools.Computer20241022),
    Gate(_COMPUTER_2024, apitools.Bash20241022),
    Gate(_COMPUTER_2024, apitools.TextEditor20241022),
    Gate(("computer-use-2025-01-24",), apitools.Computer20250124),
    Gate(("computer-use-2025-11-24",), apitools.Computer20251124),
)

KNOWN = frozenset(beta for gate in GATES for beta in gate.betas)
"""Every header of the table."""

REMOVED = {V2023: (), V2026: ("temperature", "top_k", "top_p")}
"""Fields that a version of the API no longer has (platform.claude.com, "Migrating")."""


class Surface:
    """What a request may use, by its version and its beta headers."""

    def __init__(self, shut: Iterable[Gate] = (), version: str = V2023) -> None:
        """Shut these gates."""
        self._fields: dict[type[Struct], list[Gate]] = {}
        for gate in shut:
            self._fields.setdefault(gate.of, []).append(gate)
        self._top = [gate.field for kind in _REQUESTS for gate in self._fields.get(kind, ())]
        self._top += REMOVED.get(version, ())
        self._watched = frozenset([*self._fields, context.ToolAddition])
        self.hidden: Hidden = frozenset(
            [one for gate in shut for one in _hidden(gate)]
            + [(kind, name) for kind in _REQUESTS for name in self._top]
        )

    def fault(self, body: CountRequest, tools: Sequence[ToolDefinition]) -> Fault | None:
        """Return the first thing in a valid body that is not of this surface, or None."""
        return next(self._faults(body, tools), None)

    def _faults(self, body: CountRequest, tools: Sequence[ToolDefinition]) -> Iterator[Fault]:
        if not self._watched.isdisjoint(map(type, tools)):
            for index, tool in enumerate(tools):
                if self._uses(tool):
                    yield from self._walk(Definition, tool, ("tools", str(index)))
        for index, message in enumerate(body.messages):
            content = message.content
            if content.__class__ is not str and not self._watched.isdisjoint(map(type, content)):
                yield from self._blocks(message, index)
            if (
                content is NO_CONTENT
                or message.clear_at is not None
                or message.output_config is not None
            ):
                yield from self._directive(message, ("messages", str(index)))
        yield from self._fields_of(body)

    def _fields_of(self, body: CountRequest) -> Iterator[Fault]:
        for name in _NESTED:
            value = getattr(body, name, None) if name not in self._top else None
            if value is not None and any(map(self._uses, _structs(value))):
                yield from self._walk(_HINTS[name], value, (name,))
        for name in self._top:
            if getattr(body, name, None) is not None:
                yield Fault(EXTRA_FIELD, (name,))

    def _blocks(self, message: InputMessage, index: int) -> Iterator[Fault]:
        for position, block in enumerate(message.blocks):
            if block.__class__ in self._watched and self._uses(block):
                at = ("messages", str(index), "content", str(position))
                yield from self._walk(InputBlock, block, at)

    def _directive(self, message: InputMessage, at: Path) -> Iterator[Fault]:
        """Faults of a message without content, and of the fields that only a system message has."""
        if message.content is NO_CONTENT and message.output_config is None:
            yield Fault(FIELD_REQUIRED, (*at, "content"))
        for name in ("clear_at", "output_config"):
            if getattr(message, name) is not None:
                gates = self._fields.get(InputMessage, ())
                if message.role != "system" or any(gate.field == name for gate in gates):
                    yield Fault(EXTRA_FIELD, (*at, name))

    def _uses(self, value: Struct) -> bool:
        """Whether a struct is shut, or has a field, or a value of one, that is."""
        if isinstance(value, context.ToolAddition) and self._uses(value.tool):
            return True
        return any(
            not gate.field
            or ((found := getattr(value, gate.field)) is not None and gate.value in ("", found))
            for gate in self._fields.get(value.__class__, ())
        )

    def _walk(self, hint: Any, value: Any, at: Path) -> Iterator[Fault]:
        yield from faults(hint, msgspec.to_builtins(value), at, self.hidden, whole=True)


_REQUESTS = (CountRequest, MessagesRequest)
_HINTS = {field.name: field.type for field in kinds.fields(MessagesRequest)}
_NESTED = ("thinking", "output_config", "context_management", "mcp_servers", "fallbacks")
"""Fields with gates further inside."""


def _structs(value: Any) -> Iterator[Struct]:
    if isinstance(value, Struct):
        yield value
        for name in value.__struct_fields__:
            yield from _structs(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            yield from _structs(one)


def _hidden(gate: Gate) -> Iterator[object]:
    if not gate.field:
        yield gate.of
    elif not gate.value:
        yield gate.of, gate.field
    else:
        hint = next(f.type for f in kinds.fields(gate.of) if f.name == gate.field)
        yield from ((kind, gate.value) for kind in kinds.literals(hint))


@lru_cache(maxsize=64)
def _surface(version: str, betas: frozenset[str]) -> Surface:
    return Surface([gate for gate in GATES if betas.isdisjoint(gate.betas)], version)


def surface(version: str, betas: Iterable[str]) -> Surface:
    """Return what a request may use; headers that are not known open nothing."""
    return _surface(version, KNOWN.intersection(betas))


EVERYTHING = Surface()
"""All gates open, and all that was removed."""
