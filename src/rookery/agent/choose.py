"""Which model suits a task: small work goes to a small model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from rookery.agent.loop import Content
from rookery.catalog.lookup import Catalog
from rookery.errors import AgentError
from rookery.gateway.meter import utc_now

Complexity = Literal["simple", "medium", "complex"]

LINES = {"simple": "haiku", "medium": "sonnet"}
"""The line of models for each complexity; for any other word it is the large one."""
LARGE = "opus"

SHORT = 40
"""Words of a task that may be simple."""
LONG = 600
"""Words from which on a task is complex, whatever they are."""

_HARD = re.compile(
    r"\b(?:analy[sz]e|architect(?:ure)?|audit|debug|design|diagnose|implement|incident"
    r"|investigate|migrate|optimi[sz]e|plan|prove|reason|refactor|research|review|root cause"
    r"|security|strategy|trade-?offs?)\b",
    re.IGNORECASE,
)
_EASY = re.compile(
    r"\b(?:classify|categori[sz]e|convert|count|extract|find|format|label|list|lookup|look up"
    r"|rephrase|say|sort|spell|summari[sz]e|tag|tell|translate|what (?:is|are)|when|where|who)\b",
    re.IGNORECASE,
)


def complexity_of(task: str) -> Complexity:
    """Judge a task by its English words. A rule of thumb, to begin with before usage is known.

    Complex: it has 600 words or more, or one of analyze, architecture, audit, debug, design,
    diagnose, implement, incident, investigate, migrate, optimize, plan, prove, reason, refactor,
    research, review, root cause, security, strategy, trade-off. Simple: else, with at most 40
    words, one of which is classify, categorize, convert, count, extract, find, format, label,
    list, look up, rephrase, say, sort, spell, summarize, tag, tell, translate, what is, when,
    where, who. Medium: all others.
    """
    words = len(task.split())
    if words >= LONG or _HARD.search(task):
        return "complex"
    return "simple" if words <= SHORT and _EASY.search(task) else "medium"


def choose_model(
    complexity: str | None = None,
    *,
    task: str | None = None,
    rule: Callable[[str], str] = complexity_of,
    catalog: Catalog | None = None,
) -> str:
    """Return the id of the model for work that is "simple", "medium" or "complex".

    It is the newest active one of the lines Haiku, Sonnet and Opus; an unknown word means the
    large model. Without a complexity, `rule` judges the text of the task. Raises AgentError where
    there is neither, and where the catalog has no model of that line.
    """
    if complexity is None and task is None:
        raise AgentError("A model is chosen by a complexity, or by a task.")
    word = complexity if complexity is not None else rule(task or "")
    line = LINES.get(word, LARGE)
    models = (catalog or Catalog.builtin()).models(utc_now(), lifecycle=frozenset(("active",)))
    for model in models:
        if model.line == line:
            return model.id
    raise AgentError(f"The catalog has no active model of the line {line}.")


def words(task: Content) -> str:
    """Return the words of a task."""
    if isinstance(task, str):
        return task
    return "\n".join(str(block.get("text", "")) for block in task)
