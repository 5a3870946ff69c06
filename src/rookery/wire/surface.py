"""What of the Messages API a request may use: what its beta headers open and its version has.

msgspec takes everything; what is shut is found afterwards, among the typed parts of a valid body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from rookery.rules.types import EXTRA_FIELD, FIELD_REQUIRED
from rookery.wire import context, kinds
from rookery.wire.betas import GATES, KNOWN, REMOVED, Gate
from rookery.wire.content import InputBlock
from rookery.wire.faults import Fault, Hidden, Path, faults
from rookery.wire.messages import NO_CONTENT, CountRequest, InputMessage, MessagesRequest
from rookery.wire.tools import Definition, ToolDefinition
from rookery.wire.versions import V2023


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
