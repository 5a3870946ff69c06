"""The command line of scripts/compat."""

from __future__ import annotations

import argparse
import sys

from tests.compat.suite.expected import FILE, deviations, dump, faults_of, load, proposed
from tests.compat.suite.report import figures, table, write
from tests.compat.suite.run import SuiteError, run


def main() -> int:
    """Run the suite and say how it went; 0 where all is as listed."""
    parser = argparse.ArgumentParser(prog="scripts/compat", description=__doc__)
    parser.add_argument(
        "--update", action="store_true", help="write what is met to expected.toml and docs"
    )
    update = parser.parse_args().update
    rows = load()
    try:
        outcomes = run()
    except SuiteError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return 2
    if update:
        rows = proposed(outcomes, rows)
        FILE.write_text(dump(rows), encoding="utf-8")
        write(table(figures(outcomes, rows)))
    wrong = [*faults_of(rows), *deviations(outcomes, rows)]
    for deviation in wrong:
        sys.stdout.write(f"DEVIATION {deviation}\n")
    sys.stdout.write(table(figures(outcomes, rows)) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
