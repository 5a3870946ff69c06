"""`rookery price`: what a number of tokens costs."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from rookery.catalog.cost import cost, dollars
from rookery.catalog.lookup import Catalog
from rookery.wire.usage import CacheCreation, Usage

app = typer.Typer(add_completion=False)


@app.command()
def price(
    model: str = typer.Argument(help="A model id or alias, such as claude-sonnet-4-6."),
    input_tokens: int = typer.Option(0, "--input", min=0, help="Uncached input tokens."),
    output_tokens: int = typer.Option(0, "--output", min=0, help="Output tokens."),
    write_5m: int = typer.Option(0, "--write", min=0, help="Tokens written for 5 minutes."),
    write_1h: int = typer.Option(0, "--write-1h", min=0, help="Tokens written for an hour."),
    read: int = typer.Option(0, "--read", min=0, help="Tokens read from the cache."),
    batch: bool = typer.Option(False, "--batch", help="At the price of the Batch API."),
    us: bool = typer.Option(False, "--us", help="With inference_geo us."),
    fast: bool = typer.Option(False, "--fast", help="With speed fast."),
) -> None:
    """Show what tokens cost today, line by line."""
    known = Catalog.builtin().get(model)
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=write_5m + write_1h,
        cache_creation=CacheCreation(write_5m, write_1h),
    )
    total = cost(
        usage,
        known.id,
        datetime.now(UTC),
        tier="batch" if batch else "standard",
        geo="us" if us else None,
        speed="fast" if fast else None,
    )
    for line in total.lines:
        amount = "unpriced" if line.amount is None else dollars(line.amount)
        rate = "" if line.price is None else f"at ${line.price.normalize():f}/MTok"
        typer.echo(f"{line.kind:<18}{line.quantity:>14,}  {rate:<18}{amount:>14}")
    typer.echo(f"{'total':<18}{'':>14}  {'':<18}{total!s:>14}")
    if not total.priced:
        raise typer.Exit(1)
