"""`rookery chat`: a conversation with an agent, kept as a session."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime

import typer

from rookery.cli.conversation import Conversation
from rookery.cli.making import chosen_tools, connected
from rookery.cli.options import (
    BaseUrl,
    MaxTurns,
    Model,
    Options,
    Provider,
    Sandbox,
    SessionName,
    System,
    Tools,
    Workspace,
)
from rookery.errors import SessionError
from rookery.store.base import SessionStore
from rookery.store.open import open_store

app = typer.Typer(add_completion=False)


@app.command()
def chat(
    tools: Tools = None,
    model: Model = None,
    provider: Provider = None,
    base_url: BaseUrl = None,
    system: System = None,
    workspace: Workspace = None,
    sandbox: Sandbox = None,
    max_turns: MaxTurns = None,
    session: SessionName = None,
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
    found = store.page(1000).sessions
    newest = next((one.id for one in found if one.about.get("kind") != "map"), None)
    if newest is None:
        raise SessionError("There is no session to go on with yet.")
    return newest


def _new_name() -> str:
    return f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
