"""`rookery chat`: a conversation with an agent, kept as a session."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from pathlib import Path

import typer

from rookery.cli.conversation import Conversation
from rookery.cli.making import READ_ONLY, Options, chosen_tools, connected
from rookery.errors import SessionError
from rookery.providers.registry import ROWS
from rookery.sandbox.choose import TIERS
from rookery.store.base import SessionStore
from rookery.store.open import open_store

app = typer.Typer(add_completion=False)


@app.command()
def chat(
    tools: str = typer.Option(
        None, help=f"Names of built-in tools with commas, or none. [default: {','.join(READ_ONLY)}]"
    ),
    model: str = typer.Option(None, help='A model, or "auto". [default: the newest Sonnet]'),
    provider: str = typer.Option(None, help=f"Model backend: {', '.join(ROWS)}."),
    base_url: str = typer.Option(None, help="A server that speaks the Claude API."),
    system: str = typer.Option(None, help="The system prompt."),
    workspace: Path = typer.Option(None, help="Folder of the file tools. [default: .]"),
    sandbox: str = typer.Option(None, help=f"Of bash: auto, {', '.join(TIERS)}. [default: auto]"),
    max_turns: int = typer.Option(None, min=1, help="Calls of the model for a message."),
    session: str = typer.Option(None, help="Go on with the session of this name, or begin it."),
    go_on: bool = typer.Option(False, "--continue", help="Go on with the session written last."),
) -> None:
    """Talk with an agent in the terminal; what is said is kept as a session.

    /help lists what else can be typed. Ctrl-C cancels an answer, Ctrl-D leaves.
    """
    if go_on and session is not None:
        raise typer.BadParameter("give --session or --continue, not both")
    options = Options(
        tools=tools,
        model=model,
        provider=provider,
        base_url=base_url,
        system=system,
        workspace=workspace,
        sandbox=sandbox,
        max_turns=max_turns,
    )
    chosen_tools(tools or "")
    gateway = connected(options)
    store = open_store("sqlite")
    with asyncio.Runner() as runner:
        try:
            name = _newest(store) if go_on else session or _new_name()
            talk = Conversation(runner, options, gateway, store, name)
            raise typer.Exit(talk.hold())
        finally:
            runner.run(gateway.close())
            store.close()


def _newest(store: SessionStore) -> str:
    found = store.page(1).sessions
    if not found:
        raise SessionError("There is no session to go on with yet.")
    return found[0].id


def _new_name() -> str:
    return f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
