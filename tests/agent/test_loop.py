"""The loop without I/O: whatever the model replies, the history is a valid request."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.agent.loop import (
    INTERRUPTED,
    Answer,
    CallModel,
    CallTools,
    Finish,
    Run,
    ToolCall,
    tool_calls,
)
from rookery.wire.messages import Message
from rookery.wire.usage import Usage
from tests.agent.common import is_valid


def reply(*content: dict[str, Any], stop_reason: str = "end_turn") -> Message:
    return Message(
        id="msg_1", model="m", content=list(content), stop_reason=stop_reason, usage=Usage()
    )


def text(words: str = "hello") -> dict[str, Any]:
    return {"type": "text", "text": words}


def use(number: int = 1) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": "add", "input": {"a": number}}


def started(**settings: Any) -> Run:
    run = Run(**settings)
    assert run.begin("Do it.") == CallModel(1)
    return run


def test_a_text_ends_the_run() -> None:
    run = started()
    assert run.replied(reply(text())) == Finish("end_turn")
    assert run.messages[1] == {"role": "assistant", "content": [text()]}


def test_tool_calls_are_answered_in_one_message() -> None:
    run = started()
    effect = run.replied(reply(text(), use(1), use(2), stop_reason="tool_use"))
    assert isinstance(effect, CallTools)
    assert [call.id for call in effect.calls] == ["toolu_1", "toolu_2"]
    assert run.answered([Answer(call, "3") for call in effect.calls]) == CallModel(2)
    assert [block["tool_use_id"] for block in run.messages[-1]["content"]] == ["toolu_1", "toolu_2"]
    assert "is_error" not in run.messages[-1]["content"][0]


def test_a_call_enters_the_history_only_with_its_result() -> None:
    run = started()
    run.replied(reply(use(), stop_reason="tool_use"))
    assert run.messages == [{"role": "user", "content": "Do it."}]


def test_an_interrupted_run_keeps_what_was_answered() -> None:
    run = started()
    effect = run.replied(reply(use(1), use(2), stop_reason="tool_use"))
    assert isinstance(effect, CallTools)
    run.interrupted([Answer(effect.calls[1], "done")])
    results = run.messages[-1]["content"]
    assert [block["content"] for block in results] == [INTERRUPTED, "done"]
    assert results[0]["is_error"] is True
    assert is_valid(run.messages)


def test_interrupting_a_run_without_calls_changes_nothing() -> None:
    run = started()
    run.interrupted()
    assert len(run.messages) == 1


def test_a_call_cut_off_by_max_tokens_leaves_the_history() -> None:
    run = started()
    assert run.replied(reply(text(), use(), stop_reason="max_tokens")) == Finish("max_tokens")
    assert run.messages[-1]["content"] == [text()]


def test_a_reply_without_content_leaves_no_empty_message() -> None:
    run = started()
    assert run.replied(reply()) == Finish("end_turn")
    assert is_valid(run.messages)


def test_a_paused_turn_is_continued() -> None:
    run = started()
    assert run.replied(reply(text(), stop_reason="pause_turn")) == CallModel(2)


@pytest.mark.parametrize(
    ("wire", "ours"),
    [
        ("stop_sequence", "end_turn"),
        ("model_context_window_exceeded", "context_window"),
        ("refusal", "refusal"),
        ("max_tokens", "max_tokens"),
    ],
)
def test_the_reasons_to_stop(wire: str, ours: str) -> None:
    assert started().replied(reply(text(), stop_reason=wire)) == Finish(ours)


def test_the_limit_of_turns_ends_the_run_with_a_valid_history() -> None:
    run = started(max_turns=1)
    effect = run.replied(reply(use(), stop_reason="tool_use"))
    assert isinstance(effect, CallTools)
    assert run.answered([Answer(effect.calls[0], "3")]) == Finish("max_turns")
    assert is_valid(run.messages)


def test_an_answer_without_a_call_is_refused() -> None:
    with pytest.raises(RuntimeError):
        started().answered([Answer(ToolCall("toolu_1", "add", {}), "3")])


replies = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["text", "use", "other"]), max_size=4),
        st.sampled_from(["end_turn", "tool_use", "max_tokens", "pause_turn", "refusal", None]),
        st.booleans(),
    ),
    max_size=8,
)


@given(replies)
def test_the_history_is_valid_at_every_moment(
    script: list[tuple[list[str], str | None, bool]],
) -> None:
    run = started(max_turns=6)
    number = 0
    for kinds, stop_reason, interrupt in script:
        content = []
        for kind in kinds:
            number += 1
            content.append({"text": text(), "use": use(number)}.get(kind, {"type": "new"}))
        effect = run.replied(
            Message(id="m", model="m", content=content, stop_reason=stop_reason, usage=Usage())
        )
        assert is_valid(run.messages)
        if isinstance(effect, CallTools):
            answers = [Answer(call, "ok") for call in effect.calls]
            if interrupt:
                run.interrupted(answers[:1])
                assert is_valid(run.messages)
                return
            effect = run.answered(answers)
        assert is_valid(run.messages)
        if isinstance(effect, Finish):
            return


def test_only_client_tools_are_called() -> None:
    server_tool = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web", "input": {}}
    assert [call.id for call in tool_calls([server_tool, use(1)])] == ["toolu_1"]


def test_calls_of_the_api_in_a_paused_turn_that_is_left_are_left_out() -> None:
    open_call = {"type": "server_tool_use", "id": "srvtoolu_2", "name": "web_search", "input": {}}
    done_call = {**open_call, "id": "srvtoolu_1"}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    said: list[Any] = [text(), done_call, found, open_call]
    left: list[dict[str, Any]] = [
        {"role": "user", "content": "Search."},
        {"role": "assistant", "content": said},
        {"role": "assistant", "content": [{**open_call, "id": "srvtoolu_3"}]},
    ]
    run = Run([*left])
    run.begin("Something else.")
    assert [message["role"] for message in run.messages] == ["user", "assistant", "user"]
    assert run.messages[1]["content"] == [text(), done_call, found]
    assert left[1]["content"] == said, "the caller's history is as it was"
