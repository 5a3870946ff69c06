"""`rookery demo`: see the whole house at work, without a key."""

from __future__ import annotations

import secrets

import typer

from rookery.demo.causes import CAUSES
from rookery.demo.run import run_demo

app = typer.Typer(add_completion=False)

KINDS = [cause.kind for cause in CAUSES]


@app.command()
def demo(
    seed: int = typer.Option(None, help="Which incident is made up.", show_default="drawn anew"),
    kind: str = typer.Option(None, help=f"Its root cause: {', '.join(KINDS)}."),
    no_incident: bool = typer.Option(False, "--no-incident", help="Logs with nothing wrong."),
) -> None:
    """Let a team of agents find the cause of a made-up incident, on the offline engine.

    The exit code is 0 if the answer names the planted cause, or rightly finds none.
    """
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"kinds are {', '.join(KINDS)}", param_hint="--kind")
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    if not run_demo(chosen, kind=kind, incident=not no_incident):
        raise typer.Exit(1)
