"""`rookery doctor`: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from rookery.cli.findings import Finding, findings

app = typer.Typer(add_completion=False)

_MARKS = {"ok": ("ok", "green"), "optional": ("optional", "yellow"), "missing": ("MISSING", "red")}


@app.command()
def doctor(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Look whether all is there that agents need, and say how to get what is missing.

    A configured model backend is asked to count the tokens of one word, which is free. Exit code
    1: something that is needed is missing.
    """
    found = asyncio.run(findings())
    healthy = all(one.state != "missing" for one in found)
    if as_json:
        data = msgspec.json.encode({"ok": healthy, "findings": found})
        typer.echo(msgspec.json.format(data, indent=2))
    else:
        console = Console(highlight=False)
        for one in found:
            _show(console, one)
    raise typer.Exit(0 if healthy else 1)


def _show(console: Console, one: Finding) -> None:
    mark, style = _MARKS[one.state]
    line = Text().append(f"{mark:<9}", style).append(f"{one.name:<11}", "bold").append(one.said)
    console.print(line, soft_wrap=True)
    if one.remedy:
        console.print(Text(f"{'':<20}-> {one.remedy}", "dim"), soft_wrap=True)
