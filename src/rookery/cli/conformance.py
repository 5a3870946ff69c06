"""`rookery conformance URL`: does a server speak the Claude API?"""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from rookery.errors import SettingsError
from rookery.testing import conformance
from rookery.testing.conformance import Report, Result

app = typer.Typer(add_completion=False)

_MARKS = {"passed": "[green]ok[/]", "failed": "[red]FAILED[/]", "skipped": "[yellow]skipped[/]"}


@app.command("conformance")
def conformance_command(
    url: str = typer.Argument(help="Base URL of the server, such as http://127.0.0.1:8420."),
    key: str = typer.Option("", envvar="ANTHROPIC_API_KEY", help="An API key of the server."),
    model: str = typer.Option(conformance.DEFAULT_MODEL, help="The model that is asked."),
    section: list[str] = typer.Option([], help="Only this section; may be repeated."),
    report: Path = typer.Option(None, help="Write the whole report to this file, as JSON."),
    insecure: bool = typer.Option(False, "--insecure", help="Take any TLS certificate."),
) -> None:
    """Check a server against the Claude API. It sends some hundred short requests."""
    if unknown := set(section) - set(conformance.SECTIONS):
        known = ", ".join(conformance.SECTIONS)
        raise SettingsError(f"There is no section {min(unknown)!r}. Sections: {known}.")
    console = Console(highlight=False)
    done = conformance.run(
        url,
        key,
        model=model,
        only=section,
        tell=lambda result: _tell(console, result),
        verify=not insecure,
    )
    if report is not None:
        report.write_text(json.dumps(done.plain(), indent=2) + "\n", encoding="utf-8")
    _summary(console, done)
    raise typer.Exit(1 if done.failed else 0)


def _tell(console: Console, result: Result) -> None:
    if result.outcome == "passed":
        return
    check = result.check
    console.print(f"{_MARKS[result.outcome]} {check.section}: {check.claim}")
    console.print(f"    {result.seen} ({check.source})", markup=False, style="dim")


def _summary(console: Console, report: Report) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("section")
    for name in _MARKS:
        table.add_column(name, justify="right")
    for section, counts in report.counts().items():
        table.add_row(section, *(str(counts[name]) for name in ("passed", "failed", "skipped")))
    console.print(table)
    passed = sum(result.outcome == "passed" for result in report.results)
    console.print(f"\n{passed} of {len(report.results)} checks passed on {report.target.url}")
