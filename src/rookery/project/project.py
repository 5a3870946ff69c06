"""What a folder has for agents, in the form that Claude Code has for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rookery.agent import check
from rookery.agent.agent import Agent
from rookery.errors import AgentError, PolicyError
from rookery.policy.command import CommandPolicy
from rookery.policy.commands import ShellOnly
from rookery.policy.narrowing import Narrowing
from rookery.policy.policy import Policy
from rookery.project.agents import AgentFile, read_agents
from rookery.project.files import Files
from rookery.project.instructions import Instructions
from rookery.project.note import Note, Notes
from rookery.project.servers import read_servers
from rookery.project.settings import Rules, read_rules
from rookery.project.skill_tool import skill_tool
from rookery.project.skills import Skill, listed, read_skills
from rookery.tools.base import Tool
from rookery.tools.mcp.server import McpServer
from rookery.tools.workspace import StrPath

_UNUSED = ("commands", "rules", "output-styles", "plugins")
"""Further folders that Claude Code reads."""

_HEAD = "# Instructions of the project"


class Project:
    """What a folder has for agents: instructions, agents, skills, rules and MCP servers::

        project = Project(".")
        agent = Agent("claude-sonnet-4-6", **project.arguments(tools=[grep, read_file]))

    The folder may be a stranger's: what is in it can tell an agent what to do, and take away, and
    never gives it a tool, an approval or a file that it would not have without. Nothing is read
    from outside of `path` and `roots`, and nothing is run.
    """

    def __init__(
        self,
        path: StrPath = ".",
        *,
        trusted: bool = False,
        user: bool = False,
        roots: Mapping[str, StrPath] | None = None,
    ) -> None:
        """Read what is in the folder `path`; what became of each file is in `notes`.

        `trusted`: its rules that allow hold, and it may have MCP servers, which start programs.
        `user`: what is in `~/.claude` is there, too; the project's counts more. `roots` are further
        folders, by name, from which files may be imported. Raises AgentError where one is none.
        """
        files = Files(path, roots=roots)
        notes = Notes()
        instructions = Instructions(notes)
        self.root: Path = files.root
        self.trusted = trusted
        self.agents: dict[str, AgentFile] = {}
        """The agents of `.claude/agents`, by name."""
        self.skills: dict[str, Skill] = {}
        """The skills of `.claude/skills`, by name."""
        self.rules: Rules = {"allow": [], "ask": [], "deny": []}
        """The rules that hold, by list."""
        if user and (Path.home() / ".claude").is_dir():
            notes.folder = "~/.claude/"
            own = Files(Path.home() / ".claude", settings="")
            instructions.add(own, user=True)
            self._take(own, notes, trusted=True)
            notes.folder = ""
        instructions.add(files)
        self._take(files, notes, trusted=trusted)
        self.servers: tuple[McpServer, ...] = read_servers(files, notes, trusted=trusted)
        """Its MCP servers, for `McpServers(*servers)`; none where it is not trusted."""
        self.instructions = instructions.text
        """What `CLAUDE.md` and the like say; empty where there are none."""
        self.notes: tuple[Note, ...] = notes.all
        """What was found, and what became of it."""

    def __repr__(self) -> str:
        return f"Project({str(self.root)!r})"

    def _take(self, files: Files, notes: Notes, *, trusted: bool) -> None:
        self.agents |= read_agents(files, notes)
        self.skills |= read_skills(files, notes)
        for verdict, rules in read_rules(files, notes, trusted=trusted).items():
            self.rules[verdict] += rules
        for name in _UNUSED:
            if files.has(files.below(name)):
                notes.add("ignored", files.below(name), "is not used")

    def arguments(self, **given: Any) -> dict[str, Any]:
        """Return arguments for `Agent`: those that are given, with what the project adds.

        Its instructions and the names of its skills go behind the system prompt, the tool `skill`
        to the tools, its agents to the subagents, its rules into the policy; its folder is the
        workspace where none is given. Raises AgentError as an agent does.
        """
        system = check.prompt(given.pop("system", None), given.pop("instructions", None))
        tools = check.by_name(given.pop("tools", None) or ())
        if any(not skill.for_people for skill in self.skills.values()):
            tools.setdefault("skill", skill_tool(self.skills))
        subagents = [*given.pop("subagents", ())]
        changed = {
            "system": self._prompt(system),
            "tools": [*tools.values()],
            "subagents": [*subagents, *self._subagents(tools, subagents)],
            "policy": self._policy(given.pop("policy", None)),
            "workspace": given.pop("workspace", None) or self.root,
        }
        return given | {name: value for name, value in changed.items() if value is not None}

    def task(self, text: str) -> str:
        """Return a task as it is meant: `/name arguments` is what the skill `name` says."""
        name, _, arguments = text.removeprefix("/").partition(" ")
        if not text.startswith("/") or name not in self.skills:
            return text
        return self.skills[name].text(arguments.strip())

    def _prompt(self, own: str | None) -> str | None:
        parts = [own, f"{_HEAD}\n\n{self.instructions}" if self.instructions else None]
        parts.append(listed(self.skills))
        return "\n\n".join(part for part in parts if part) or None

    def _subagents(
        self, tools: Mapping[str, Tool], given: Sequence[Agent[Any]]
    ) -> list[Agent[Any]]:
        """Return its agents, but for those whose name somebody has already."""
        taken = {*tools, *(agent.name for agent in given)}
        return [one.agent(tools) for one in self.agents.values() if one.name not in taken]

    def _policy(self, own: Any) -> Any:
        allow, ask, deny = (self.rules[verdict] for verdict in ("allow", "ask", "deny"))
        if isinstance(own, Policy):
            lists = {name: [rule.text for rule in rules] for name, rules in own.rules.items()}
            return Policy(
                allow=[*lists["allow"], *allow],
                ask=[*lists["ask"], *ask],
                deny=[*lists["deny"], *deny],
                mode=own.mode,
            )
        if not ask and not deny:
            return own
        if isinstance(own, Narrowing):
            return own.narrowed(ask, deny)
        if own is not None and not isinstance(own, CommandPolicy):
            raise AgentError(f"policy must be a Policy or CommandPolicy, not {own!r:.100}.")
        try:
            return Narrowing(ask, deny, ShellOnly(own) if own is not None else None)
        except PolicyError as error:  # all were read one by one before
            raise AgentError(error.message) from error
