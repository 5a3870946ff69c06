"""`rookery conformance URL`: does a server speak the Claude API?"""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from rookery.errors import APIError
from rookery.testing import conformance
from rookery.testing.conformance import SECTIONS, Check, Report, Result
from rookery.wire.versions import LATEST, VERSIONS

app = typer.Typer(add_completion=False)

_MARKS = {"passed": "[green]ok[/]", "failed": "[red]FAILED[/]", "skipped": "[yellow]skipped[/]"}
_NO_VERDICT = 2


@app.command("conformance")
def conformance_command(
    url: str = typer.Argument("", help="Base URL of the server, such as http://127.0.0.1:8420."),
    key: str = typer.Option("", envvar="ANTHROPIC_API_KEY", help="An API key of the server."),
    model: str = typer.Option(conformance.DEFAULT_MODEL, help="The model that is asked."),
    section: list[str] = typer.Option([], help="Only this section; may be repeated."),
    report: Path = typer.Option(None, help="Write the whole report to this file, as JSON."),
    version_header: str = typer.Option(LATEST, help=f"anthropic-version: {', '.join(VERSIONS)}."),
    large: bool = typer.Option(False, "--large", help="Also send what has more than 1 MB."),
    insecure: bool = typer.Option(False, "--insecure", help="Take any TLS certificate."),
    listed: bool = typer.Option(False, "--list", help="List the checks, and send nothing."),
) -> None:
    """Check a server against the Claude API.

    Exit code 0: no check failed; 1: some did; 2: no verdict, since the server, the key or the
    model could not be used.
    """
    if unknown := set(section) - set(SECTIONS):
        known = ", ".join(SECTIONS)
        raise typer.BadParameter(f"there is no section {min(unknown)!r}; sections: {known}")
    console = Console(highlight=False)
    checks = conformance.chosen(section)
    if listed:
        _list(console, checks)
        return
    if not url:
        raise typer.BadParameter("a URL is needed, such as http://127.0.0.1:8420")
    console.print(_budget(checks, model), style="dim")
    try:
        with _Progress(console, checks) as progress:
            done = conformance.run(
                url,
                key,
                model=model,
                version=version_header,
                only=section,
                tell=progress.tell,
                verify=not insecure,
                large=large,
            )
    except APIError as error:
        typer.secho(f"rookery: {error.message}", err=True, fg="red")
        raise typer.Exit(_NO_VERDICT) from None
    if report is not None:
        report.write_text(json.dumps(done.plain(), indent=2) + "\n", encoding="utf-8")
    _summary(console, done)
    raise typer.Exit(1 if done.failed else 0)


class _Progress:
    """Tells of each check that did not pass, and on a terminal how far it is."""

    def __init__(self, console: Console, checks: list[Check]) -> None:
        self._console = console
        self._shown = Progress(
            SpinnerColumn(),
            TextColumn("{task.completed}/{task.total} {task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID = self._shown.add_task("", total=len(checks))

    def __enter__(self) -> _Progress:
        self._shown.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.stop()

    def tell(self, result: Result) -> None:
        check = result.check
        self._shown.update(self._task, advance=1, description=f"{check.section}: {check.name}")
        if result.outcome != "passed":
            self._console.print(f"{_MARKS[result.outcome]} {check.section}.{check.name}")
            self._console.print(f"    {check.claim} ({check.source})", markup=False)
            self._console.print(f"    {result.seen}", markup=False, style="dim")


def _budget(checks: list[Check], model: str) -> str:
    sections = [SECTIONS[name] for name in dict.fromkeys(check.section for check in checks)]
    requests = sum(section.requests for section in sections)
    tokens = sum(section.tokens for section in sections)
    return (
        f"{len(checks)} checks: at most about {requests:,} requests and {tokens:,} tokens of "
        f"{model}"
    )


def _list(console: Console, checks: list[Check]) -> None:
    for name in dict.fromkeys(check.section for check in checks):
        about, requests, tokens = SECTIONS[name]
        console.print(f"[bold]{name}[/]: {about} (about {requests} requests, {tokens:,} tokens)")
        for check in checks:
            if check.section == name:
                console.print(f"  {check.name}: {check.claim} ({check.source})", markup=False)


def _summary(console: Console, report: Report) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("section")
    for name in _MARKS:
        table.add_column(name, justify="right")
    for section, counts in report.counts().items():
        table.add_row(section, *(str(counts[name]) for name in ("passed", "failed", "skipped")))
    console.print(table)
    passed = sum(result.outcome == "passed" for result in report.results)
    traffic, target = report.target.traffic, report.target
    console.print(
        f"\n{passed} of {len(report.results)} checks passed on {target.url} ({target.model}, "
        f"{target.version}); {traffic.requests} requests, {traffic.input_tokens:,} tokens in, "
        f"{traffic.output_tokens:,} out"
    )
