"""`rookery serve`: the server."""

from __future__ import annotations

from pathlib import Path

import typer

from rookery import settings as settings_module
from rookery.providers.registry import ROWS
from rookery.server import log
from rookery.server.auth import Opened, key_file
from rookery.server.serve import serve as run_server
from rookery.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: str = typer.Option(None, help="Address to listen on.", show_default="127.0.0.1"),
    port: int = typer.Option(None, help="Port to listen on.", show_default="8420"),
    provider: str = typer.Option(None, help=f"Model backend: {', '.join(ROWS)}. [offline]"),
    script: str = typer.Option(None, help="Script of the scripted provider (YAML or JSON)."),
    database: str = typer.Option(None, help="Database URL; kept for a later version."),
    workers: int = typer.Option(None, min=1, max=256, help="Processes.", show_default="1"),
    log_level: str = typer.Option(None, help="debug, info, warning or error.", show_default="info"),
    log_format: str = typer.Option(None, help="text or json.", show_default="text"),
    config: Path = typer.Option(None, help="Settings file.", show_default="./rookery.toml"),
) -> None:
    """Serve the Claude API."""
    settings = settings_module.load(
        {
            "host": host,
            "port": port,
            "provider": provider,
            "script": script,
            "database": database,
            "workers": workers,
            "log_level": log_level,
            "log_format": log_format,
        },
        file=config,
    )
    log.configure(settings)
    run_server(settings, lambda url, opened: _greet(settings, url, opened))


def _greet(settings: Settings, url: str, opened: Opened) -> None:
    row = ROWS[settings.provider]
    typer.echo(f"rookery serves the Claude API on {url}")
    typer.echo(f"  provider   {settings.provider}: {row.summary}")
    for name, key in opened.made.items():
        typer.echo(f"  {name:<10} {key}   (made now, shown this once; only its hash is kept)")
    if not opened.made and settings.bootstrap_key is None and settings.bootstrap_admin_key is None:
        typer.echo(
            f"  keys       made at the first start; to get new ones, remove {key_file(settings)}"
        )
    if row.one_process and settings.workers > 1:
        typer.secho(
            f"  warning    {settings.provider} holds its state in one process: each of the "
            f"{settings.workers} workers has its own",
            fg="yellow",
        )
    if settings.database:
        typer.secho("  warning    the database is not used yet", fg="yellow")
    typer.echo(f"  try        export ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY=<key>")
