"""How often the tool names what was planted, over seeds that nobody has seen before."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rookery.demo import causes, incident, kinds, loglines, noise, suspects, timeline, windows
from rookery.demo.causes import CAUSES
from rookery.demo.incident import write_incident
from rookery.demo.timeline import make_log_timeline

FIXED = list(range(10))


def drawn(count: int) -> list[int]:
    return [random.SystemRandom().randrange(10**9) for _ in range(count)]


def conclusion(folder: Path) -> str:
    return make_log_timeline(folder)(".").splitlines()[0]


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
    texts = [*incident.NAMES, *(text for _, text in noise.HERRINGS)]
    texts += [text for rows in (noise.ROUTINE, noise.WARNINGS, noise.ERRORS) for _, text in rows]
    for cause in CAUSES:
        texts += [cause.kind, cause.summary, cause.change or "", cause.local or "", *cause.seen]
        for line in (*cause.lines, *cause.before):
            texts += [line.text, *line.trace]
    return texts


def test_the_analysis_knows_nothing_of_the_generator() -> None:
    modules = (kinds, loglines, suspects, timeline, windows)
    source = " ".join(Path(str(module.__file__)).read_text("utf-8") for module in modules).lower()
    for module in (causes, incident, noise):
        assert module.__name__ not in source
    for text in generated_texts():
        said = re.findall(r"[a-z0-9_.]+", re.sub(r"\{\w+\}", " ", text.lower()))
        runs = [said[at : at + 3] for at in range(max(1, len(said) - 2))]
        for run in runs:
            phrase = r"[\s_-]+".join(map(re.escape, run))
            if max(map(len, run), default=0) >= 5:  # not "that it is"
                assert not re.search(rf"\b{phrase}\b", source), run
