"""Free phrases of a request: what it searches for, what it says, what stands beside a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

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
_LINE_END = re.compile(r"\n")
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
_BESIDE = re.compile(r"[\w.#-]{1,60}(?<![.])")
_MEDIA = frozenset(map(stem, terms("file folder directory line match contain")))
_HARD = terms("quoted day date datetime time money percent duration measure path glob url email")
_QUOTES = "\"'`\u201c"
_TRAIL = re.compile(r"\s+(?:mean|means|is|are|please|folder|directory|files?)\Z", re.IGNORECASE)


def phrases(text: str, found: list[Value], kind: str) -> Iterator[Value]:
    """Yield the phrases of a kind, each up to the next preposition, mark or typed value."""
    if kind in ("place", "language"):
        stops = [value.start for value in found if value.kind not in ("quoted", "name")]
    else:
        stops = [value.start for value in found if value.kind in _HARD]
    for lead in ("topic", "object") if kind == "topic" else (kind,):
        for match in islice(_LEADS[lead].finditer(text[:LIMIT]), 40):
            end = min((stop for stop in stops if stop >= match.end()), default=LIMIT)
            yield from _phrase(text, match.end(), min(end, match.end() + 300), kind)


def _phrase(text: str, start: int, end: int, kind: str) -> Iterator[Value]:
    article = _ARTICLE.match(text, start, end)
    start = article.end() if article else start
    stop, most = (_LINE_END, 60) if kind == "said" else (_END, 8)
    phrase = stop.split(text[start:end], maxsplit=1)[0].rstrip(" .,;:?!\"'`")
    phrase = _TRAIL.sub("", phrase)
    words = phrase.split()
    if words and len(words) <= most and phrase[0] not in _QUOTES and not all(map(is_stop, words)):
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
    found = list(_BESIDE.finditer(text[:LIMIT]))
    for index, match in enumerate(found):
        word = stem(match.group())
        if not any(word == name or (len(word) > 3 and name.startswith(word)) for name in wanted):
            continue
        for other in (*found[index + 1 : index + 2], *found[max(0, index - 1) : index]):
            gap = text[min(match.end(), other.end()) : max(match.start(), other.start())]
            if gap.isspace() and _tells(other.group(), barred | wanted):
                yield Value("word", other.group(), *other.span())


def keywords(text: str, barred: frozenset[str]) -> list[str]:
    """Return the words of a text that say what it is about, each once, in order."""
    found = re.findall(r"[A-Za-z0-9_][\w-]{1,40}", text[:LIMIT])
    words: dict[str, str] = {}
    for word in found:
        if _tells(word, barred | _MEDIA):
            words.setdefault(stem(word), word)
    return list(words.values())[:8]


def _tells(word: str, barred: AbstractSet[str]) -> bool:
    """Whether a word says what a text is about."""
    return not is_stop(word) and word.lower() not in OPENERS and stem(word) not in barred
