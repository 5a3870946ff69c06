"""What the demo shows of a team at work, and of what it cost."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rookery.agent import events
from rookery.agent.result import Result

COLORS = ("magenta", "blue", "yellow", "green")
LONGEST = 90
"""Characters of the arguments of a call that are shown."""


def progress(out: Console) -> Callable[[events.Event], None]:
    """Return what shows each event as it happens; the answer itself is shown whole later."""
    colors: dict[tuple[str, ...], str] = {}

    def show(event: events.Event) -> None:
        color = colors.setdefault(event.path, COLORS[len(colors) % len(COLORS)])
        if said := _said(event):
            who = "/".join(event.path) or "main"
            out.print(f"[{color}]{who:10}[/{color}] {said}", overflow="ellipsis", no_wrap=True)

    return show


def _said(event: events.Event) -> str:
    match event:
        case events.StepStarted(step=step):
            return f"[dim]step {step}[/dim]"
        case events.SubagentStarted():
            return "[bold]begins[/bold]"
        case events.SubagentEnded(stop_reason=reason, bill=bill):
            return f"[bold]ends[/bold] ({reason}, {bill})"
        case events.ToolCalled(name=name, input=arguments):
            shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            return f"  [cyan]{name}[/cyan]({escape(_clipped(shown))})"
        case events.ToolReturned(name=name, content=content, is_error=failed, seconds=spent):
            mark = "[red]failed[/red]" if failed else "[green]ok[/green]"
            lines = str(content).count("\n") + 1
            return f"  {mark} {name}: {lines} lines in {spent * 1000:.0f} ms"
    return ""


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def cost_table(result: Result) -> Table:
    """Return what each call of a model cost, agent by agent."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("agent", "model", "tools", "input", "output", "cost"):
        is_text = column in ("agent", "model", "tools")
        table.add_column(column, justify="left" if is_text else "right")
    for step in result.steps:
        table.add_row(
            step.agent,
            step.model,
            ", ".join(dict.fromkeys(step.tools)) or "answer",
            f"{step.usage.prompt_tokens:,}",
            f"{step.usage.output_tokens:,}",
            str(step.bill),
        )
    usage = result.usage
    numbers = (f"{usage.prompt_tokens:,}", f"{usage.output_tokens:,}", str(result.bill))
    table.add_row("all", "", "", *numbers, style="bold")
    return table
