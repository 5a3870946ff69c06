"""Cache diagnostics, by platform.claude.com, "Cache diagnostics" (October 2026)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rookery.emulation import diagnosis
from rookery.emulation.diagnosis import HORIZON, Fingerprints
from tests.emulation.tiny import MARK, Api, Texts

TOOL = {"name": "look", "description": "d" * 99, "input_schema": {"type": "object"}}
OTHER = {**TOOL, "name": "find"}


@pytest.fixture
def api() -> Api:
    return Api()


def request() -> dict[str, Any]:
    return {
        "cache_control": MARK,
        "tools": [copy.deepcopy(TOOL), copy.deepcopy(OTHER)],
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        "messages": [
            {"role": "user", "content": "Summarize section 1."},
            {"role": "assistant", "content": [{"type": "text", "text": "It begins."}]},
            {"role": "user", "content": "Now summarize section 2."},
        ],
    }


def told(api: Api, body: dict[str, Any], before: str | None, **about: Any) -> Any:
    message = api.message({**body, "diagnostics": {"previous_message_id": before}}, **about)
    return message.id, message.diagnostics


def compared(api: Api, after: dict[str, Any], **about: Any) -> Any:
    """Return the reason that a request gets which names that of `request()`."""
    message_id, _ = told(api, request(), None)
    _, found = told(api, after, message_id, **about)
    return found


def kind(found: Any) -> Any:
    return found and found["cache_miss_reason"]["type"]


def test_the_first_turn_and_what_only_grows_have_nothing_to_tell(api: Api) -> None:
    body = request()
    message_id, found = told(api, body, None)
    assert found is None
    for words in ("It goes on.", "It ends."):
        body["messages"].append({"role": "assistant", "content": words})
        body["messages"].append({"role": "user", "content": "And then?"})
        message_id, found = told(api, body, message_id)
        assert found is None


def test_a_request_without_diagnostics_is_neither_told_nor_remembered(api: Api) -> None:
    """The object is what opts in."""
    message = api.message(request())
    assert message.diagnostics is None
    _, found = told(api, request(), message.id)
    assert kind(found) == "previous_message_not_found"
    assert len(api.emulator.fingerprints) == 1


CHANGES: dict[str, tuple[dict[str, Any], str | None]] = {
    "nothing": ({}, None),
    "what is no prompt": ({"max_tokens": 77, "cache_control": None, "stop_sequences": ["x"]}, None),
    "the model": ({"model": "old"}, "model_changed"),
    "speed": ({"speed": "fast"}, "model_changed"),
    "a tool": ({"tools": [TOOL]}, "tools_changed"),
    "the order of tools": ({"tools": [OTHER, TOOL]}, "tools_changed"),
    "one more tool": ({"tools": [TOOL, OTHER, {**TOOL, "name": "more"}]}, "tools_changed"),
    "all tools": ({"tools": []}, "tools_changed"),
    "system": ({"system": "Be brief, at 10:15."}, "system_changed"),
    "no system": ({"system": []}, "system_changed"),
    "tools and system": ({"tools": [OTHER], "system": "Be."}, "tools_changed"),
    "tool choice": ({"tool_choice": {"type": "any"}}, "unavailable"),
    "thinking": ({"thinking": {"type": "adaptive"}}, "unavailable"),
    "effort": ({"output_config": {"effort": "low"}}, "unavailable"),
    "the default effort": ({"output_config": {"effort": "high"}}, None),
    "context management": ({"context_management": {"edits": []}}, "unavailable"),
    "system and thinking": ({"system": "Be.", "thinking": {"type": "adaptive"}}, "system_changed"),
    "messages": ({"messages": [{"role": "user", "content": "Hello."}]}, "messages_changed"),
    "a part of the messages": ({"messages": request()["messages"][:1]}, "messages_changed"),
    "messages and thinking": ({"messages": [], "thinking": {"type": "adaptive"}}, "unavailable"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_difference_is_told(api: Api, change: str) -> None:
    changed, expected = CHANGES[change]
    assert kind(compared(api, {**request(), **changed})) == expected


def test_other_betas_make_it_unavailable(api: Api) -> None:
    assert kind(compared(api, request(), betas=["context-1m-2025-08-07"])) == "unavailable"


def test_marks_and_spelling_are_no_difference(api: Api) -> None:
    body = request()
    body["tools"][0]["cache_control"] = MARK
    body["system"][0]["cache_control"] = MARK
    text = body["messages"][0]["content"]
    body["messages"][0]["content"] = [{"type": "text", "text": text, "cache_control": MARK}]
    assert compared(api, body) is None


def test_the_tokens_from_the_difference_on_are_missed(api: Api) -> None:
    """ "Response format": a changed system prompt of 41,850 tokens."""
    make = Texts()
    body: dict[str, Any] = {
        "cache_control": MARK,
        "system": make(41_808),
        "messages": [{"role": "user", "content": make(42, opens=True)}],
    }
    message_id, _ = told(api, body, None)
    reason = {"type": "system_changed", "cache_missed_input_tokens": 41_850}
    _, found = told(api, {**body, "system": "y" + body["system"]}, message_id)
    assert found == {"cache_miss_reason": reason}
    changed = [{"role": "user", "content": "Other."}]
    _, found = told(api, {**body, "messages": changed}, message_id)
    assert found["cache_miss_reason"]["cache_missed_input_tokens"] == 42
    _, found = told(api, {**body, "model": "other"}, message_id)
    assert found["cache_miss_reason"]["cache_missed_input_tokens"] == 41_850


def test_it_is_the_comparison_of_requests_and_not_of_the_cache(api: Api) -> None:
    """ "Independent of whether the cache actually hit"."""
    message_id, _ = told(api, request(), None)
    api.clock.minutes(10)
    assert told(api, request(), message_id)[1] is None
    thought = {"type": "thinking", "thinking": "t" * 99, "signature": "s"}
    used = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    body: dict[str, Any] = {"model": "old", "messages": request()["messages"]}
    body["messages"] += [
        {"role": "assistant", "content": [thought, used]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]},
    ]
    message_id, _ = told(api, body, None)
    body["messages"].append({"role": "user", "content": "Go on."})  # loses the thinking
    assert told(api, body, message_id)[1] is None


def test_what_is_not_known_here_is_not_found(api: Api) -> None:
    message_id, _ = told(api, request(), None, workspace="a")
    unknown = told(api, request(), "msg_unknown", workspace="a")[1]
    assert unknown == {"cache_miss_reason": {"type": "previous_message_not_found"}}
    assert kind(told(api, request(), message_id, workspace="b")[1]) == "previous_message_not_found"
    assert told(api, request(), message_id, workspace="a")[1] is None
    api.clock.minutes(60)
    assert kind(told(api, request(), message_id, workspace="a")[1]) == "previous_message_not_found"


def test_a_request_whose_response_never_began_is_not_found(api: Api) -> None:
    turn = api.open({**request(), "diagnostics": {"previous_message_id": None}})
    assert kind(told(api, request(), turn.message_id)[1]) == "previous_message_not_found"


def test_a_difference_beyond_the_horizon_is_unavailable(api: Api) -> None:
    def talk(*last: str) -> dict[str, Any]:
        said = [f"line {n}" for n in range(HORIZON)] + list(last)
        content = [{"type": "text", "text": text} for text in said]
        return {"messages": [{"role": "user", "content": content}]}

    message_id, _ = told(api, talk("a"), None)
    assert kind(told(api, talk("b"), message_id)[1]) == "unavailable"
    message_id, _ = told(api, talk(), None)
    assert told(api, talk("b"), message_id)[1] is None


def test_only_so_many_requests_are_remembered(api: Api) -> None:
    turn = api.open({**request(), "diagnostics": {"previous_message_id": None}})
    assert turn.fingerprint is not None
    kept = Fingerprints(kept=3)
    for number in range(5):
        kept.add(f"msg_{number}", turn.fingerprint, number)
    assert len(kept) == 3
    assert kind(kept.diagnose("msg_1", turn.fingerprint, 5)) == "previous_message_not_found"
    assert kept.diagnose("msg_4", turn.fingerprint, 5) is None
    kept.add("msg_5", turn.fingerprint, diagnosis.SECONDS + 3)
    assert len(kept) == 2
