"""How often the tool names what was planted, over seeds that nobody has seen before."""

from __future__ import annotations

import ast
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rookery.demo import (
    causes,
    incident,
    kinds,
    logfiles,
    loglines,
    noise,
    queries,
    run,
    suspects,
    team,
    timeline,
    windows,
)
from rookery.demo.causes import CAUSES
from rookery.demo.incident import write_incident
from rookery.providers import offline
from tests.demo.asking import report
from tests.examples.running import EXAMPLES, PROGRAMS

FIXED = list(range(10))


def drawn(count: int) -> list[int]:
    return [random.SystemRandom().randrange(10**9) for _ in range(count)]


def conclusion(folder: Path) -> str:
    return report(folder).splitlines()[0]


def test_names_the_planted_cause(tmp_path: Path) -> None:
    seeds = [*FIXED, *drawn(30)]
    missed = []
    for index, seed in enumerate(seeds):
        kind = CAUSES[index % len(CAUSES)].kind
        folder = tmp_path / str(seed)
        planted = write_incident(folder, seed=seed, kind=kind)
        said = conclusion(folder)
        if not planted.is_named_in(said):
            missed.append((seed, kind, said))
    assert len(missed) <= 0.05 * len(seeds), missed


def test_says_none_found_where_nothing_is_planted(tmp_path: Path) -> None:
    seeds = [*FIXED, *drawn(20)]
    wrong = []
    for seed in seeds:
        folder = tmp_path / str(seed)
        planted = write_incident(folder, seed=seed, incident=False)
        said = conclusion(folder)
        if not planted.is_named_in(said):
            wrong.append((seed, said))
    assert len(wrong) <= 0.05 * len(seeds), wrong


def scrambled(text: str) -> str:
    """The same shape in words of no language."""
    return re.sub(r"(?<![{\w])[A-Za-z]{3,}(?![\w}])", lambda word: word[0][::-1].swapcase(), text)


def test_does_not_depend_on_the_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = 0
    for seed, cause in enumerate(CAUSES):
        lines = tuple(replace(line, text=scrambled(line.text)) for line in cause.lines)
        strange = replace(cause, lines=lines, local=cause.local and scrambled(cause.local))
        monkeypatch.setattr(incident, "cause_of", lambda _, strange=strange: strange)
        planted = write_incident(tmp_path / cause.kind, seed=seed, kind=cause.kind)
        assert scrambled(lines[0].text) == cause.lines[0].text != lines[0].text
        found += planted.is_named_in(conclusion(tmp_path / cause.kind))
    assert found == len(CAUSES)


def generated_texts() -> list[str]:
    texts = [*incident.NAMES, *incident.DATABASES, *(text for _, text in noise.HERRINGS)]
    texts += [text for rows in (noise.ROUTINE, noise.WARNINGS, noise.ERRORS) for _, text in rows]
    texts += [*noise.UPKEEP, *noise.DATABASE_ERRORS, *(text for text, _ in noise.STATEMENTS)]
    for cause in CAUSES:
        texts += [cause.kind, cause.summary, cause.change or "", cause.local or "", *cause.seen]
        for line in (*cause.lines, *cause.before):
            texts += [line.text, *line.trace]
    return texts


def example_texts() -> list[str]:
    """The prompts of the examples and of the demo's team, and what else they say."""
    sources = [EXAMPLES / f"{name}.py" for name in PROGRAMS]
    sources += [Path(str(module.__file__)) for module in (team, run)]
    texts = []
    for path in sources:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        own = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
        texts += [
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in own and len(words(node.value)) > 3
        ]
    return texts


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", re.sub(r"\{\w+\}", " ", text.lower()))


def phrases_in(source: str, texts: list[str]) -> set[str]:
    """Return the names, and runs of three words, of texts that stand in a source."""
    found, spaced = set(), f" {' '.join(words(source))} "
    for text in texts:
        said = words(text)
        for at in range(max(1, len(said) - 2)):
            run_of = said[at : at + 3]
            # Not "that it is".
            if max(map(len, run_of), default=0) >= 5 and f" {' '.join(run_of)} " in spaced:
                found.add(" ".join(run_of))
    return found


def test_the_analysis_knows_nothing_of_the_generator() -> None:
    modules = (kinds, logfiles, loglines, queries, suspects, timeline, windows)
    source = " ".join(Path(str(module.__file__)).read_text("utf-8") for module in modules).lower()
    for module in (causes, incident, noise):
        assert module.__name__ not in source
    assert phrases_in(source, generated_texts()) == set()


def test_the_engine_knows_nothing_of_the_generator_and_the_examples() -> None:
    files = Path(str(offline.__file__)).parent.glob("*.py")
    source = "\n".join(path.read_text("utf-8") for path in files).lower()
    assert phrases_in(source, ["picks tools by their words: which tools a task asks for"])
    assert phrases_in(source, generated_texts()) == set()
    assert "parse error logs, identify root cause" in " ".join(example_texts()).lower()
    assert phrases_in(source, example_texts()) == set()
