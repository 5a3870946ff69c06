"""The checks by section: one file each, in the order of a report."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple


class Section(NamedTuple):
    """What a section is about, and what it costs: rounded up, on a model of few words."""

    about: str
    requests: int
    tokens: int
    """Input and output together."""


SECTIONS: dict[str, Section] = {
    "transport": Section("keys, versions, headers, paths, bodies that are no request", 40, 2_000),
    "messages": Section("the message, its usage, the fields that shape it", 40, 3_000),
    "versions": Section("what differs between the versions of the API", 10, 1_000),
    "streams": Section("server-sent events and their grammar", 15, 2_000),
    "tools": Section("calls, results, choices", 30, 20_000),
    "thinking": Section("thinking, effort, structured output", 20, 10_000),
    "counting": Section("count_tokens", 30, 5_000),
    "media": Section("images, documents, citations, search results", 20, 10_000),
    "caching": Section("prompt caching and its diagnostics", 50, 300_000),
    "threads": Section("message threads (beta)", 15, 2_000),
    "models": Section("the list of models", 25, 0),
    "refusals": Section("what is refused, rule by rule", 350, 5_000),
}

for _name in SECTIONS:  # each adds its checks to `check.CHECKS`
    import_module(f"{__name__}.{_name}")
