"""A request for each rule that the API refuses requests by, and what it must get: `CASES`.

They are sent to rookery by the project's tests, and to any server by the section `refusals`.
A file for each family of `rookery.rules`, of the same name.
"""

from __future__ import annotations

from importlib import import_module

from rookery.rules.table import FAMILIES
from rookery.testing.conformance.refusals.case import Case

CASES: list[Case] = [
    case
    for family in FAMILIES
    for case in import_module(f"{__name__}.{family.__name__.rpartition('.')[2]}").CASES
]
"""In the order of the table."""
