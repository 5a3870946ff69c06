"""The checks by section: one file each, in the order of a report."""

from __future__ import annotations

from importlib import import_module

SECTIONS = (
    "transport",
    "messages",
    "streams",
    "tools",
    "thinking",
    "counting",
    "caching",
    "threads",
    "models",
)

for _name in SECTIONS:  # each adds its checks to `check.CHECKS`
    import_module(f"{__name__}.{_name}")
