"""`CLAUDE.md` and `AGENTS.md`: what a project wants done how, with the files that they import.

code.claude.com, "How Claude remembers your project": `@path` outside of code imports a file, up to
four files deep, relative to the file that names it; comments in HTML are for people only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rookery.errors import ToolError
from rookery.project.files import Files
from rookery.project.note import Notes
from rookery.tools.place import Place

DEEPEST = 4
"""Imports of imports."""

MOST = 100
"""Imports that are looked for."""

TOTAL = 100_000
"""Characters of all instructions together."""

_IMPORT = re.compile(r"(?<![^\s(])@((?:\\ |[^\s`])+)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_WIDEST = 2_000
"""Characters of a line in which imports are looked for."""
_KEPT_BACK = re.compile(r"\.git|\.env.*|\.rookery", re.IGNORECASE)
"""Names on a path that is never imported: they hold keys."""


class Instructions:
    """The texts, and how much room is left for more."""

    def __init__(self, notes: Notes) -> None:
        """Begin with none; what becomes of each file is told to `notes`."""
        self._notes = notes
        self._seen: set[str] = set()
        self._looked = 0
        self._room = TOTAL
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """All of them, each below the name of its file; empty where there are none."""
        return "\n\n".join(self._parts)

    def add(self, files: Files, *, user: bool = False) -> None:
        """Read the files of instructions of a folder, in the order in which they count."""
        if user:
            names = ["CLAUDE.md"]
        else:
            main = [name for name in ("CLAUDE.md", files.below("CLAUDE.md")) if files.has(name)]
            names = [*(main or ["AGENTS.md"]), "CLAUDE.local.md"]
        for name in names:
            if files.has(name):
                self._read(files, name, name, depth=0)
        if "AGENTS.md" not in names and not user:
            self._tell_of_agents_md(files)

    def _tell_of_agents_md(self, files: Files) -> None:
        other = "AGENTS.md"
        if files.has(other) and str(files.root / other) not in self._seen:
            said = "CLAUDE.md takes its place; it may import it"
            self._notes.add("ignored", other, said)

    def _read(self, files: Files, path: str, named: str, *, depth: int) -> None:
        try:
            place = files.workspace.place(path)
            if any(_KEPT_BACK.fullmatch(part) for part in place.parts):
                raise ToolError("files of this name are not imported")
            if place.path in self._seen:
                return
            text = files.read(place.path)
        except ToolError as error:
            self._notes.add("problem", named, error.message)
            return
        self._seen.add(place.path)
        shown = _without_comments(text).strip()
        self._append(str(place), shown)
        for number, target in _imports(text):
            self._import(files, place, number, target, depth + 1)

    def _append(self, name: str, text: str) -> None:
        if len(text) > self._room:
            said = f"only {self._room:,} of {len(text):,} characters fit into {TOTAL:,}"
            self._notes.add("problem", name, f"instructions, cut: {said}")
            text = f"{text[: self._room]}\n[Cut here: {said}.]"
        else:
            self._notes.add("used", name, f"instructions, {len(text):,} characters")
        self._room = max(0, self._room - len(text))
        self._parts.append(f"## {self._notes.folder}{name}\n\n{text}")

    def _import(self, files: Files, source: Place, line: int, target: str, depth: int) -> None:
        where = f"{source}:{line}"
        self._looked += 1
        if self._looked > MOST or not self._room:
            if self._looked == MOST + 1:
                self._notes.add("problem", where, f"more than {MOST} imports: the rest is left out")
            return
        path = _found(files, source, target)
        if path is None:
            if "/" in target or "." in target.strip("."):
                self._notes.add("problem", where, f"@{target} is not there, or leads outside")
        elif depth > DEEPEST:
            self._notes.add("problem", where, f"@{target} is more than {DEEPEST} imports deep")
        else:
            self._read(files, path, f"{where} @{target}", depth=depth)


def _found(files: Files, source: Place, target: str) -> str | None:
    """Return the path of what an import names, relative to its file; None: it is not there.

    A sentence may go on behind it, with a full stop.
    """
    folder = source.parent.path
    for name in dict.fromkeys((target, target.rstrip(".,;:!?)'\""))):
        if not name or name.startswith("~"):
            continue
        path = name if name.startswith("/") else f"{folder}/{name}"
        try:
            if files.workspace.resolve(path).is_file():
                return path
        except (ToolError, OSError):
            continue
    return None


def _imports(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the path of each import outside of code and comments."""
    for number, line in _outside_code(_without_comments(text)):
        for found in _IMPORT.finditer(_SPAN.sub(" ", line[:_WIDEST])):
            yield number, found[1].replace("\\ ", " ")


def _outside_code(text: str) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if not fence and mark:
            fence = mark[1]
        elif fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif not line.startswith(("    ", "\t")):
            yield number, line


def _without_comments(text: str) -> str:
    """Blank out comments that begin a line, outside of code; the lines stay where they are."""
    begins = {number for number, line in _outside_code(text) if line.lstrip().startswith("<!--")}
    out: list[str] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if not inside and number in begins:
            inside = True
            line = line.lstrip()  # noqa: PLW2901
        if not inside:
            out.append(line)
            continue
        _, end, rest = line.partition("-->")
        inside = not end
        out.append(rest.strip() if end else "")
    return "\n".join(out)
