"""`rookery sessions`: those that are kept, what was said in them, forks, the end of them."""

from __future__ import annotations

from typing import Any

import msgspec
import typer
from msgspec.structs import asdict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rookery.agent.transcript import Transcript
from rookery.cli.terminal import call, clean, counted, short, words
from rookery.errors import SessionError
from rookery.store.base import SessionStore, Summary, missing
from rookery.store.open import open_store, own_file
from rookery.wire.ids import Ids

app = typer.Typer(add_completion=False, no_args_is_help=True)

_JSON = typer.Option(False, "--json", help="Print one JSON document.")


@app.callback()
def sessions() -> None:
    """List, show, fork and delete the sessions that are kept."""


@app.command("list")
def list_sessions(
    limit: int = typer.Option(50, min=1, max=1000, help="How many, the newest first."),
    as_json: bool = _JSON,
) -> None:
    """List sessions, those written last first."""
    found = _store().page(limit).sessions if own_file().exists() else []
    if as_json:
        _print_json([asdict(one) for one in found])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("session", "turns", "cost", "written (UTC)", "title"):
        right = column in {"turns", "cost"}
        table.add_column(column, justify="right" if right else "left", no_wrap=column != "title")
    for one in found:
        shown = [str(one.about.get(name, "")) for name in ("turns", "cost", "title")]
        turns, cost, title = (short(text) for text in shown)
        table.add_row(one.id, turns, cost, f"{one.updated:%Y-%m-%d %H:%M}", Text(title))
    console = Console(highlight=False)
    console.print(table if found else "There are no sessions yet.")


@app.command()
def show(name: str, as_json: bool = _JSON) -> None:
    """Show what was said and done in a session, and what it cost."""
    store = _store()
    summary = _found(store, name)
    transcript = Transcript.of(store.read(name))
    if as_json:
        _print_json({**asdict(summary), "messages": transcript.messages})
        return
    console = Console(highlight=False)
    turns = counted(transcript.turns, "turn")
    about = f"{turns}, {transcript.bill}, begun {summary.created:%Y-%m-%d %H:%M}"
    origin = "" if summary.parent is None else f", forked from {summary.parent}"
    console.print(Text(f"{name}: {about} UTC{origin}", "bold"))
    for message in transcript.messages:
        for line in _lines(message):
            console.print(line, soft_wrap=True)


@app.command()
def fork(
    name: str, new: str = typer.Argument(None, help="Its name.", show_default="made up")
) -> None:
    """Begin a session that goes on from here on its own, and print its name."""
    chosen = new or Ids().new("session")
    store = _store()
    _found(store, name)
    store.fork(name, chosen)
    typer.echo(chosen)


@app.command()
def delete(names: list[str]) -> None:
    """Delete sessions. Forks of them keep what they share."""
    store = _store()
    for name in names:
        _found(store, name)
    for name in names:
        store.delete(name)
        typer.echo(f"deleted {name}")


def _store() -> SessionStore:
    if not own_file().exists():
        raise SessionError(f"There are no sessions yet: {own_file()} is not there.")
    return open_store(own_file())


def _found(store: SessionStore, name: str) -> Summary:
    summary = store.find(name)
    if summary is None:
        raise missing(name)
    return summary


def _print_json(plain: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(plain), indent=2))


def _lines(message: dict[str, Any]) -> list[Text]:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    shown = []
    for block in blocks:
        match block:
            case {"type": "text", "text": str(text)} if message["role"] == "user":
                shown.append(Text(f"\n> {clean(text)}", "bold"))
            case {"type": "text", "text": str(text)}:
                shown.append(Text(clean(text)))
            case {"type": "tool_use", "name": str(name), "input": dict(given)}:
                shown.append(Text(f"  {call(name, given)}", "cyan"))
            case {"type": "tool_result"}:
                mark = "failed" if block.get("is_error") else "ok"
                said = short(words(block.get("content", "")))
                shown.append(Text(f"  {mark}: {said}", "dim"))
            case {"type": str(kind)}:
                shown.append(Text(f"  ({short(kind)})", "dim"))
    return shown
