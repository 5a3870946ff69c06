"""Measures what a check of a command costs: `python -m bench.policy`.

Milliseconds of one core for each everyday line of the tests under the developer's policy, the
quickest of several calls; the target is a median of 0.2.
"""

from __future__ import annotations

import time
from statistics import median

from tests.policy.lines import EVERYDAY

from rookery.policy.command import CommandPolicy

CALLS = 20


def quickest(policy: CommandPolicy, line: str) -> float:
    """Return the milliseconds of the quickest check."""
    found = []
    for _ in range(CALLS):
        start = time.perf_counter()
        policy.check(line)
        found.append(time.perf_counter() - start)
    return min(found) * 1000


def main() -> None:
    """Measure and print."""
    policy = CommandPolicy.developer()
    policy.check("ls")  # loads the grammar
    found = sorted(quickest(policy, line) for line in EVERYDAY)
    print(f"{len(found)} lines: median {median(found):.3f} ms, slowest {found[-1]:.3f} ms")


if __name__ == "__main__":
    main()
