"""`rookery models`: the catalog, with today's prices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import typer
from rich.console import Console
from rich.table import Table

from rookery.catalog.cost import price_table
from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Lifecycle, Model
from rookery.providers.registry import ROWS

app = typer.Typer(add_completion=False)

_KINDS = {
    "input": "$ in",
    "output": "$ out",
    "cache_write_5m": "$ 5m",
    "cache_write_1h": "$ 1h",
    "cache_read": "$ read",
}
"""Kinds of tokens, and the heads of their columns."""


@app.command()
def models(
    retired: bool = typer.Option(False, "--retired", help="List retired models too."),
) -> None:
    """List the models, their limits and their prices in dollars per million tokens."""
    now = datetime.now(UTC)
    shown = frozenset(s for s in get_args(Lifecycle) if retired or s != "retired")
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("model", no_wrap=True)
    for column in ("in", "out", *_KINDS.values()):
        table.add_column(column, justify="right", no_wrap=True)
    for model in Catalog.builtin().models(now, lifecycle=shown):
        for row in _rows(model, now):
            table.add_row(*row)
    console = Console()
    console.print(table)
    console.print(
        "\nTokens a prompt and a reply may have; dollars per million tokens of input, output,"
    )
    console.print("cache writes (5 minutes, 1 hour) and cache reads. * deprecated or retired.")
    console.print("\n[bold]providers[/bold]")
    for name, about in ROWS.items():
        console.print(f"  {name:<10} {about.summary}", highlight=False)


def _rows(model: Model, now: datetime) -> list[list[str]]:
    state = model.lifecycle(now)
    facts = [
        model.id if state == "active" else f"{model.id} *",
        _count(model.max_input_tokens),
        _count(model.max_tokens),
    ]
    rows = []
    for band in price_table(model.id, now):
        prices = [_price(band.prices.get(kind)) for kind in _KINDS]
        first = facts if band.above == 0 else [f"  prompt > {band.above:,}", "", ""]
        rows.append([*first, *prices])
    return rows or [[*facts, *("unpriced" for _ in _KINDS)]]


def _count(tokens: int) -> str:
    return f"{tokens // 1_000_000}M" if tokens % 1_000_000 == 0 else f"{tokens // 1000}k"


def _price(price: Decimal | None) -> str:
    return "unpriced" if price is None else f"{price.normalize():f}"
