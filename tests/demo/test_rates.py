"""How often the tool names what was planted, over seeds that nobody has seen before."""

from __future__ import annotations

import random
import re
from pathlib import Path

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
        # Every kind meets the drawn seeds equally often, and each of the first few seeds twice.
        for step in (0, 3) if index < len(FIXED) else (0,):
            kind = CAUSES[(index + step) % len(CAUSES)].kind
            folder = tmp_path / f"{seed}-{kind}"
            planted = write_incident(folder, seed=seed, kind=kind)
            said = conclusion(folder)
            if not planted.is_named_in(said):
                missed.append((seed, kind, said))
    assert len(missed) <= 0.05 * (len(seeds) + len(FIXED)), missed


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
            if len("".join(run)) >= 5:
                assert not re.search(rf"\b{phrase}\b", source), run
