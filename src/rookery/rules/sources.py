"""Sources that many rows have, for `Rule.where`."""

from __future__ import annotations

ISSUES = "github.com/anthropics/claude-code/issues/"
CLIENT = "official Python client 2.12.0, the documentation of the code"
ADAPTER = "github.com/kangminlee-maker/local-OAuth-CLI-API-adapter: the API asked on "
UNTRACED = "public clients quote it; where was not noted"
"""Of rows whose source is still to be found again."""
