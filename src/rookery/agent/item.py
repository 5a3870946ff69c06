"""What came of one of many tasks."""

from __future__ import annotations

from typing import Any, Generic

from msgspec import Struct

from rookery.agent.output import T
from rookery.agent.result import Result
from rookery.errors import RunError


class Item(Struct, Generic[T], frozen=True, kw_only=True):
    """One task of a map, with its result or with what went wrong."""

    index: int
    """The place of the task, from 0."""
    task: Any
    """As it was given."""
    result: Result[T] | None = None
    error: Exception | None = None
    """Why there is no result; a RunError has what was reached in its `result`."""
    stored: bool = False
    """Whether the result is one that an earlier call has kept."""

    @property
    def stop_reason(self) -> str:
        """That of the result; `error` where there is none."""
        return "error" if self.result is None else self.result.stop_reason

    @property
    def is_run(self) -> bool:
        """Whether its run began: not where the budget had nothing for it, or it is no task."""
        return bool(self.result.steps) if self.result else isinstance(self.error, RunError)

    def __repr__(self) -> str:
        """Return a short form."""
        found = repr(self.error) if self.result is None else repr(self.result)
        return f"Item({self.index}, {self.task!r:.60}, {found})"
