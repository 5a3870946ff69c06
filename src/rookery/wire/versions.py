"""Versions of the API, as in the `anthropic-version` header."""

from __future__ import annotations

V2023 = "2023-06-01"
V2026 = "2026-10-21"
VERSIONS = (V2023, V2026)
LATEST = VERSIONS[-1]
