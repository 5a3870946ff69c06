"""The demo: a server, an incident, an agent that finds its cause, and what that would cost."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rookery.agent import events
from rookery.agent.agent import Agent
from rookery.agent.result import Result
from rookery.demo.incident import Incident, write_incident
from rookery.demo.timeline import make_log_timeline
from rookery.errors import RunError
from rookery.gateway.gateway import Gateway
from rookery.providers import registry
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings
from rookery.tools import grep, read_file

MODEL = "claude-sonnet-4-6"
FOLDER = "incident"
SYSTEM = "You find out why services fail. Name the root cause and quote the log lines that show it."
TASK = (
    f"Find the root cause of the incident in the log files of the folder `{FOLDER}/`. "
    "Quote the log lines that show it, with path and line number."
)


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
    out.print(f"Task       [italic]{escape(TASK)}[/italic]\n")


def _investigate(out: Console, server: LocalServer, workspace: Path) -> Result | None:
    settings = Settings(anthropic_base_url=server.url, anthropic_api_key=Secret(server.key))
    provider = registry.build("anthropic", settings)
    with Agent(
        MODEL,
        system=SYSTEM,
        tools=[make_log_timeline(workspace), grep, read_file],
        workspace=workspace,
        provider=provider,
    ) as agent:
        try:
            result = agent.run(TASK, on_event=_progress(out))
        except RunError as error:
            out.print(f"[red]The run failed: {escape(error.message)}")
            return None
    out.rule("Answer", align="left")
    out.print(escape(result.text.strip()))
    out.rule("Cost", align="left")
    out.print(_cost_table(result))
    out.print(f"[dim]at the prices of {MODEL}; the offline engine itself is free[/dim]")
    return result


def _progress(out: Console) -> Callable[[events.Event], None]:
    """Return what shows each event as it happens; the answer itself is shown whole later."""

    def show(event: events.Event) -> None:
        match event:
            case events.StepStarted(step=step):
                out.print(f"[dim]step {step}[/dim]")
            case events.ToolCalled(name=name, input=arguments):
                shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
                out.print(f"  [cyan]{name}[/cyan]({escape(shown)})")
            case events.ToolReturned(name=name, content=content, is_error=failed, seconds=spent):
                mark = "[red]failed[/red]" if failed else "[green]ok[/green]"
                lines = str(content).count("\n") + 1
                out.print(f"  {mark} {name}: {lines} lines in {spent * 1000:.0f} ms")

    return show


def _cost_table(result: Result) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("step", "tools", "input", "output", "cost"):
        table.add_column(column, justify="left" if column == "tools" else "right")
    for step in result.steps:
        table.add_row(
            str(step.step),
            ", ".join(step.tools) or "answer",
            f"{step.usage.prompt_tokens:,}",
            f"{step.usage.output_tokens:,}",
            str(step.bill),
        )
    usage = result.usage
    table.add_row(
        "", "all", f"{usage.prompt_tokens:,}", f"{usage.output_tokens:,}", str(result.bill),
        style="bold",
    )  # fmt: skip
    return table


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
