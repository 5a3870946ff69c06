"""The options that `run` and `chat` have in common: what their agent is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from msgspec import Struct

from rookery.providers.registry import ROWS
from rookery.sandbox.choose import TIERS

READ_ONLY = ("read_file", "list_dir", "glob", "grep")
"""The tools of an agent that is given none: they change nothing."""

Tools = Annotated[
    str | None,
    typer.Option(
        help="Names of built-in tools with commas, or none.", show_default=",".join(READ_ONLY)
    ),
]
Model = Annotated[
    str | None, typer.Option(help='A model, or "auto".', show_default="the newest Sonnet")
]
Provider = Annotated[str | None, typer.Option(help=f"Model backend: {', '.join(ROWS)}.")]
BaseUrl = Annotated[str | None, typer.Option(help="A server that speaks the Claude API.")]
System = Annotated[str | None, typer.Option(help="The system prompt.")]
Workspace = Annotated[Path | None, typer.Option(help="Folder of the file tools.", show_default=".")]
Sandbox = Annotated[
    str | None, typer.Option(help=f"Of bash: auto, {', '.join(TIERS)}.", show_default="auto")
]
MaxTurns = Annotated[
    int | None, typer.Option(min=1, help="Calls of the model for a task.", show_default="50")
]
SessionName = Annotated[
    str | None, typer.Option(help="Go on with the session of this name, or begin it.")
]
WithProject = Annotated[
    bool,
    typer.Option(
        "--project",
        help="Take over CLAUDE.md, agents, skills and rules of the workspace; they grant nothing.",
    ),
]
TrustProject = Annotated[
    bool,
    typer.Option(
        "--trust-project",
        help="The same, with its rules that allow, and its MCP servers, which start programs.",
    ),
]
Rules = Annotated[
    list[str] | None, typer.Option(help="A rule, such as 'Bash(git log:*)'; may be repeated.")
]
Preset = Annotated[
    Literal["read-only", "developer"] | None,
    typer.Option("--policy-preset", help="Commands to allow, a list of rules."),
]
BudgetUsd = Annotated[str | None, typer.Option(help="US dollars that a task may cost.")]
BudgetTokens = Annotated[int | None, typer.Option(min=1, help="Tokens that a task may use.")]
BudgetSeconds = Annotated[float | None, typer.Option(help="Seconds that a task may take.")]


class Options(Struct, frozen=True, kw_only=True):
    """What `run` and `chat` are told of their agent; None: not given."""

    tools: str | None = None
    model: str | None = None
    provider: str | None = None
    base_url: str | None = None
    system: str | None = None
    workspace: Path | None = None
    sandbox: str | None = None
    max_turns: int | None = None
    project: bool = False
    trust_project: bool = False
    allow: list[str] | None = None
    ask: list[str] | None = None
    deny: list[str] | None = None
    policy_preset: str | None = None
    budget_usd: str | None = None
    budget_tokens: int | None = None
    budget_seconds: float | None = None
    quiet: bool = False
