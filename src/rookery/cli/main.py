"""The entry point. A subcommand's file is imported when it is called, so that each starts fast."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

import rookery
from rookery.errors import RookeryError

COMMANDS = {
    "run": "Let an agent carry out a task, and print its answer.",
    "chat": "Talk with an agent in the terminal; what is said is kept as a session.",
    "sessions": "List, show, fork and delete the sessions that are kept.",
    "serve": "Serve the Claude API.",
    "demo": "Let a team of agents find the cause of a made-up incident, on the offline engine.",
    "doctor": "Look whether all is there that agents need, and say how to get what is missing.",
    "models": "List the models, their limits and their prices in dollars per million tokens.",
    "price": "Show what tokens cost today, line by line.",
    "policy": "Show what a policy says about a command of a shell.",
    "conformance": "Check a server against the Claude API.",
}
"""The subcommands, in the order of the help; each is a file of this folder with an `app`, whose
help begins with this sentence. It stands here too so that the list needs none of the files."""


class LazyGroup(TyperGroup):
    """A group whose commands are imported by name."""

    _is_listing = False

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the group, for which no command is imported."""
        self._is_listing = True
        super().format_help(ctx, formatter)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        if self._is_listing:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name])
        command = typer.main.get_command(import_module(f"rookery.cli.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rookery {rookery.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """A Claude platform of your own: a server that speaks the Claude API, and agents."""
    del version


def main() -> None:
    """Run the command line; errors are one line on stderr and exit code 1."""
    _open_closed()
    try:
        app()
    except RookeryError as error:
        _fail(error.message)
    except OSError as error:  # a full disk, a closed pipe
        sys.stdout = None  # what is left in it cannot be written either, at the end of the process
        what = f"{error.filename}: " if error.filename else ""
        _fail(f"{what}{error.strerror or error}")


def _open_closed() -> None:
    """Open what the process was begun without: it is empty, or takes what nobody reads."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _fail(message: str) -> None:
    typer.secho(f"rookery: {message}", err=True, fg="red")
    sys.exit(1)
