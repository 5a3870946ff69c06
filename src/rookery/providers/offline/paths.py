"""Words of a text that are file paths or globs, by their shape or by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rookery.providers.offline.words import is_stop, terms

EXTENSIONS = terms(
    """txt md rst log csv tsv json jsonl yaml yml toml ini cfg conf xml html htm css js jsx ts tsx
    py pyi rb go rs c h cc cpp hpp java kt swift cs php pl sh bash zsh ps1 sql db sqlite env lock
    pdf doc docx xls xlsx ppt pptx odt png jpg jpeg gif svg webp ico mp3 mp4 wav zip gz tar bz2 xz
    out err diff patch ipynb lua r tex proto graphql vue svelte tf mk cmake gradle properties
    parquet avro bak tmp dat bin"""
)
_NO_PATHS = terms("and/or he/she she/he his/her km/h n/a w/o either/or yes/no on/off")
_ABBREVIATIONS = terms("e.g i.e a.m p.m u.s u.k vs etc")
_GLOB = re.compile(r"[*?]|\{[^{},]{0,80},[^{}]{0,80}\}")
_MARK = re.compile(r"[/\\*?{]|\.[A-Za-z0-9]|\A\W*\.")
_CHUNK = re.compile(r"\S{1,300}")
_EDGE_START, _EDGE_END = "([<{\"'`\u201c\u2018", ".,;:!?)]>}\"'`\u201d\u2019"
_AFTER = re.compile(
    r"\b(?:folder|directory|dir|file|path)\s+(?:called\s|named\s|is\s|at\s)?([\w-]{1,80})",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"([\w-]{1,80})\s+(?:folder|directory|dir)\b", re.IGNORECASE)


def paths(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, kind) of the paths and globs in a text; kind is "path" or "glob"."""
    for match in _CHUNK.finditer(text):
        chunk = match.group()
        if _MARK.search(chunk) is None:
            continue
        start = match.start() + len(chunk) - len(chunk.lstrip(_EDGE_START))
        end = max(start, match.start() + len(chunk.rstrip(_EDGE_END)))
        if kind := path_kind(text[start:end]):
            yield start, end, kind
    for pattern in (_AFTER, _BEFORE):
        for match in pattern.finditer(text):
            word = match.group(1)
            if not is_stop(word) and word.lower() not in _ROLES:
                yield match.start(1), match.end(1), "path"


_ROLES = terms(
    """folder directory dir file files path current working root parent whole entire same new each
    name names contents content size whether contains containing matching that called named and
    open read list show create delete every found located log text source output input project
    largest newest oldest latest"""
)
"""Words beside "folder" or "file" that do not name it."""


def path_kind(word: str) -> str:
    """Return "path", "glob", or "" where a word is neither."""
    plain = word.lower().rstrip(".")
    if (
        plain in _ABBREVIATIONS
        or plain in _NO_PATHS
        or "://" in word
        or "@" in word.split("/", maxsplit=1)[0]
    ):
        return ""
    if not any(char.isalnum() or char == "*" for char in word):
        return "path" if word in ("/", "./", "../", "~/") else ""
    if _GLOB.search(word):
        return "glob" if re.search(r"[/.]", word) else ""
    if "/" in word or "\\" in word:
        return "" if word.replace("/", "").replace(".", "").isdigit() else "path"
    name, dot, extension = word.rpartition(".")
    if dot and extension.lower() in EXTENSIONS:
        return "path" if name or len(extension) > 2 else ""
    return "path" if word[0] == "." and len(word) > 3 and word[1:].isalpha() else ""
