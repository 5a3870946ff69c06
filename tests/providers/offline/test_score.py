"""The engine's score on paraphrased requests; docs/offline.md states the same numbers."""

from __future__ import annotations

from pathlib import Path

from tests.providers.offline.heldout import HELD_OUT
from tests.providers.offline.kit import KIT
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


def test_the_documentation_states_the_score() -> None:
    result = score(HELD_OUT, KIT)
    row = f"| held out | {len(HELD_OUT)} | {result.right} | {len(result.wrong)} |"
    assert row in DOCS.read_text()
