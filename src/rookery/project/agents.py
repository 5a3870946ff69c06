"""`.claude/agents/*.md`: agents to give tasks to, each a file with a head and a system prompt.

code.claude.com, "Create custom subagents". What a file says may take tools away from an agent, and
never gives it one that the agent above does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from rookery.agent.agent import Agent
from rookery.agent.choose import LARGE, choose_model
from rookery.agent.connect import INHERIT
from rookery.agent.subagent import create_subagent
from rookery.errors import AgentError, ToolError
from rookery.policy.known import KNOWN
from rookery.project.files import MOST, Files, names_told
from rookery.project.frontmatter import Document, HeadError, read_document
from rookery.project.note import Notes
from rookery.project.text import one_line
from rookery.tools import BUILTIN
from rookery.tools.base import NAME, Tool

ALIASES = {"haiku": "simple", "sonnet": "medium", LARGE: "complex"}
"""Lines of models by the names that files have for them, and what `choose_model` calls each."""

_USED = {"name", "description", "tools", "disallowedTools", "model", "maxTurns", "permissionMode"}
_TURNS = 50
_DESCRIBED = 1_024


class AgentFile(Struct, frozen=True, kw_only=True):
    """What a file says."""

    where: str
    name: str
    description: str
    system: str
    tools: tuple[str, ...] | None = None
    """Names, as it has them; None: those of the agent above."""
    without: tuple[str, ...] = ()
    model: str = INHERIT
    max_turns: int = _TURNS
    plans: bool = False
    """Whether it has only the tools that change nothing."""

    def agent(self, available: Mapping[str, Tool]) -> Agent[Any]:
        """Return the agent, which has no other tools than those that are available."""
        return create_subagent(
            self.name,
            system=self.system or None,
            description=self.description,
            model=self.model,
            max_turns=self.max_turns,
            tools=self._tools(available),
        )

    def _tools(self, available: Mapping[str, Tool]) -> list[Tool] | None:
        if self.tools is None and not self.without and not self.plans:
            return None
        named = set(available) if self.tools is None else meant(self.tools, available)
        named -= meant(self.without, available)
        return [
            tool
            for name, tool in available.items()
            if name in named and (tool.read_only or not self.plans)
        ]


def meant(names: Iterable[str], available: Iterable[str]) -> set[str]:
    """Return which of the tools names of Claude Code mean; their own names mean them, too."""
    wanted = {name.partition("(")[0].strip() for name in names}
    servers = tuple(
        f"{name.removesuffix('*').rstrip('_')}__" for name in wanted if name.startswith("mcp__")
    )
    return {
        tool
        for tool in available
        if tool in wanted or _called(tool) in wanted or tool.startswith(servers)
    }


def _called(tool: str) -> str:
    """Return what Claude Code calls a tool; of the names that rules have for it, the last."""
    return "Skill" if tool == "skill" else KNOWN[tool].names[-1] if tool in KNOWN else tool


def read_agents(files: Files, notes: Notes) -> dict[str, AgentFile]:
    """Return the agents of a folder by name; what is wrong with a file is told, others go on."""
    found: dict[str, AgentFile] = {}
    names = [name for name in names_told(files, "agents", notes) if name.endswith(".md")]
    for name in names[:MOST]:
        path = files.below("agents", name)
        try:
            agent = _read(files, path, notes)
            if agent.name in found:
                raise AgentError(f"{found[agent.name].where} has the name {agent.name!r}, too")
            agent.agent({})  # so that what an agent refuses is told here
        except (AgentError, ToolError) as error:
            line = f":{error.line}" if isinstance(error, HeadError) else ""
            notes.add("problem", f"{path}{line}", f"no agent: {error.message}")
            continue
        found[agent.name] = agent
        notes.add("used", path, f"the agent {agent.name}, {_told(agent)}")
    if len(names) > MOST:
        notes.add("problem", files.below("agents"), f"only {MOST} of {len(names)} files are read")
    return found


def _read(files: Files, path: str, notes: Notes) -> AgentFile:
    document = read_document(files.read(path))
    name, description = document.text("name"), document.text("description")
    if not name or not NAME.fullmatch(name):
        raise document.problem("name", "must be letters, digits, '_' and '-'")
    if name in BUILTIN or name in KNOWN or name == "skill":
        raise document.problem("name", f"{name} is that of a tool")
    if not description:
        raise document.problem("description", "is missing")
    mode = document.text("permissionMode")
    if mode not in {None, "default", "plan"}:
        _note(notes, path, document, "permissionMode", f"{mode}: what may run is not its choice")
    for key in sorted(document.head.keys() - _USED):
        _note(notes, path, document, key, "is not used")
    agent = AgentFile(
        where=path,
        name=name,
        description=one_line(description, _DESCRIBED),
        system=document.body.strip(),
        tools=document.names("tools"),
        without=document.names("disallowedTools") or (),
        model=_model(document),
        max_turns=document.count("maxTurns") or _TURNS,
        plans=mode == "plan",
    )
    _check_names(agent, document, notes)
    return agent


def _model(document: Document) -> str:
    model = document.text("model") or INHERIT
    if model in ALIASES:
        return choose_model(ALIASES[model])
    if model != INHERIT and not model.startswith("claude-"):
        raise document.problem("model", f"{one_line(model, 50)!r} is unknown")
    return model


def _check_names(agent: AgentFile, document: Document, notes: Notes) -> None:
    known = (*BUILTIN, *KNOWN, "skill")
    for key, names in (("tools", agent.tools or ()), ("disallowedTools", agent.without)):
        for name in names:
            if not meant([name], known) and not name.startswith("mcp__"):
                _note(notes, agent.where, document, key, f"there is no tool {name!r}")
            elif "(" in name:
                _note(notes, agent.where, document, key, f"{name!r} is taken as the whole tool")


def _note(notes: Notes, path: str, document: Document, key: str, text: str) -> None:
    notes.add("ignored", f"{path}:{document.lines.get(key, 1)}", f"{key}: {text}")


def _told(agent: AgentFile) -> str:
    tools = "the tools of the agent above" if agent.tools is None else "of these: "
    listed: Sequence[str] = agent.tools or ()
    return f"model {agent.model}, {tools}{', '.join(listed)}"
