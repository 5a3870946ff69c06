"""todo: the steps of a task, and how far they are."""

from __future__ import annotations

import threading
from typing import Annotated, Literal, TypedDict

from msgspec import Meta, Struct

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.function import tool

MAX_ITEMS = 100
_CHARACTERS = 300

Status = Literal["pending", "in_progress", "completed"]

_MARKS: dict[Status, str] = {"pending": "[ ]", "in_progress": "[>]", "completed": "[x]"}


class TodoItem(TypedDict, total=False):
    """A new step (without id), or what changes in one."""

    text: Annotated[str, Meta(description="What to do; needed for a new step")]
    status: Annotated[Status, Meta(description="pending where a new step has none")]
    id: Annotated[int, Meta(description="The number of the step to change")]


class TodoStep(Struct):
    """A step of the list."""

    text: str
    status: Status


class TodoList:
    """The steps of a run by their ids, which count from 1."""

    def __init__(self) -> None:
        """Start with none."""
        self.steps: dict[int, TodoStep] = {}
        self._lock = threading.Lock()

    def update(self, items: list[TodoItem], *, replace: bool = False) -> str:
        """Apply all changes or, with a ToolError, none; return the list as text."""
        with self._lock:
            steps = (
                {} if replace else {i: TodoStep(s.text, s.status) for i, s in self.steps.items()}
            )
            for item in items:
                _apply(steps, item)
            if len(steps) > MAX_ITEMS:
                raise ToolError(f"A list has at most {MAX_ITEMS} steps.")
            self.steps = steps
            return str(self)

    def reminder(self) -> str:
        """Return the list while there are steps to do."""
        is_open = any(step.status != "completed" for step in self.steps.values())
        return f"The list of steps, as todo has it:\n{self}" if is_open else ""

    def __str__(self) -> str:
        if not self.steps:
            return "(no steps)"
        done = sum(step.status == "completed" for step in self.steps.values())
        lines = [f"{_MARKS[step.status]} {i} {step.text}" for i, step in self.steps.items()]
        return "\n".join([*lines, f"({done} of {len(lines)} completed)"])


@tool(read_only=True)
def todo(
    items: Annotated[
        list[TodoItem] | None, "New steps, and changes; without, show the list"
    ] = None,
    *,
    replace: Annotated[bool, "Start a new list with these steps"] = False,
) -> str:
    """Update the list of steps for this task. Use it for work of several steps: add them first,
    set one to in_progress before it is begun and to completed when it is done.
    """
    return current_context().state.of(TodoList).update(items or [], replace=replace)


def _apply(steps: dict[int, TodoStep], item: TodoItem) -> None:
    text = " ".join(item.get("text", "").split())[:_CHARACTERS]
    number = item.get("id")
    if number is None:
        if not text:
            raise ToolError("A new step needs a text; to change one, give its id.")
        steps[max(steps, default=0) + 1] = TodoStep(text, item.get("status", "pending"))
        return
    step = steps.get(number)
    if step is None:
        known = ", ".join(map(str, steps)) or "none"
        raise ToolError(f"There is no step {number}. Steps: {known}.")
    if not text and "status" not in item:
        raise ToolError(f"Step {number}: give the status or the text that it is to have.")
    step.text = text or step.text
    step.status = item.get("status", step.status)
