"""Answers that need no tool: sums, greetings, echoes, and the plain word that there is none."""

from __future__ import annotations

import re

from rookery.providers.offline.arithmetic import evaluate, expression, written
from rookery.providers.offline.words import stems, terms

CANNOT = (
    "I am rookery's offline engine, not a language model, and I cannot answer this. "
    "I can call tools that a request names, quote the texts I am given, and do arithmetic."
)
NOTHING_SAID = "The given texts have none of the question's words, so I can quote nothing."
_ECHO = re.compile(
    r"(?:\A|[.!?:\n]\s*)(?:please\s+)?(?:reply|respond|answer|say|repeat|echo|output|print)"
    r"(?:\s+(?:back|after me|to me))?"
    r"(?:\s+(?:with|only|just|exactly|the (?:word|words|text|phrase|sentence|following)))*"
    r"(?P<colon>\s*:)?\s+(?P<what>[^\n]{1,500})",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\A[\"'`\u201c](.+)[\"'`\u201d]([.!]?)\Z")
_EXACT = re.compile(r"\b(?:exactly|only|just|word|text|phrase)\b", re.IGNORECASE)
_REPEAT = re.compile(r"\b(?:with|sentence|following|say|repeat|echo)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"\A\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings|howdy)\b[^?]{0,40}\Z",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\A\W*(?:thanks|thank you|cheers)\b[^?]{0,60}\Z", re.IGNORECASE)
_WHO = re.compile(r"\b(?:who|what) are you\b|\byour name\b|\bwhat model\b", re.IGNORECASE)
_SUM = 400
"""Characters of the longest text that may be no more than a sum."""
_SUM_WORDS = terms(
    "calculat comput evaluat result answer equal sum solv plus minus time divid multipli"
)


def plain_answer(task: str) -> str:
    """Return the answer to a task that needs neither tools nor texts; empty where there is none."""
    head = task.strip()[:4000]
    if _GREETING.match(head):
        return "Hello! I am rookery's offline engine. What can I do for you?"
    if _THANKS.match(head):
        return "You are welcome."
    if _WHO.search(head) and len(head) < 200:
        return (
            "I am rookery's offline engine: fixed rules, not a language model. I call tools that "
            "a request names, quote the texts I am given, and do arithmetic."
        )
    return _echo(head) or _sum(head)


def _echo(task: str) -> str:
    """Return what is to be said back: behind a colon, in marks, or a few words."""
    match = _ECHO.search(task)
    if match is None:
        return ""
    what, lead = match["what"].strip(), task[match.start() : match.start("what")]
    if marked := _MARKS.match(what):
        return marked[1]
    if match["colon"]:
        return what
    # "Say hi" is an echo, "say why it is" is not.
    most = 8 if _EXACT.search(lead) else 2 if _REPEAT.search(lead) else 0
    return what.rstrip(".") if len(what.split()) <= most and "?" not in what else ""


def _sum(task: str) -> str:
    if len(task) > _SUM or not (formula := expression(task)):
        return ""
    # A text that merely contains a sum is about something else.
    words = [word for word in stems(re.sub(r"[\d.]+", " ", task)) if word not in _SUM_WORDS]
    value = evaluate(formula)
    if value is None or len(words) > 1:
        return ""
    return f"{re.sub(r' +', ' ', formula)} = {written(value)}"
