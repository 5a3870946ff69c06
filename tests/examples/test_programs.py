"""Each example does what it is there for: without a key, and with one, nothing else changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rookery.demo.incident import write_incident
from rookery.emulation.images import PATCH
from tests.examples.running import (
    EXAMPLES,
    PROGRAMS,
    Program,
    has_sandbox,
    stand_in,
    with_key,
)

Make = Callable[[str], Program]
needs_sandbox = pytest.mark.skipif(not has_sandbox(), reason="no sandbox works here")


@pytest.fixture(params=["alone", "with a key"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(name: str) -> Program:
            if request.param == "alone":
                return Program(name, tmp_path, {})
            return stack.enter_context(with_key(name, tmp_path))

        yield make


def test_investment_tools_gives_the_figures(program: Make) -> None:
    assert program("investment_tools").run() == ["Return: $14,025.52", "AAPL price: $150.25"]


def test_streaming_shows_the_poem_and_its_tokens(program: Make) -> None:
    lines = program("streaming").run()
    assert lines[0] == "A mind of numbers, row on row,"
    assert lines[4:] == ["Total tokens: 46"]


def test_cost_tracking_has_the_keys_and_adds_up(program: Make) -> None:
    shown = "\n".join(program("cost_tracking").run())
    answer, brace, rest = shown.partition("\n{\n")
    told = json.loads(brace + rest)
    for place in ("src/api.py:15: ", "src/api.py:22: ", "src/database.py:19: "):
        assert place in answer
    assert {"total_input_tokens", "total_output_tokens", "total_cost", "steps"} <= told.keys()
    assert re.fullmatch(r"\$0\.\d{4}", told["total_cost"])
    steps = told["steps"]
    for step in steps:
        assert {"step", "tool", "input_tokens", "output_tokens", "cost"} <= step.keys()
    assert steps[0]["tool"] == "performance_issues"
    assert [step["step"] for step in steps] == [1, 2, 3]
    for kind in ("input_tokens", "output_tokens"):
        assert told[f"total_{kind}"] == sum(step[kind] for step in steps) > 0


QUESTIONS = {
    "How fast must a page be acknowledged?": ("people/on-call.md", "within 5 minutes"),
    "What does rolling back a deployment take?": ("architecture/deployments.md", "ship back"),
}


def test_knowledge_assistant_has_a_question_of_its_own(program: Make) -> None:
    [first] = program("knowledge_assistant").run()
    assert first.startswith("architecture/tenancy.md:7: Multi-tenant isolation is enforced by")


@pytest.mark.parametrize("question", QUESTIONS)
def test_knowledge_assistant_links_the_line_it_quotes(tmp_path: Path, question: str) -> None:
    handbook = EXAMPLES / "data" / "handbook"
    [first, *_] = Program("knowledge_assistant", tmp_path, {}).run(str(handbook), question)
    path, line, text = first.split(":", 2)
    source, words = QUESTIONS[question]
    assert (path, words in text) == (source, True)
    assert (handbook / path).read_text("utf-8").splitlines()[int(line) - 1] == text.strip()


@needs_sandbox
def test_safe_agent_refuses_what_is_behind_an_allowed_command(program: Make) -> None:
    safe = program("safe_agent")
    shown = "\n".join(safe.run())
    refused = "Command not allowed: git status; rm -rf / ("
    assert f"$ git status; rm -rf /\n{refused}" in shown
    assert re.search(r"\$ git status --short\n\?\? README.md\n\?\? src/\n\(exit status 0", shown)
    assert "Ran 0 tests" in shown
    assert (safe.shop / "src" / "auth.py").exists()


@needs_sandbox
def test_test_writer_writes_tests_that_pass(program: Make) -> None:
    writer = program("test_writer")
    shown = writer.run()
    assert shown[0] == "src/test_auth.py has 4 tests of src/auth.py, and all of them pass."
    called = [line.partition(": ")[2].partition(",")[0] for line in shown[1:5]]
    assert called == ["read_file", "write_file", "bash", "answer"]
    assert "Ran 4 tests" in unittests(writer.shop)
    assert shown[-1] == f"See {writer.shop / 'src' / 'test_auth.py'}"


def unittests(shop: Path) -> str:
    command = [sys.executable, "-m", "unittest", "discover", "-s", "src"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=True)
    return done.stderr


def test_code_review_session_goes_on_in_another_process(program: Make) -> None:
    review = program("code_review_session")
    first = review.run()
    assert "src/database.py:13: the customer is put into the SQL text" in "\n".join(first)
    assert first[-1] == "3 turns, 8 messages, saved to code_review_session.pkl"
    saved = json.loads((review.folder / "code_review_session.pkl").read_text("utf-8"))
    assert saved["rookery_session"] == 1
    second = review.run("resume")
    assert "src/api.py:15: time.sleep stops the event loop" in "\n".join(second)
    assert second[-1] == "4 turns, 12 messages"


WRITTEN = {"frontend": "web/Login.jsx", "backend": "src/login.py", "testing": "src/test_login.py"}


@needs_sandbox
def test_parallel_feature_is_built_by_three_at_the_same_time(program: Make) -> None:
    feature = program("parallel_feature")
    shown = feature.run()
    started = [shown.index(f"{name} started") for name in WRITTEN]
    ended = [
        next(at for at, line in enumerate(shown) if line.startswith(f"{name} ended: end_turn, $"))
        for name in WRITTEN
    ]
    assert max(started) < min(ended)
    for name, path in WRITTEN.items():
        assert f"{name} writes {path}" in shown
        assert (feature.shop / path).exists()
    assert "The form, the endpoint and its tests fit together; the tests pass." in shown
    assert "Ran 2 tests" in unittests(feature.shop)


def test_vision_counts_the_image(program: Make) -> None:
    shown = program("vision").run()
    assert shown[0].startswith("A login form: ")
    image = (EXAMPLES / "data" / "screenshot.png").read_bytes()
    width, height = (int.from_bytes(image[at : at + 4], "big") for at in (16, 20))
    tokens = -(-width // PATCH) * -(-height // PATCH)
    told = re.search(r"with those of the image: (\d+)$", shown[-1])
    assert told is not None
    assert tokens < int(told[1]) < tokens + 40


def test_smart_models_sends_each_task_to_its_model(program: Make) -> None:
    *rows, moved, saved = program("smart_models").run()
    lines = [re.search(r"claude-(\w+)-\S+ +\$([\d.]+)", row) for row in rows]
    models = [line[1] for line in lines if line]
    assert models == ["haiku", "haiku", "sonnet", "sonnet", "opus"]
    assert moved == "2 of 5 calls went to the small model."
    spent, large = (float(amount) for amount in re.findall(r"\$([\d.]+)", saved))
    assert 0 < spent < large
    assert spent == pytest.approx(sum(float(line[2]) for line in lines if line), abs=1e-5)


def test_incident_response_names_what_was_planted(program: Make, tmp_path: Path) -> None:
    planted = write_incident(tmp_path / "same", seed=3)
    shown = program("incident_response").run("3")
    started = [shown.index(f"{name} started") for name in ("logs", "database")]
    ended = [
        next(at for at, line in enumerate(shown) if line.startswith(f"{name} ended: end_turn, $"))
        for name in ("logs", "database")
    ]
    assert max(started) < min(ended)
    assert "logs calls log_timeline(incident/)" in shown
    assert "database calls query_timeline(incident/database/)" in shown
    cost = next(at for at, line in enumerate(shown) if line.startswith("Incident analyzed. "))
    assert re.fullmatch(r"Incident analyzed\. Cost: \$0\.\d{4}", shown[cost])
    assert shown[cost + 1].startswith("Likely root cause: ")
    assert planted.is_named_in(shown[cost + 1])
    assert planted.cause[0].text in shown[cost + 1]
    assert shown[-1] == f"Planted with seed 3: {planted.summary}"


def test_incident_response_reads_logs_of_ones_own(tmp_path: Path) -> None:
    planted = write_incident(tmp_path / "own", seed=7, kind="disk-full")
    shown = "\n".join(Program("incident_response", tmp_path, {}).run(str(tmp_path / "own")))
    assert planted.is_named_in(shown[shown.index("Likely root cause") :])
    calm = write_incident(tmp_path / "calm", seed=7, incident=False)
    shown = "\n".join(Program("incident_response", tmp_path, {}).run(str(tmp_path / "calm")))
    assert calm.is_named_in(shown[shown.index("No incident found") :])
    assert "Likely root cause" not in shown


def test_each_program_is_in_the_docs() -> None:
    page = (EXAMPLES.parent / "docs" / "examples.md").read_text("utf-8")
    for name in PROGRAMS:
        assert f"| [examples/{name}.py](../examples/{name}.py) | {stand_in(name)} | " in page
