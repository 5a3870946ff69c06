"""What a run of the checks found, by section."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

import rookery
from rookery.errors import APIError
from rookery.testing.conformance.check import Check, Failed, Skipped
from rookery.testing.conformance.target import Target

Outcome = Literal["passed", "failed", "skipped"]


class Result(NamedTuple):
    """The outcome of one check, and what was seen where it did not pass."""

    check: Check
    outcome: Outcome
    seen: str = ""


class Report(NamedTuple):
    """All results, in the order of the checks."""

    target: Target
    results: list[Result]

    @property
    def failed(self) -> list[Result]:
        """The results that are failures."""
        return [result for result in self.results if result.outcome == "failed"]

    def counts(self) -> dict[str, dict[Outcome, int]]:
        """Return how many checks of each section had which outcome."""
        found: dict[str, dict[Outcome, int]] = {}
        for result in self.results:
            row = found.setdefault(result.check.section, {"passed": 0, "failed": 0, "skipped": 0})
            row[result.outcome] += 1
        return found

    def plain(self) -> dict[str, Any]:
        """Return the report as plain data, for JSON. The key is not part of it."""
        traffic = self.target.traffic
        return {
            "kit": rookery.__version__,
            "url": self.target.url,
            "model": self.target.model,
            "version": self.target.version,
            "cost": {
                "requests": traffic.requests,
                "input_tokens": traffic.input_tokens,
                "output_tokens": traffic.output_tokens,
            },
            "sections": self.counts(),
            "results": [
                {
                    "section": result.check.section,
                    "check": result.check.name,
                    "claim": result.check.claim,
                    "source": result.check.source,
                    "outcome": result.outcome,
                    "seen": result.seen,
                }
                for result in self.results
            ],
        }


def run(
    target: Target, checks: Iterable[Check], tell: Callable[[Result], None] | None = None
) -> Report:
    """Run the checks one after the other; `tell` hears of each result as it comes."""
    results = []
    for check in checks:
        outcome, seen = _run(target, check)
        result = Result(check, outcome, seen.replace(target.key, "<key>") if target.key else seen)
        results.append(result)
        if tell is not None:
            tell(result)
    return Report(target, results)


def _run(target: Target, check: Check) -> tuple[Outcome, str]:
    try:
        check.run(target)
    except Skipped as reason:
        return "skipped", str(reason)
    except Failed as error:
        return "failed", str(error)
    except APIError as error:  # the connection broke
        return "failed", error.message
    except Exception as error:  # noqa: BLE001 - an answer of a shape that the check did not foresee
        return "failed", f"the answer could not be read: {error!r:.200}"
    return "passed", ""
