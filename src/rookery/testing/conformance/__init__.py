"""Does a server speak the Claude API? Checks that can be aimed at any address and key.

    report = conformance.run("http://127.0.0.1:8420", "sk-...", model="claude-haiku-4-5")
    assert not report.failed

`rookery conformance URL` is the same as a command. The checks look at what any model's answer must
have, never at its words, so they hold for the API itself and for whatever claims to be like it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rookery.testing.conformance import report as reports
from rookery.testing.conformance.check import CHECKS, Check
from rookery.testing.conformance.preflight import preflight
from rookery.testing.conformance.report import Report, Result
from rookery.testing.conformance.sections import SECTIONS, Section
from rookery.testing.conformance.target import Target
from rookery.wire.versions import LATEST

DEFAULT_MODEL = "claude-haiku-4-5"

__all__ = [
    "CHECKS",
    "DEFAULT_MODEL",
    "SECTIONS",
    "Check",
    "Report",
    "Result",
    "Section",
    "Target",
    "chosen",
    "run",
]


def chosen(only: Sequence[str] = ()) -> list[Check]:
    """Return the checks of the sections in `only`, of all where it is empty."""
    return [check for check in CHECKS if not only or check.section in only]


def run(
    url: str,
    key: str,
    *,
    model: str = DEFAULT_MODEL,
    version: str = LATEST,
    only: Sequence[str] = (),
    tell: Callable[[Result], None] | None = None,
    verify: bool = True,
    large: bool = False,
) -> Report:
    """Run the checks of the sections in `only` (all, where it is empty) against a server.

    `sections.SECTIONS` says what they cost. `version` is that of the requests whose check needs
    no other; `tell` hears of each result as it comes; `verify` false takes any TLS certificate;
    `large` adds what sends more than 1 MB. Raises ConnectionFailedError, AuthenticationError or
    NotFoundError where no check could pass (`preflight`).
    """
    target = Target(url, key, model, version=version, verify=verify, large=large)
    preflight(target)
    return reports.run(target, chosen(only), tell)
