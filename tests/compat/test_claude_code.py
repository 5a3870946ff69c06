"""Claude Code, the program, without its screen: nothing that it sends is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.messages import Request
from tests.compat.claude_code import (
    JSON,
    SCENARIOS,
    Run,
    Scenario,
    environment_home,
    run,
    run_command,
    script,
)
from tests.compat.environments import HERE
from tests.compat.shapes import MODELS, outline, recorded, request_shape

pytestmark = pytest.mark.compat

DONE = {"reply": "Done."}

Ran = tuple[Run, list[Request]]
"""What came of a run, and the requests for messages."""
Start = Callable[..., Ran]
Play = Callable[[str], Ran]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Runs a scenario to its end, in a folder of its own."""

    def starting(scenario: Scenario, *arguments: str, **environment: str) -> Ran:
        home = tmp_path_factory.mktemp("claude")
        provider = ScriptedProvider(script(scenario, home))
        ran = run(scenario, provider, home, *arguments, **environment)
        return ran, list(provider.requests)

    return starting


@pytest.fixture(scope="module")
def play(start: Start) -> Play:
    """Runs each scenario once, as it is."""
    return cache(lambda name: start(SCENARIOS[name]))


def results(requests: list[Request]) -> list[dict[str, Any]]:
    """Return the tool results of the last request of a conversation."""
    blocks = [
        block
        for message in requests[-1].plain["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
    ]
    return [block for block in blocks if block["type"] == "tool_result"]


def prompt_tokens(usage: dict[str, Any]) -> int:
    """Return the tokens of the prompt; Claude Code caches nearly all of it."""
    kinds = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(usage[kind] for kind in kinds)


def assert_well(ran: Run) -> None:
    assert ran.code == 0, ran.output + ran.errors
    assert [(one.path, one.answer) for one in ran.refused] == []
    assert ran.result["is_error"] is False
    assert ran.result["api_error_status"] is None
    assert prompt_tokens(ran.result["usage"]) > 1000  # its own prompt and tools are long
    assert ran.result["usage"]["output_tokens"] > 0


@pytest.mark.parametrize("model", MODELS)
def test_a_prompt_is_answered(start: Start, model: str) -> None:
    ran, requests = start(SCENARIOS["hello"], "--model", model)
    assert_well(ran)
    assert ran.result["result"] == "Hello there."
    assert [request.envelope.model for request in requests] == [model]
    assert [name for name in ran.result["modelUsage"] if name.startswith(model)]


def test_a_command_runs_and_its_output_goes_back(play: Play) -> None:
    ran, requests = play("bash")
    assert_well(ran)
    assert [one["content"] for one in results(requests)] == ["rook-42"]


def test_the_second_request_reads_what_the_first_has_cached(play: Play) -> None:
    ran, _ = play("bash")
    (usage,) = ran.result["modelUsage"].values()
    assert usage["cacheReadInputTokens"] > usage["cacheCreationInputTokens"] / 2 > 0


def test_a_file_is_read_and_its_text_goes_back(play: Play) -> None:
    ran, requests = play("read")
    assert_well(ran)
    assert ["xyzzy" in one["content"] for one in results(requests)] == [True]


@pytest.mark.parametrize(("name", "kind"), [("picture", "image"), ("paper", "document")])
def test_pictures_and_papers_go_back(play: Play, name: str, kind: str) -> None:
    ran, requests = play(name)
    assert_well(ran)
    assert [one["content"][-1]["type"] for one in results(requests)] == [kind]


def test_two_calls_with_thinking_are_answered_at_once(play: Play) -> None:
    ran, requests = play("parallel")
    assert_well(ran)
    assert [one.get("is_error") for one in results(requests)] == [False, True]
    turn = next(m for m in requests[-1].plain["messages"] if m["role"] == "assistant")
    assert turn["content"][0] == {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}


def test_an_answer_has_the_structure_that_was_asked_for(play: Play) -> None:
    ran, _ = play("structured")
    assert_well(ran)
    assert ran.result["structured_output"] == {"answer": 42}


@pytest.mark.parametrize("name", ["deferred", "web search", "subagent"])
def test_its_other_ways_to_work_are_taken(play: Play, name: str) -> None:
    ran, requests = play(name)
    assert_well(ran)
    assert len(requests) >= 2


def test_the_first_event_has_the_tokens_of_the_prompt(play: Play) -> None:
    ran, _ = play("events")
    assert_well(ran)
    events = [json.loads(line) for line in ran.output.splitlines()]
    usage = next(one["message"]["usage"] for one in events if one["type"] == "assistant")
    assert prompt_tokens(usage) > 1000


def test_its_context_meter_counts(play: Play) -> None:
    ran, requests = play("context")
    assert ran.code == 0, ran.errors
    assert ran.refused == []
    assert not requests
    assert len(ran.passed) > 5
    assert all("count_tokens" in one.path for one in ran.passed)
    shown = re.search(r"Tokens:\W*([\d.]+)k / ", ran.output)
    assert shown is not None, ran.output
    assert float(shown[1]) > 1


def test_with_its_other_traffic_on_nothing_fails(start: Start) -> None:
    ran, _ = start(SCENARIOS["hello"], CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="")
    assert ran.code == 0
    assert ran.result["result"] == "Hello there."
    assert [one.path for one in ran.refused if one.status not in {404, 405}] == []


def test_it_tries_again_where_the_server_is_overloaded(start: Start) -> None:
    busy = {"match": {"call": 1}, "reply": {"error": {"type": "overloaded_error"}}}
    ran, requests = start(Scenario("say hello", JSON, (busy,)))
    assert ran.result["result"] == "Hello there."
    assert [one.status for one in ran.refused] == [529]
    assert len(requests) == 2


def test_it_says_that_the_key_is_wrong(start: Start) -> None:
    ran, requests = start(SCENARIOS["hello"], ANTHROPIC_API_KEY="sk-rookery-other")
    assert ran.code != 0
    assert ran.result["api_error_status"] == 401
    assert "key" in ran.result["result"]
    assert not requests


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_it_sends_is_in_the_file_of_shapes(play: Play, name: str) -> None:
    known = {line for shape in recorded() for line in outline(shape["body"])}
    ran, _ = play(name)
    sent = {line for one in ran.passed for line in outline(request_shape(one)["body"])}
    assert sent - known == set(), "python -m tests.compat.shapes writes the file anew"


def test_the_agent_sdk_runs_a_tool_of_its_own_process(tmp_path: Path) -> None:
    call = {"tool": {"name": "mcp__sums__add", "input": {"a": 3, "b": 4}}}
    provider = ScriptedProvider({"rules": [{"match": {"text": "add"}, "reply": call}, DONE]})
    python = environment_home() / "bin" / "python"
    ran = run_command([str(python), str(HERE / "agent_sdk_session.py")], provider, tmp_path)
    assert ran.code == 0, ran.errors
    assert ran.refused == []
    seen = ran.result
    assert (seen["calls"], seen["result"], seen["error"]) == (["mcp__sums__add"], "Done.", False)
    assert prompt_tokens(seen["usage"]) > 100
    assert "sum 7" in json.dumps(results(list(provider.requests)))
