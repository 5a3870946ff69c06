"""Words of English text: tokens, light stems, stop words, and small groups of like meaning."""

from __future__ import annotations

import re
from functools import lru_cache

TOKEN = re.compile(r"[A-Za-z0-9]+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SUFFIXES = (
    "abilities",
    "ability",
    "able",
    "ations", "ation", "ments", "ment", "ities", "ings", "ing", "ions", "ion", "ies", "ied",
    "ity", "ers", "er", "ors", "or", "ed", "es", "ly", "al", "s", "e", "y",
)  # fmt: skip


def terms(*lines: str) -> frozenset[str]:
    """Return the words of some lines as a set."""
    return frozenset(word for line in lines for word in line.split())


STOP = terms(
    """a an the this that these those there here it its it's is are was were be been being am do
    does did done have has had having i me my mine we us our ours you your yours he him his she her
    hers they them their theirs who whom whose which what when where why how if then else than so
    as at by for from in into of off on onto out over per to toward under up upon via with within
    without about above after again against all also and any because before below between both but
    can could d did don down during each either every few further just let lets ll more most need
    needs no nor not now only or other please re s same shall should some such t tell too until ve
    very want wants was will would yet like know give gives me thanks thank hello hi hey much many
    kindly maybe okay ok really quite actually think thing things something anything really sure
    one use using used make sure help get gets got go going"""
)
"""Words that say nothing about the subject."""

_GROUPS = (
    "fetch retrieve lookup obtain show display",
    "find search look seek locate lookup browse",
    "weather forecast temperature rain raining rainy snow snowing sunny umbrella windy hot cold",
    "flight fly flying plane airfare",
    "meeting calendar appointment event schedule agenda",
    "price cost worth quote trading expensive cheap",
    "email mail",
    "message text sms",
    "picture image photo",
    "folder directory",
    "file document",
    "ticket issue bug",
    "create add new make",
    "delete remove erase",
    "calculate compute calculator evaluate calculation work",
    "convert conversion exchange",
    "translate translation translator",
    "currency dollar euro pound yen franc rupee usd eur gbp jpy chf",
    "word definition define meaning mean dictionary",
    "restaurant eat food dining dinner lunch",
    "hotel room stay lodging accommodation",
    "movie film cinema",
    "song music track play",
    "route direction navigate navigation drive driving travel",
    "distance far",
    "user customer client account person username login profile",
    "article news headline story",
    "log logs entry",
    "line row",
    "summary summarize summarise",
    "read open view content",
    "remind reminder",
    "population inhabitants people live",
    "time clock",
    "tip gratuity",
    "recipe cook dish",
    "shipment package parcel delivery shipping track",
    "product item catalog catalogue",
    "book books title novel",
    "holiday vacation",
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the part of a word that its forms share: `searching`, `searches` -> `search`."""
    text = word.lower()
    for suffix in _SUFFIXES:
        if text.endswith(suffix) and len(text) - len(suffix) >= 3:
            text = text[: -len(suffix)]
            break
    if len(text) > 3 and text[-1] == text[-2] and text[-1] not in "sleo":
        text = text[:-1]
    return text


@lru_cache(maxsize=65536)
def is_stop(word: str) -> bool:
    """Whether a word says nothing about the subject; single letters do not either."""
    return word.lower() in STOP or (len(word) < 2 and not word.isdigit())


def tokens(text: str) -> list[str]:
    """Return the words of a text."""
    return TOKEN.findall(text)


def stems(text: str) -> list[str]:
    """Return the stems of the words that matter, in order."""
    return [stem(word) for word in TOKEN.findall(text) if not is_stop(word)]


@lru_cache(maxsize=8192)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words of an identifier, in lower case: `getUserId`, `get_user_id`."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def _concepts() -> dict[str, frozenset[str]]:
    """Map each stem of the groups to all the stems of its groups."""
    result: dict[str, set[str]] = {}
    for group in _GROUPS:
        members = {stem(word) for word in group.split()}
        for member in members:
            result.setdefault(member, set()).update(members)
    return {key: frozenset(value) for key, value in result.items()}


_CONCEPTS = _concepts()
_NONE: frozenset[str] = frozenset()


def related(word: str) -> frozenset[str]:
    """Return the stems of like meaning of a stem; the empty set where none is known."""
    return _CONCEPTS.get(word, _NONE)
