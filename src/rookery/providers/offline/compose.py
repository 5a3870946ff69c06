"""The answer: what the tools returned, said line by line, and quotes with their places."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import msgspec

from rookery.providers.offline.choose import Plan
from rookery.providers.offline.places import Line, read_lines, says_nothing, source_lines
from rookery.providers.offline.search import query, rank
from rookery.providers.offline.talk import Call, Source, Talk
from rookery.providers.offline.words import name_words, stems

QUOTES = 6
_SHORT_LINES, _SHORT = 12, 1500
_MONEY = re.compile(r"([$\u20ac\u00a3\u00a5]\s?)(\d{4,15})(?=\.\d|[^\d,.]|\.?\Z|[.,]\s)")


def answer_results(talk: Talk, question: str) -> str:
    """Return the answer from the results of the task's calls."""
    done = [call for call in talk.calls if call.result is not None]
    said: list[str] = []
    quoted: list[Line] = []
    focus, nothing, room, conclusions = question, False, QUOTES, 0
    times = Counter(call.name for call in done)
    for call in done:
        text, lines = (call.result or "").strip(), read_lines(call)
        if call.failed:
            said.append(f"`{call.name}` failed: {_first_line(text) or 'no reason given'}")
        elif says_nothing(text):
            nothing = nothing or not set(stems(_first_line(text))).isdisjoint(query(question))
            said.append(text if len(text) < _SHORT else _first_line(text))
        elif conclusion := _conclusion(lines, question):
            whole, listed = _whole(conclusion, text)
            said.insert(conclusions, whole)
            conclusions += 1
            room -= listed
            quoted += [line for line in lines if line.path and len(lines) > _SHORT_LINES]
            focus += " " + re.sub(r"[\d_]+", " ", conclusion.text)
        elif any(line.path for line in lines) or not _is_short(text):
            quoted += lines
        else:
            said.append(_statement(call, text, twins=times[call.name] > 1))
    if quoted and not nothing:
        said.append(_quotes(quoted, focus, said, room))
    parts = dict.fromkeys(part for part in said if part)
    return ("\n\n" if any("\n" in part for part in parts) else "\n").join(parts)


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:500]


def _conclusion(lines: list[Line], question: str) -> Line | None:
    """Return the line that names what the question asks for and the place where it stands."""
    words = set(query(question))
    found = [line for line in lines if line.label and line.number]
    if not found:
        return None
    best = max(found, key=lambda line: len(words & set(stems(line.label))))
    # What opens a result is its conclusion, whatever it is called.
    return best if words & set(stems(best.label)) or best is lines[0] else None


def _whole(conclusion: Line, text: str) -> tuple[str, int]:
    """Return a conclusion with what explains it: the lines beside it, and the first list.

    The second value is how many lines of the list there are.
    """
    rows = [row for row in text.splitlines() if row.strip()]
    rows = [row for row in rows if not row.startswith(conclusion.label)]
    labels = [at for at, row in enumerate(rows) if row.rstrip().endswith(":")]
    first, second = (*labels, len(rows), len(rows))[:2]
    listed = rows[first + 1 : second][:QUOTES]
    top = f"{conclusion.label}: {conclusion.place}: {conclusion.text}"
    shown = [top, *rows[:first][:QUOTES], *(rows[first : first + 1] if listed else []), *listed]
    return "\n".join(shown), len(listed)


def _is_short(text: str) -> bool:
    return len(text) <= _SHORT and text.count("\n") < _SHORT_LINES


# --- results as statements ------------------------------------------------------------------------


def _statement(call: Call, text: str, *, twins: bool) -> str:
    """Say a short result; what it is about is put before it where it does not say so itself."""
    body = money(_from_json(text) or text)
    about = [str(value) for value in call.input.values() if isinstance(value, str | int | float)]
    bare = not re.search(r"[^\W\d_]{2}", body)
    if (bare or twins) and about and not any(value.lower() in body.lower() for value in about):
        return f"{_title(call.name)} ({', '.join(about)[:120]}): {body}"
    return f"{_title(call.name)}: {body}" if bare else body


def _title(name: str) -> str:
    return " ".join(name_words(name)).capitalize()


def money(text: str) -> str:
    """Put thousands separators into amounts that carry a currency sign; digits stay as given."""
    return _MONEY.sub(lambda match: f"{match.group(1)}{int(match.group(2)):,}", text)


def _from_json(text: str) -> str:
    """Return a JSON object or a list of them in words; empty where the text is none."""
    if text[:1] not in "{[":
        return ""
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return ""
    if isinstance(data, list):
        return "\n".join(f"- {_flat(item)}" for item in data[:20])
    return _flat(data)


def _flat(data: Any) -> str:
    if isinstance(data, dict):
        return ", ".join(f"{name}: {_flat(value)}" for name, value in list(data.items())[:40])
    if isinstance(data, list):
        return ", ".join(_flat(item) for item in data[:40])
    if isinstance(data, bool) or data is None:
        return {True: "yes", False: "no", None: "none"}[data]
    return str(data)


# --- quotes ---------------------------------------------------------------------------------------


def answer_sources(sources: list[Source], question: str, share: float = 0.0) -> str:
    """Return the lines of texts that matter for a question, those with this share of its words."""
    lines = [line for source in sources for line in source_lines(source)]
    return "\n".join(_chosen(_best(question, lines, share))[:QUOTES])


def _quotes(lines: list[Line], question: str, said: list[str], room: int) -> str:
    """Quote the most relevant lines; the first ones where there is nothing else to say."""
    shown = "\n".join(said)
    quotes = [quote for quote in _chosen(_best(question, lines)) if quote not in shown]
    quotes = quotes[: max(0, room)]
    if quotes or said:
        return "\n".join(quotes)
    first = _chosen(lines[:50])[:QUOTES]
    return "\n".join(["No line matches the words of the request; the first ones are:", *first])


def _best(question: str, lines: list[Line], share: float = 0.0) -> list[Line]:
    """Return the lines to quote: those near the best in score."""
    hits = rank(question, [line.text for line in lines])[: 4 * QUOTES]
    hits = [hit for hit in hits if hit.share >= share]
    return [lines[hit.line] for hit in hits if hit.score >= 0.45 * hits[0].score]


def _chosen(lines: list[Line]) -> list[str]:
    """Return some lines as quotes, each once; a label without its lines says nothing."""
    kept = (line for line in lines if line.text.strip() and not _is_label(line))
    return list(dict.fromkeys(_quote(line) for line in kept))


def _is_label(line: Line) -> bool:
    return not line.path and line.text.rstrip().endswith(":")


def _quote(line: Line) -> str:
    text = line.text if len(line.text) <= 1000 else line.text[:1000] + " ..."
    return f"{line.place}: {text.strip()}" if line.place else text.strip()


# --- what could not be done -----------------------------------------------------------------------


def obstacles(plans: list[Plan], talk: Talk) -> list[str]:
    """Say which calls were not made, and why."""
    result = []
    for plan in plans:
        if plan.barred:
            result.append(
                f"I do not call `{plan.tool.name}` by my own choice, since it may change something "
                "or run a command. Name it in `tool_choice` to have it called."
            )
        elif plan.missing:
            names = " and ".join(f"`{part}`" for part in plan.missing)
            result.append(f"I cannot call `{plan.tool.name}`: the request does not say {names}.")
    for kind in dict.fromkeys(talk.unseen):
        article = "an" if kind[0] in "aeiou" else "a"
        result.append(f"The request has {article} {kind}; I cannot see or read it.")
    return list(dict.fromkeys(result))
