"""Rules on what keeps a conversation short, and on tools that come and go in it."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import CLIENT, ISSUES, UNTRACED

_COMPACTION = 'docs: "Compaction"'

EDIT_UNSUPPORTED = Rule(
    "edit_unsupported",
    "'{model}' does not support the `{edit}` strategy.",
    "own",
    f'{_COMPACTION}, "Compatibility"; docs: "Context editing"',
)
CLEAR_THINKING_OFF = Rule(
    "clear_thinking_off",
    "`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive",
    "seen",
    f"{ISSUES}11971, of 2025, without adaptive thinking",
)
CLEAR_THINKING_FIRST = Rule(
    "clear_thinking_first",
    "`clear_thinking_20251015` must be the first of the edits",
    "own",
    'docs: "Context editing", "Combining strategies"',
)
TASK_BUDGET_LEAST = Rule(
    "task_budget_least",
    "output_config.task_budget.total: Input should be greater than or equal to {least}",
    "own",
    'docs: "Task budgets"; the words are those for fields',
)

# --- compaction on request -------------------------------------------------------------------

COMPACTION_WITH = Rule(
    "compaction_with",
    "compaction: cannot be combined with {what}",
    "own",
    f'{_COMPACTION}, "Limits and interactions with other features"',
)
COMPACTION_NOTHING = Rule(
    "compaction_nothing",
    "compaction: there is no `user` or `assistant` content to summarize",
    "own",
    CLIENT,
    code="compaction_nothing_to_summarize",
)
COMPACTION_INCOMPLETE = Rule(
    "compaction_incomplete",
    "compaction: the conversation ends on an `assistant` turn that is not finished; send the "
    "results of its tools first",
    "own",
    CLIENT,
    code="compaction_incomplete_turn",
)
COMPACTION_MISPLACED = Rule(
    "compaction_misplaced",
    "`compaction` block must be sent first, in place of the messages it summarizes; remove those "
    "messages",
    "seen",
    UNTRACED,
    code="compaction_block_misplaced",
)
COMPACTION_AMBIGUOUS = Rule(
    "compaction_ambiguous",
    "only one `compaction` block with content may be sent: the one that was returned last",
    "own",
    CLIENT,
    code="compaction_block_ambiguous",
)

# --- tools that come and go ------------------------------------------------------------------

TOOL_CHANGE_UNRESOLVED = Rule(
    "tool_change_unresolved",
    "the tool '{name}' is not defined at this position",
    "own",
    CLIENT,
    code="tool_reference_unresolved",
)
TOOL_CHANGE_CONFLICT = Rule(
    "tool_change_conflict",
    "the name '{name}' is that of another available tool",
    "own",
    CLIENT,
    code="tool_name_conflict",
)
