from __future__ import annotations

from typing import Any

from rookery.tools import ToolContext, Workspace, todo
from tests.tools.conftest import Call


async def listed(call: Call, *items: dict[str, Any], **options: Any) -> str:
    result = await call(todo, items=list(items), **options)
    assert not result.is_error, result.content
    return str(result.content)


async def test_steps_are_added_changed_and_shown(call: Call) -> None:
    assert await listed(call) == "(no steps)"
    await listed(call, {"text": "Read\nthe  logs"}, {"text": "Report", "status": "pending"})
    assert (
        await listed(
            call,
            {"id": 1, "status": "completed"},
            {"id": 2, "status": "in_progress"},
            {"text": "Rest"},
        )
        == "[x] 1 Read the logs\n[>] 2 Report\n[ ] 3 Rest\n(1 of 3 completed)"
    )
    assert (await call(todo)).content == await listed(call)
    assert await listed(call, {"id": 3, "text": "Sleep"}) == (
        "[x] 1 Read the logs\n[>] 2 Report\n[ ] 3 Sleep\n(1 of 3 completed)"
    )
    assert await listed(call, {"text": "Anew"}, replace=True) == "[ ] 1 Anew\n(0 of 1 completed)"


async def test_all_changes_are_made_or_none(call: Call) -> None:
    await listed(call, {"text": "One"})
    for items, message in BAD:
        result = await call(todo, items=items)
        assert result.is_error
        assert result.content == message
    assert await listed(call) == "[ ] 1 One\n(0 of 1 completed)"


BAD: list[tuple[list[dict[str, Any]], str]] = [
    ([{"id": 1, "status": "completed"}, {"id": 7, "text": "x"}], "There is no step 7. Steps: 1."),
    (
        [{"text": "Two"}, {"status": "pending"}],
        "A new step needs a text; to change one, give its id.",
    ),
    ([{"id": 1}], "Step 1: give the status or the text that it is to have."),
    ([{"id": 1, "state": "completed"}], "items[0].state: unknown field"),
    ([{"text": "x"}] * 100, "A list has at most 100 steps."),
    ([{"text": "x", "status": "done"}], 'items[0].status: expected one of the enum, got "done"'),
]


async def test_each_run_has_its_own_list(call: Call) -> None:
    await listed(call, {"text": "One"})
    other = ToolContext(Workspace("."))
    assert (await todo.call({}, other)).content == "(no steps)"


def test_as_a_function_it_keeps_a_list_of_the_process() -> None:
    assert todo([{"text": "One"}], replace=True) == "[ ] 1 One\n(0 of 1 completed)"
    assert todo() == "[ ] 1 One\n(0 of 1 completed)"
    assert todo(replace=True) == "(no steps)"
