"""`rookery run "task"`: an agent carries out one task."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.console import Console

from rookery.agent import events
from rookery.agent.agent import Agent
from rookery.agent.result import Result
from rookery.agent.session import Session
from rookery.cli.asking import Terminal
from rookery.cli.bringing import bringing
from rookery.cli.making import (
    arguments,
    chosen_tools,
    connected,
    content,
    named_session,
    new_agent,
)
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
from rookery.cli.progress import Progress, new_progress
from rookery.cli.terminal import clean
from rookery.cli.turn import OK, carry_out, exit_code
from rookery.errors import RunError
from rookery.store.open import open_store

app = typer.Typer(add_completion=False)


@app.command()
def run(
    task: str = typer.Argument(help='What is to be done; "-" reads it from stdin.'),
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
    image: list[Path] = typer.Option([], help="An image that goes with it; may be repeated."),
    session: SessionName = None,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
    as_events: bool = typer.Option(False, "--events", help="Print each event as a line of JSON."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress on stderr."),
) -> None:
    """Let an agent carry out a task, and print its answer.

    Progress goes to stderr. Exit codes: 0 done, 1 failed, 2 bad usage, 3 no model backend is
    configured, 4 a limit was reached, 5 the model refused, 130 Ctrl-C.
    """
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
        quiet=quiet,
    )
    chosen_tools(tools or "")  # a wrong name is told before anything is tried
    given = content(_text(task), image)
    console = Console(stderr=True, highlight=False)
    progress = new_progress(console, quiet=quiet)
    show = _Printed(as_json=as_json, as_events=as_events)
    raise typer.Exit(asyncio.run(_run(options, given, session, console, progress, show)))


def _text(task: str) -> str:
    text = sys.stdin.read() if task == "-" else task
    if not text.strip():
        raise typer.BadParameter("the task is empty", param_hint="TASK")
    return text


async def _run(
    options: Options,
    task: Any,
    session: str | None,
    console: Console,
    progress: Progress,
    printed: _Printed,
) -> int:
    """Carry out the task and print what came of it; return the exit code."""
    gateway = connected(options)
    try:
        asks = console.is_terminal and sys.stdin.isatty()
        approve = Terminal(console, progress) if asks else None
        given = arguments(options, gateway, approve)
        with bringing(options, given, None if options.quiet else console) as brought:
            agent = _agent(brought.arguments, session)
            stream = agent.astream(brought.task(task))
            try:
                result, problem = await carry_out(stream, progress, printed.event), None
            except RunError as error:
                result, problem = error.result, error.message
        printed.result(result, session, problem)
        return exit_code(result)
    finally:
        await gateway.close()


def _agent(given: dict[str, Any], session: str | None) -> Agent[str] | Session[str]:
    if session is None:
        return new_agent(given)
    return named_session(given, session, open_store("sqlite"))


class _Printed:
    """What goes to stdout: the answer; or JSON, of the result or of the events, too."""

    def __init__(self, *, as_json: bool, as_events: bool) -> None:
        self._as_json = as_json or as_events
        self._as_events = as_events

    def event(self, event: events.Event) -> None:
        """Print an event, where each of them is wanted."""
        if self._as_events:
            _line(event)

    def result(self, result: Result[Any], session: str | None, error: str | None = None) -> None:
        """Print how it ended; what is no answer is told on stderr."""
        if self._as_events:
            _line({"event": "result", **document(result, session, error)})
        elif self._as_json:
            data = msgspec.json.encode(document(result, session, error), enc_hook=str)
            _write(msgspec.json.format(data, indent=2).decode())
        elif error is None and result.text:
            _write(clean(result.text) if sys.stdout.isatty() else result.text)
        if error is not None:
            typer.secho(f"rookery: {clean(error)}", err=True, fg="red")
        elif exit_code(result) != OK:
            typer.secho(f"rookery: ended with {result.stop_reason}", err=True, fg="yellow")


def _line(plain: Any) -> None:
    _write(msgspec.json.encode(plain, enc_hook=str).decode())


def _write(text: str) -> None:
    """Print a line at once. Not by `typer.echo`, which leaves out what would colour a terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def document(result: Result[Any], session: str | None, error: str | None) -> dict[str, Any]:
    """Return how a run ended as one document (docs/commands.md)."""
    return {
        "text": result.text,
        "stop_reason": result.stop_reason,
        "error": error,
        "session_id": session,
        "usage": result.usage,
        "cost": result.cost,
        "steps": result.cost_tracking["steps"],
    }
