"""How far a run is: one line that changes on a terminal, a line for each fact elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from rookery.agent import events
from rookery.catalog.cost import Cost
from rookery.cli.terminal import call, counted, short, words

Show = Callable[[events.Event], None]


class Progress(Protocol):
    """Is told of each event, within a block."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, event: events.Event) -> None:
        """Take the next event."""
        ...

    def paused(self) -> AbstractContextManager[object]:
        """Make way for something else on the terminal, for the length of a block."""
        ...


def new_progress(console: Console, *, quiet: bool = False) -> Progress:
    """Return what fits the console: a live line on a terminal, else plain lines."""
    if quiet:
        return Silence()
    return LiveLine(console) if console.is_terminal else Lines(console)


class Tally:
    """What a run has done and used so far."""

    def __init__(self) -> None:
        self.step = 0
        self.read = 0
        self.written = 0
        self.bill = Cost()

    def add(self, event: events.Event) -> None:
        """Take the next event."""
        if isinstance(event, events.StepStarted):
            self.step = event.step
        elif isinstance(event, events.UsageReported):
            self.read += event.usage.prompt_tokens
            self.written += event.usage.output_tokens
            self.bill += event.bill

    def __str__(self) -> str:
        return f"{_tokens(self.read)} in, {_tokens(self.written)} out, {self.bill}"


def _tokens(count: int) -> str:
    return f"{count:,}" if count < 10_000 else f"{count / 1000:,.1f}k"


def fact(event: events.Event, called: str) -> Text | None:
    """Return the line for an event that is worth one, for good; an answer is to `called`."""
    match event:
        case events.ToolReturned(is_error=failed, seconds=seconds, content=content):
            mark = Text("failed ", "red") if failed else Text("ok ", "green")
            said = words(content)
            said = short(said) if failed else counted(len(said.splitlines()), "line")
            return Text("  ").append(mark).append(f"{called}: {said}, {_time(seconds)}")
        case events.Retried(status=status, message=message, seconds=seconds):
            line = f"  {status} {short(message)}: again in {_time(seconds)}"
            return Text(line, "yellow")
        case events.OutputRefused(problem=problem):
            return Text(f"  not of the output type: {short(problem)}", "yellow")
        case events.ContextCompacted():
            return Text("  the context is full: old turns became a summary", "yellow")
        case _:
            return None


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, event: events.Event) -> None:
        """Do nothing."""

    def paused(self) -> AbstractContextManager[object]:
        """Do nothing."""
        return nullcontext()


class Lines(Silence):
    """A line for each step, call and result, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        """Print to `console`."""
        self._console = console
        self._tally = Tally()

    def show(self, event: events.Event) -> None:
        """Print the line of this event, if it has one."""
        self._tally.add(event)
        match event:
            case events.StepStarted(step=step):
                self._print(Text(f"step {step}"))
            case events.ToolCalled(name=name, input=given):
                self._print(Text(f"  {call(name, given)}"))
            case events.UsageReported():
                self._print(Text(f"  {self._tally}"))
            case _ if (line := fact(event, short(getattr(event, "name", "")))) is not None:
                self._print(line)

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)


class LiveLine(Silence):
    """One line at the bottom that tells what goes on; what is over stays above it."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`, a terminal."""
        self._console = console
        self._tally = Tally()
        self._doing = "begins"
        self._calls: dict[str, str] = {}
        self._running: dict[str, str] = {}
        self._begun = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            self,
            console=console,
            transient=True,
            refresh_per_second=10,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self._live.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the line away for the length of a block."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the line, cut to the width of the terminal."""
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append_text(self._spinner.render(console.get_time()))  # type: ignore[arg-type]
        line.append(f" step {self._tally.step or 1} ", "bold")
        line.append(", ".join(self._running.values()) or self._doing)
        seconds = time.monotonic() - self._begun
        line.append(f"  {self._tally}, {seconds:.0f} s", "dim")
        yield line

    def show(self, event: events.Event) -> None:
        """Change the line, and leave above it what is over."""
        self._tally.add(event)
        match event:
            case events.StepStarted():
                self._doing = "waits for the model"
            case events.ThinkingDelta():
                self._doing = "thinks"
            case events.TextDelta():
                self._doing = "writes"
            case events.ToolCalled(id=id, name=name, input=given):
                self._calls[id] = self._running[id] = call(name, given)
            case events.ToolProgressed(id=id, name=name, text=text):
                self._running[id] = f"{short(name)}: {short(text)}"
            case events.ToolReturned(id=id):
                self._running.pop(id, None)
        line = fact(event, self._calls.get(getattr(event, "id", ""), ""))
        if line is not None:
            self._live.console.print(line, soft_wrap=True)
