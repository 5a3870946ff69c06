"""Cases of `rookery.rules.context`."""

from __future__ import annotations

from typing import Any

from rookery.rules import context
from rookery.testing.conformance.refusals.case import (
    LATEST_MODEL,
    Case,
    assistant,
    call,
    message,
    system,
    text,
    tool,
    user,
)

EDITS = "context-management-2025-06-27"
SUMMARIZE = "compact-2026-09-04"
CHANGES = "mid-conversation-tool-changes-2026-07-01,inline-tools-2026-09-15"
CLEAR_THINKING = {"type": "clear_thinking_20251015"}
CLEAR_TOOLS = {"type": "clear_tool_uses_20250919"}


def edited(*edits: dict[str, Any], **fields: Any) -> Any:
    return message(context_management={"edits": list(edits)}, **fields)


def summarized(**fields: Any) -> Any:
    return message(**{"model": LATEST_MODEL, "compaction": {"type": "summarize"}, **fields})


def summary(words: str = "so") -> dict[str, Any]:
    return {"type": "compaction", "content": words, "signature": "sig"}


def changed(*blocks: dict[str, Any]) -> Any:
    turns = [user("hi"), system(*blocks), assistant("a"), user("b")]
    return message(model=LATEST_MODEL, tools=[tool()], messages=turns)


def refused(what: str, **fields: Any) -> Case:
    return Case(
        context.COMPACTION_WITH,
        f"compaction: cannot be combined with {what}",
        summarized(**fields),
        betas=f"{SUMMARIZE},{EDITS},task-budgets-2026-03-13",
    )


CASES = [
    Case(
        context.EDIT_UNSUPPORTED,
        "'claude-haiku-4-5-20251001' does not support the `compact_20260112` strategy.",
        edited({"type": "compact_20260112"}),
        betas=f"{EDITS},compact-2026-01-12",
    ),
    Case(
        context.CLEAR_THINKING_OFF,
        "`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive",
        edited(CLEAR_THINKING),
        betas=EDITS,
    ),
    Case(
        context.CLEAR_THINKING_OFF,
        "`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive",
        edited(CLEAR_THINKING, model="claude-opus-5", thinking={"type": "disabled"}),
        betas=EDITS,
    ),
    Case(
        context.CLEAR_THINKING_FIRST,
        "context_management.edits.1: `clear_thinking_20251015` must be the first of the edits",
        edited(CLEAR_TOOLS, CLEAR_THINKING, model=LATEST_MODEL),
        betas=EDITS,
    ),
    Case(
        context.TASK_BUDGET_LEAST,
        "output_config.task_budget.total: Input should be greater than or equal to 20000",
        message(
            model=LATEST_MODEL, output_config={"task_budget": {"type": "tokens", "total": 19_999}}
        ),
        betas="task-budgets-2026-03-13",
    ),
    refused("context_management", context_management={"edits": [CLEAR_TOOLS]}),
    refused("stop_sequences", stop_sequences=["x"]),
    refused(
        "a tool_choice that forces tool use",
        model="claude-opus-5",
        tools=[tool()],
        tool_choice={"type": "any"},
    ),
    refused(
        "output_config.format",
        output_config={
            "format": {
                "type": "json_schema",
                "schema": {"type": "object", "additionalProperties": False},
            }
        },
    ),
    refused(
        "output_config.task_budget.remaining",
        output_config={"task_budget": {"type": "tokens", "total": 20_000, "remaining": 1}},
    ),
    *(
        Case(
            context.COMPACTION_NOTHING,
            "compaction: there is no `user` or `assistant` content to summarize",
            summarized(messages=given),
            betas=SUMMARIZE,
        )
        for given in ([], [system("a")])
    ),
    Case(
        context.COMPACTION_INCOMPLETE,
        "compaction: the conversation ends on an `assistant` turn that is not finished; send the "
        "results of its tools first",
        summarized(messages=[user("hi"), assistant(call("a"))]),
        betas=SUMMARIZE,
    ),
    Case(
        context.COMPACTION_MISPLACED,
        "messages.1.content.0: `compaction` block must be sent first, in place of the messages it "
        "summarizes; remove those messages",
        message(model=LATEST_MODEL, messages=[user("hi"), assistant(summary()), user("b")]),
        betas=SUMMARIZE,
    ),
    Case(
        context.COMPACTION_AMBIGUOUS,
        "messages.1.content.0: only one `compaction` block with content may be sent: the one that "
        "was returned last",
        message(
            model=LATEST_MODEL,
            messages=[assistant(summary()), user(summary("again"), text("b"))],
        ),
        betas=SUMMARIZE,
    ),
    *(
        Case(
            context.TOOL_CHANGE_UNRESOLVED,
            "messages.1.content.0: the tool 'find' is not defined at this position",
            changed({"type": kind, "tool": {"type": "tool_reference", "name": "find"}}),
            betas=CHANGES,
        )
        for kind in ("tool_addition", "tool_removal")
    ),
    Case(
        context.TOOL_CHANGE_CONFLICT,
        "messages.1.content.0: the name 'look' is that of another available tool",
        changed(
            {
                "type": "tool_addition",
                "tool": {"type": "tool_definition", "definition": tool()},
            }
        ),
        betas=CHANGES,
    ),
]
