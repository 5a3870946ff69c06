"""`rookery chat`: a conversation with an agent, kept as a session."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import ExitStack
from datetime import UTC, datetime

import typer

from rookery.cli.conversation import Conversation
from rookery.cli.making import chosen_tools, connected
from rookery.cli.options import (
    BaseUrl,
    BudgetSeconds,
    BudgetTokens,
    BudgetUsd,
    MaxTurns,
    Model,
    Options,
    Preset,
    Provider,
    Rules,
    Sandbox,
    SessionName,
    System,
    Tools,
    TrustProject,
    WithProject,
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
    project: WithProject = False,
    trust_project: TrustProject = False,
    allow: Rules = None,
    ask: Rules = None,
    deny: Rules = None,
    policy_preset: Preset = None,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    budget_seconds: BudgetSeconds = None,
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
        project=project,
        trust_project=trust_project,
        allow=allow,
        ask=ask,
        deny=deny,
        policy_preset=policy_preset,
        budget_usd=budget_usd,
        budget_tokens=budget_tokens,
        budget_seconds=budget_seconds,
    )
    chosen_tools(tools or "")
    gateway = connected(options)
    store = open_store("sqlite")
    with asyncio.Runner() as runner:
        try:
            name = _newest(store) if go_on else session or _new_name()
            with ExitStack() as life:
                talk = Conversation(runner, options, gateway, store, name, life)
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
