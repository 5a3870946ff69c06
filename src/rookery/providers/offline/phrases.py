"""Free phrases of a request: what it searches for, what it says, what stands beside a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rookery.providers.offline.names import OPENERS
from rookery.providers.offline.values import LIMIT, Value
from rookery.providers.offline.words import is_stop, stem, terms

_STOPS = (
    r"in|from|at|by|to|between|before|after|under|using|within|on|near|across|through|inside|that"
    r"|which|sorted|if|with|over|into|for|of|as|and then|then|please|below|above|starting|so"
)
_END = re.compile(
    rf"\s+(?:{_STOPS})\s|[,;:?!\n()]|\.(?:\s|$)|\s[-\u2013\u2014]\s|\s(?:please|today|now)\b",
    re.IGNORECASE,
)
_LEADS = {
    "topic": re.compile(
        r"\b(?:for|about|regarding|concerning|containing|contains|matching|mentioning|mentions?"
        r"|of the (?:word|term|phrase)|of|on|(?:the )?(?:words?|terms?|phrases?|string|text))\s+",
        re.IGNORECASE,
    ),
    "object": re.compile(
        r"\b(?:search|find|define|translate|play|look up|lookup|google|explain|describe|grep"
        r"|locate|solve|book|order|spell|pronounce)\s+"
        r"(?!for\b|in\b|through\b|the (?:files?|web|docs)\b)",
        re.IGNORECASE,
    ),
    "called": re.compile(r"\b(?:called|named|titled|entitled|labell?ed|dubbed)\s+", re.IGNORECASE),
    "said": re.compile(
        r"\b(?:saying|says|that says|reading|to say|with the (?:text|message|body))\s+"
        r"(?:that )?|:\s+",
        re.IGNORECASE,
    ),
    "place": re.compile(r"\b(?:in|at|for|near|to|from|around|of)\s+", re.IGNORECASE),
    "language": re.compile(r"\b(?:in|into|to|from)\s+(?=[a-z]{4,})", re.IGNORECASE),
}
_ARTICLE = re.compile(
    r"(?:(?:all|any|some|every|the|a|an|my|our|your|his|her|their|me|files?|lines?|occurrences?"
    r"|mentions?|instances?|word|term|phrase)\s+(?:(?:of|with|about)\s+)?)+(?=\S)",
    re.IGNORECASE,
)
_HARD = terms("quoted day date datetime time money percent duration measure path glob url email")
_QUOTES = "\"'`\u201c"
_TRAIL = re.compile(r"\s+(?:mean|means|is|are|please|folder|directory|files?)\Z", re.IGNORECASE)


def phrases(text: str, found: list[Value], kind: str) -> Iterator[Value]:
    """Yield the phrases of a kind, each up to the next preposition, mark or typed value."""
    head = text[:LIMIT]
    leads = {"topic": ("topic", "object"), "said": ("said",)}.get(kind, (kind,))
    soft = ("quoted", "name") if kind in ("place", "language") else ()
    hard = sorted(v.start for v in found if v.kind in _HARD or (soft and v.kind not in soft))
    for lead in leads:
        for match in list(_LEADS[lead].finditer(head))[:40]:
            limit = min([start for start in hard if start >= match.end()], default=len(head))
            yield from _phrase(head, match.end(), min(limit, match.end() + 300), kind)


def _phrase(text: str, start: int, limit: int, kind: str) -> Iterator[Value]:
    article = _ARTICLE.match(text, start, limit)
    start = article.end() if article else start
    end = limit
    if kind == "said":
        stop = re.compile(r"\n|$").search(text, start, limit)
    else:
        stop = _END.search(text, start, limit)
    if stop:
        end = stop.start()
    phrase = _TRAIL.sub("", text[start:end].rstrip(" .,;:?!\"'`"))
    words = phrase.split()
    fits = words and text[start] not in _QUOTES and len(words) <= (60 if kind == "said" else 8)
    if fits and not all(map(is_stop, words)):
        yield Value(kind, phrase, start, start + len(phrase))


_LABELLED = re.compile(
    r"^[ \t*-]{0,8}([A-Za-z][\w -]{0,40}?)[ *]{0,3}[:=][ *]{1,3}(\S.{0,400})$", re.MULTILINE
)


def labelled(text: str, words: frozenset[str]) -> Iterator[Value]:
    """Yield what stands behind a label with these words: `Name: Ada Lovelace`."""
    for match in _LABELLED.finditer(text[:LIMIT]):
        if words and {stem(word) for word in re.findall(r"[A-Za-z0-9]+", match.group(1))} == words:
            rest = match.group(2).rstrip()
            yield Value("labelled", rest, match.start(2), match.start(2) + len(rest))


def beside(text: str, words: Iterable[str], barred: frozenset[str]) -> Iterator[Value]:
    """Yield the single words that stand after or before one of `words` (stems)."""
    wanted = {word for word in words if not is_stop(word)}
    found = [
        (match.group(), match.start(), match.end())
        for match in re.finditer(r"[\w.#-]{1,60}(?<![.])", text[:LIMIT])
    ]
    for index, (word, _, _) in enumerate(found):
        if not any(_names(stem(word), name) for name in wanted):
            continue
        for near in (index + 1, index - 1):
            if 0 <= near < len(found):
                other, start, end = found[near]
                gap = text[min(end, found[index][2]) : max(start, found[index][1])]
                plain = other.lower()
                if (
                    gap.isspace()
                    and not is_stop(other)
                    and plain not in OPENERS
                    and stem(other) not in barred
                    and stem(other) not in wanted
                ):
                    yield Value("word", other, start, end)


def _names(word: str, name: str) -> bool:
    """Whether a word is a parameter's name, or the beginning of it: `user`, `username`."""
    return word == name or (len(word) >= 4 and name.startswith(word))


_MEDIA = frozenset(map(stem, terms("file folder directory line match contain")))


def keywords(text: str, barred: frozenset[str]) -> list[str]:
    """Return the words of a text that say what it is about, each once, in order."""
    result: dict[str, str] = {}
    for word in re.findall(r"[A-Za-z0-9_][\w-]{1,40}", text[:LIMIT]):
        if (
            stem(word) not in _MEDIA
            and not is_stop(word)
            and word.lower() not in OPENERS
            and stem(word) not in barred
        ):
            result.setdefault(stem(word), word)
    return list(result.values())[:8]
