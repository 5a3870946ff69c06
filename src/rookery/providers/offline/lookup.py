"""A search of the caller's own texts, for a question that names no tool."""

from __future__ import annotations

from rookery.providers.offline.candidates import pattern
from rookery.providers.offline.choose import Plan
from rookery.providers.offline.fill import fill
from rookery.providers.offline.phrases import keywords
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.values import Passage
from rookery.providers.offline.words import stem


def fallback(tools: list[Tool], task: str, system: str) -> Plan | None:
    """Return a search of the caller's own files for a question that names no tool."""
    if not all(tool.acts or tool.reads_files or _is_general(tool) for tool in tools):
        return None
    for tool in tools:
        wanted = {stem(word) for word in ("pattern", "query", "regex", "keyword", "search")}
        required = [param for param in tool.params if param.required]
        searches = [p for p in required if p.words & wanted and len(p.path) == 1]
        others = [p for p in required if p not in searches and p != tool.path_param]
        if tool.acts or not searches or others or not _is_general(tool):
            continue
        filling = fill(tool, Passage(task), Passage(system))
        words = keywords(task, tool.name_stems)
        if filling.missing or not words:
            continue
        # A question names no phrase to look for: any of its words may be in the answer.
        wanted_text = {searches[0].path[-1]: pattern(words, searches[0])}
        return Plan(tool, ({**filling.input, **wanted_text},), (), task, 1.0)
    return None


def _is_general(tool: Tool) -> bool:
    """Whether a search is over texts, not over one kind of thing."""
    texts = {
        stem(word)
        for word in [
            "file",
            "files",
            "document",
            "docs",
            "text",
            "line",
            "knowledge",
            "folder",
            "notes",
            "wiki",
        ]
    }
    return tool.path_param is not None or bool(texts & set(tool.words))
