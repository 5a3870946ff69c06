"""`.claude/skills/*/SKILL.md`: what can be looked up when it is needed.

code.claude.com, "Extend Claude with skills". A prompt has names and descriptions; the rest is
loaded by the tool `skill`. What a file says grants nothing, and nothing in it is run.
"""

from __future__ import annotations

import re
import shlex

from msgspec import Struct

from rookery.errors import AgentError, ToolError
from rookery.project.files import MOST, Files, names_told
from rookery.project.frontmatter import Document, HeadError, read_document
from rookery.project.note import Notes
from rookery.project.text import one_line
from rookery.tools.base import NAME

DESCRIBED = 1_536
"""Characters of a description in the prompt."""
LISTED = 16_000
"""Characters of all descriptions; further skills are there with their names only."""

_VALUES = 200
"""Places where an argument is put."""

_USED = {
    "name",
    "description",
    "when_to_use",
    "arguments",
    "argument-hint",
    "disable-model-invocation",
    "user-invocable",
    "license",
    "metadata",
    "compatibility",
}
_GRANTS = "grants nothing here: the policy of the agent decides"
_VALUE = re.compile(
    r"\$\{CLAUDE_SKILL_DIR\}|\$ARGUMENTS\b(?:\[(\d{1,3})\])?|\$(\d{1,3})(?!\d|\.\d)|\$([A-Za-z_]\w*)"
)
_SHELL = re.compile(r"!`[^`]|^```!", re.MULTILINE)
_NOT_RUN = "(This file asks for commands to be run while it is read; they were not run.)\n\n"


class Skill(Struct, frozen=True, kw_only=True):
    """A skill: what it is for, and how to have it."""

    where: str
    name: str
    description: str
    body: str
    files: Files
    """Its own folder."""
    parameters: tuple[str, ...] = ()
    for_people: bool = False
    """Whether only people may ask for it: no model is told of it."""

    def text(self, arguments: str = "") -> str:
        """Return what it says, with the arguments where it wants them, else behind it."""
        words = _words(arguments)
        values = dict(zip(self.parameters, words, strict=False))
        wanted = False

        def put(found: re.Match[str]) -> str:
            nonlocal wanted
            if found[0] == "${CLAUDE_SKILL_DIR}":
                return str(self.files.root)
            if found[3] and found[3] not in self.parameters:
                return found[0]
            wanted = True
            if found[3]:
                return values.get(found[3], "")
            index = found[1] or found[2]
            if index is None:
                return arguments
            return words[int(index)] if int(index) < len(words) else ""

        body = _VALUE.sub(put, self.body, count=_VALUES)
        note = _NOT_RUN if _SHELL.search(self.body) else ""
        behind = f"\n\nARGUMENTS: {arguments}" if arguments and not wanted else ""
        return f"{note}{body.strip()}{behind}"


def read_skills(files: Files, notes: Notes) -> dict[str, Skill]:
    """Return the skills of a folder by name; what is wrong with a file is told, others go on."""
    found: dict[str, Skill] = {}
    names = names_told(files, "skills", notes)
    for name in names[:MOST]:
        path = files.below("skills", name, "SKILL.md")
        if not files.has(path):
            continue
        try:
            skill = _read(files, name, path, notes)
            if skill.name in found:
                raise AgentError(f"{found[skill.name].where} has the name {skill.name!r}, too")
        except (AgentError, ToolError) as error:
            line = f":{error.line}" if isinstance(error, HeadError) else ""
            notes.add("problem", f"{path}{line}", f"no skill: {error.message}")
            continue
        found[skill.name] = skill
        who = ", for people only" if skill.for_people else ""
        notes.add("used", path, f"the skill {skill.name}{who}")
    if len(names) > MOST:
        notes.add("problem", files.below("skills"), f"only {MOST} of {len(names)} are read")
    return found


def listed(skills: dict[str, Skill]) -> str:
    """Return what a prompt says of skills; empty where a model may ask for none."""
    lines: list[str] = []
    room = LISTED
    for one in skills.values():
        if not one.for_people:
            room -= len(one.description)
            lines.append(f"- {one.name}: {one.description}" if room >= 0 else f"- {one.name}")
    if not lines:
        return ""
    head = "Skills: before you do what one of these is for, load it with the tool skill."
    return "\n".join([head, *lines])


def _read(files: Files, folder: str, path: str, notes: Notes) -> Skill:
    document = read_document(files.read(path))
    name = document.text("name") or folder
    if not NAME.fullmatch(name):
        raise document.problem("name", "must be letters, digits, '_' and '-'")
    for key in sorted(document.head.keys() - _USED):
        text = _GRANTS if key == "allowed-tools" else "is not used"
        notes.add("ignored", f"{path}:{document.lines.get(key, 1)}", f"{key}: {text}")
    if _SHELL.search(document.body):
        notes.add("ignored", path, "commands in it, as !`command`, are not run")
    return Skill(
        where=path,
        name=name,
        description=one_line(_description(document), DESCRIBED),
        body=document.body,
        files=Files(files.folder(files.below("skills", folder)), settings=""),
        parameters=_parameters(document),
        for_people=document.flag("disable-model-invocation"),
    )


def _parameters(document: Document) -> tuple[str, ...]:
    value = document.head.get("arguments")
    return tuple(value.split()) if isinstance(value, str) else document.names("arguments") or ()


def _description(document: Document) -> str:
    said = [document.text("description"), document.text("when_to_use")]
    if any(said):
        return " ".join(part for part in said if part)
    return document.body.strip().partition("\n\n")[0].lstrip("# ") or "(no description)"


def _words(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError:  # a quote without its end
        return arguments.split()
