"""Which model is chosen, and by what."""

from __future__ import annotations

from pathlib import Path

import pytest

from rookery import Agent, Catalog, choose_model
from rookery.agent.choose import complexity_of
from rookery.errors import AgentError
from rookery.providers.scripted.provider import ScriptedProvider
from tests.agent.common import MODEL, agent, sent

LINES = {"simple": "haiku", "medium": "sonnet", "complex": "opus", "whatever": "opus", "": "opus"}


@pytest.mark.parametrize(("word", "line"), LINES.items())
def test_a_word_means_the_newest_model_of_a_line(word: str, line: str) -> None:
    catalog = Catalog.builtin()
    chosen = catalog.get(choose_model(word))
    assert chosen.line == line
    assert chosen.created_at == max(m.created_at for m in catalog.models() if m.line == line)


@pytest.mark.parametrize(
    ("task", "word"),
    [
        ("Translate 'good morning' to French.", "simple"),
        ("What is 2 + 2?", "simple"),
        ("Summarize " + "this long text " * 20, "medium"),
        ("Write a limerick about ducks.", "medium"),
        ("Find the root cause of the outage.", "complex"),
        ("Analyze this codebase for performance issues", "complex"),
        ("word " * 600, "complex"),
    ],
)
def test_a_task_is_judged_by_its_words(task: str, word: str) -> None:
    assert complexity_of(task) == word
    assert choose_model(task=task) == choose_model(word)


def test_a_complexity_goes_before_the_task() -> None:
    assert choose_model("simple", task="Find the root cause.") == choose_model("simple")


def test_the_rule_may_be_another() -> None:
    assert choose_model(task="Find the root cause.", rule=lambda _: "simple") == choose_model(
        "simple"
    )


def test_without_anything_nothing_is_chosen() -> None:
    with pytest.raises(AgentError, match="by a complexity, or by a task"):
        choose_model()


def test_a_catalog_without_the_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("")
    empty = Catalog.from_files(tmp_path / "own.toml", builtin=False)
    with pytest.raises(AgentError, match="no active model of the line haiku"):
        choose_model("simple", catalog=empty)


def test_auto_chooses_for_each_task() -> None:
    provider = ScriptedProvider.of("Bonjour", "The disk was full.", "Nice.")
    worker = Agent("auto", provider=provider)
    worker.run("Translate 'hello' to French.")
    assert sent(provider)["model"] == choose_model("simple")
    worker.run("Investigate the outage.")
    assert sent(provider)["model"] == choose_model("complex")
    worker.run([{"type": "text", "text": "Write a limerick."}])
    assert sent(provider)["model"] == choose_model("medium")


def test_a_function_chooses() -> None:
    provider = ScriptedProvider.of("one", "two")
    worker = Agent(lambda task: MODEL if "short" in task else "claude-opus-5-5", provider=provider)
    worker.run("A short one.")
    assert sent(provider)["model"] == MODEL
    worker.run("Another.")
    assert sent(provider)["model"] == "claude-opus-5-5"


def test_a_function_that_chooses_nothing_is_told() -> None:
    worker, _ = agent("hello")
    worker.model = lambda _: None  # type: ignore[assignment, return-value]
    with pytest.raises(AgentError, match="The model must be a name"):
        worker.run("Hello?")
