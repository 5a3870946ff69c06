"""The engine's score on paraphrased requests; docs/offline.md states the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.offline.heldout import HELD_OUT
from tests.providers.offline.kit import KIT
from tests.providers.offline.paraphrases import KNOWN, NEW, NEW_TOOLS
from tests.providers.offline.score import score
from tests.providers.offline.tuning import TUNING

DOCS = Path(__file__).parents[3] / "docs" / "offline.md"


def test_what_it_was_tuned_on_stays_right() -> None:
    result = score(TUNING, KIT)
    assert (result.wrong, result.unanswered) == ([], [])


def test_held_out_requests_reach_the_floor() -> None:
    result = score(HELD_OUT, KIT)
    assert result.right >= 30, (result.wrong, result.unanswered)
    assert len(result.wrong) <= 2, result.wrong


SCORED = {
    "held out": (HELD_OUT, KIT),
    "paraphrases, the same tools": (KNOWN, KIT),
    "paraphrases, tools never seen": (NEW, NEW_TOOLS),
}


@pytest.mark.parametrize("name", SCORED)
def test_the_documentation_states_the_score(name: str) -> None:
    cases, tools = SCORED[name]
    result = score(cases, tools)
    counts = (len(cases), result.right, len(result.wrong), len(result.unanswered))
    row = f"| {name} | {' | '.join(map(str, counts))} |"
    assert row in DOCS.read_text(encoding="utf-8")


def test_the_paraphrases_are_many_and_no_other_case() -> None:
    prompts = [prompt for prompt, _ in [*KNOWN, *NEW]]
    assert len(set(prompts)) == len(prompts) >= 40
    assert not set(prompts) & {prompt for prompt, _ in [*HELD_OUT, *TUNING]}
