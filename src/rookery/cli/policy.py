"""`rookery policy`: what a policy says about a command, and why."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import typer

from rookery.policy.command import CommandPolicy, Explanation, Part
from rookery.policy.decision import Verdict
from rookery.policy.presets import PRESETS

app = typer.Typer(add_completion=False, no_args_is_help=True)

EXIT_CODES: dict[Verdict, int] = {"allow": 0, "ask": 3, "deny": 4}
"""Apart from 1 (a rule that cannot be read) and 2 (a command line that cannot be read)."""

Line = Annotated[str, typer.Argument(metavar="COMMAND", help="The line, as one argument.")]
ALLOW = typer.Option([], "--allow", help="A rule, such as 'git log'; may be repeated.")
ASK = typer.Option([], "--ask", help="A rule; may be repeated.")
DENY = typer.Option([], "--deny", help="A rule; may be repeated.")
Preset = Annotated[
    Literal["read-only", "developer"] | None, typer.Option(help="Rules to start from.")
]
Moved = Annotated[bool, typer.Option("--moved", help="The working directory was changed before.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def options() -> None:
    """Show what a policy says about a command of a shell."""


@app.command()
def check(
    command: Line,
    allow: list[str] = ALLOW,
    ask: list[str] = ASK,
    deny: list[str] = DENY,
    preset: Preset = None,
    moved: Moved = False,
    as_json: Json = False,
) -> None:
    """Say whether a line may run; exit code 0: allow, 3: ask, 4: deny."""
    decision = _policy(preset, allow, ask, deny).check(command, moved=moved)
    if as_json:
        _print_json(decision)
    else:
        typer.echo(f"{decision.verdict}: {decision.reason}")
    raise typer.Exit(EXIT_CODES[decision.verdict])


@app.command()
def explain(
    command: Line,
    allow: list[str] = ALLOW,
    ask: list[str] = ASK,
    deny: list[str] = DENY,
    preset: Preset = None,
    moved: Moved = False,
    as_json: Json = False,
) -> None:
    """Say the same, with which part of the line met which rule."""
    found = _policy(preset, allow, ask, deny).explain(command, moved=moved)
    if as_json:
        _print_json(found)
    else:
        _print(found)
    raise typer.Exit(EXIT_CODES[found.decision.verdict])


def _policy(preset: str | None, allow: list[str], ask: list[str], deny: list[str]) -> CommandPolicy:
    base = PRESETS[preset] if preset else ((), ())
    return CommandPolicy(allow=[*base[0], *allow], ask=[*base[1], *ask], deny=deny)


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _print(found: Explanation) -> None:
    typer.echo(f"{found.decision.verdict}: {found.decision.reason}")
    for part in found.parts:
        typer.echo(f"  {part.verdict:<6} {_shown(part)}")
        typer.echo(f"         {part.reason}")
    how = "as lists of arguments, without a shell" if found.decision.line else "by bash"
    if found.decision.verdict == "allow":
        typer.echo(f"  It would run {how}.")


def _shown(part: Part) -> str:
    words = ["(unknown)" if word is None else word for word in part.command]
    return " ".join(words) or "the line"
