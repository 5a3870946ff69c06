"""The options that `run` and `chat` have in common: what their agent is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
