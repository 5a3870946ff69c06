"""What keeps a conversation short: edits of the context, compaction, budgets of tasks."""

from __future__ import annotations

from rookery.catalog.model import Model
from rookery.emulation.thinking import mode
from rookery.providers.base import Call
from rookery.rules import context as rules
from rookery.wire.blocks import ServerToolUse, ToolUse
from rookery.wire.context import ClearThinking, Compaction, CompactionConfig
from rookery.wire.kinds import tag
from rookery.wire.messages import CountRequest, MessagesRequest
from rookery.wire.tools import ChoiceAny, ChoiceTool

LEAST_TASK_BUDGET = 20_000


def check_context_management(body: CountRequest, model: Model, call: Call) -> None:
    """Check the edits."""
    edits = (body.context_management.edits if body.context_management is not None else None) or []
    for index, edit in enumerate(edits):
        kind = tag(type(edit))
        if f"context_management.{kind}" not in model.features:
            raise rules.EDIT_UNSUPPORTED.error(model=model.id, edit=kind)
        if isinstance(edit, ClearThinking):
            if mode(body, model) not in ("adaptive", "enabled"):
                raise rules.CLEAR_THINKING_OFF.error()
            if index:
                raise rules.CLEAR_THINKING_FIRST.error(f"context_management.edits.{index}")


def check_task_budget(body: CountRequest, model: Model, call: Call) -> None:
    """Check `output_config.task_budget`."""
    budget = body.output_config.task_budget if body.output_config is not None else None
    if budget is not None and budget.total < LEAST_TASK_BUDGET:
        raise rules.TASK_BUDGET_LEAST.error(least=LEAST_TASK_BUDGET)


def check_compaction(body: CountRequest, model: Model, call: Call) -> None:
    """Check a request for a summary, before its messages are read."""
    if not isinstance(body, MessagesRequest) or not isinstance(body.compaction, CompactionConfig):
        return
    if all(message.role == "system" or not message.content for message in body.messages):
        raise rules.COMPACTION_NOTHING.error()
    last = body.messages[-1]
    if last.role == "assistant" and isinstance(last.blocks[-1], ToolUse | ServerToolUse):
        raise rules.COMPACTION_INCOMPLETE.error()
    output = body.output_config
    excluded = {
        "context_management": body.context_management is not None,
        "stop_sequences": bool(body.stop_sequences),
        "a tool_choice that forces tool use": isinstance(body.tool_choice, ChoiceAny | ChoiceTool),
        "output_config.format": output is not None and output.format is not None,
        "output_config.task_budget.remaining": (
            output is not None
            and output.task_budget is not None
            and output.task_budget.remaining is not None
        ),
    }
    for what, given in excluded.items():
        if given:
            raise rules.COMPACTION_WITH.error(what=what)


class Summaries:
    """The signed summaries of a conversation: one at most, in place of what it summarizes.

    A summary without a signature is of the other kind, which follows what it summarizes.
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found = False

    def take(self, block: Compaction, index: int, position: int) -> None:
        """Take a block of summary."""
        if block.signature is None or block.content is None:
            return
        at = f"messages.{index}.content.{position}"
        if self._found:
            raise rules.COMPACTION_AMBIGUOUS.error(at)
        if index or position:
            raise rules.COMPACTION_MISPLACED.error(at)
        self._found = True
