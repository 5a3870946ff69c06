"""The demo: a server, an incident, a team of agents that finds its cause, and what that costs."""

from __future__ import annotations

import secrets
import tempfile
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from rookery.agent.result import Result
from rookery.demo.incident import Incident, write_incident
from rookery.demo.show import cost_table, progress
from rookery.demo.team import FOLDER, build_team, task
from rookery.errors import RunError
from rookery.gateway.gateway import Gateway
from rookery.providers import registry
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings

TROUBLE = "Customers see failing requests."


def run_demo(
    seed: int, *, kind: str | None = None, incident: bool = True, console: Console | None = None
) -> bool:
    """Run the demo and say whether the planted cause was named, or rightly none was found.

    Raises ValueError for an unknown `kind`.
    """
    out = console or Console(highlight=False)
    settings = Settings(provider="offline")
    key = "sk-rookery-demo-" + secrets.token_hex(8)
    with tempfile.TemporaryDirectory(prefix="rookery-demo-") as folder:
        planted = write_incident(Path(folder) / FOLDER, seed=seed, kind=kind, incident=incident)
        gateway = Gateway(registry.build("offline", settings))
        with LocalServer(gateway, key=key) as server:
            _introduce(out, server, planted)
            result = _investigate(out, server, Path(folder))
            named = result is not None and _judge(out, planted, result)
            return _seed_program(out, server) and named


def _introduce(out: Console, server: LocalServer, planted: Incident) -> None:
    out.rule("[bold]rookery demo", align="left")
    out.print(f"Server     {server.url}, speaking the Claude API")
    out.print(f"Engine     offline: {registry.ROWS['offline'].summary}")
    out.print(
        f"Logs       {planted.lines:,} lines of {len(planted.services)} services, "
        f"made with seed {planted.seed}"
    )
    out.print(f"Told       [italic]{escape(TROUBLE)}[/italic]\n")


def _investigate(out: Console, server: LocalServer, workspace: Path) -> Result | None:
    settings = Settings(anthropic_base_url=server.url, anthropic_api_key=Secret(server.key))
    main, experts = build_team(workspace, registry.build("anthropic", settings))
    with main:
        try:
            result = main.run(task(TROUBLE, experts), subagents=experts, on_event=progress(out))
        except RunError as error:
            out.print(f"[red]The run failed: {escape(error.message)}")
            return None
    out.rule("Answer", align="left")
    out.print(escape(result.text.strip()))
    out.rule("Cost", align="left")
    out.print(cost_table(result))
    out.print("[dim]at the prices of these models; the offline engine itself is free[/dim]")
    return result


def _judge(out: Console, planted: Incident, result: Result) -> bool:
    named = planted.is_named_in(result.text)
    out.rule("Truth", align="left")
    out.print(f"Planted    {escape(planted.kind or 'nothing')}: {escape(planted.summary)}")
    for line in planted.cause[:1]:
        out.print(f"           {escape(f'{FOLDER}/{line.path}:{line.line}: {line.text}')}")
    out.print("[green]The answer names it." if named else "[red]The answer does not name it.")
    return named


def _seed_program(out: Console, server: LocalServer) -> bool:
    out.rule("The official Python client against the same server", align="left")
    try:
        program = import_module("rookery.demo.investment")
    except ModuleNotFoundError as error:
        out.print(f"[yellow]Left out: {error.name} is not installed (pip install {error.name}).")
        return True
    answer: str = program.ask(server.url, server.key)
    out.print(f"[italic]{escape(program.QUESTION)}[/italic]")
    out.print(escape(answer))
    return all(figure in answer for figure in program.EXPECTED)
