"""A conversation in the terminal: messages, answers, and commands that begin with a slash."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress

import typer
from rich.console import Console
from rich.text import Text

from rookery.agent import check, events
from rookery.agent.result import Result
from rookery.agent.session import Session
from rookery.cli.asking import Terminal
from rookery.cli.bringing import bringing
from rookery.cli.making import arguments, chosen_tools, named_session
from rookery.cli.options import Options
from rookery.cli.progress import LiveLine, Progress, new_progress
from rookery.cli.terminal import clean, counted
from rookery.cli.turn import FAILED, OK, carry_out, exit_code
from rookery.cli.typed import Typed
from rookery.errors import RookeryError, RunError
from rookery.gateway.gateway import Gateway
from rookery.store.base import SessionStore


class Conversation:
    """One session, and who talks with its agent."""

    def __init__(
        self,
        runner: asyncio.Runner,
        options: Options,
        gateway: Gateway,
        store: SessionStore,
        name: str,
        life: ExitStack,
    ) -> None:
        """Go on with the session `name`, or begin it. Raises SessionError and AgentError.

        What has to end with the conversation is left to `life`.
        """
        self._runner = runner
        self._notes = Console(stderr=True, highlight=False)
        self._typed = Typed("> ")
        asks = self._typed.is_terminal and self._notes.is_terminal
        self._approve = Terminal(self._notes) if asks else None
        given = arguments(options, gateway, self._approve)
        self._brought = life.enter_context(bringing(options, given, self._notes))
        self._session: Session[str] = named_session(self._brought.arguments, name, store)
        self._code = OK

    def hold(self) -> int:
        """Talk until the input ends, or /exit; return the exit code.

        It is that of the last message, or 0 where somebody sits at a terminal.
        """
        self._note(f"session {self._session.id}; /help lists what can be typed")
        while True:
            try:
                message = self._typed.message()
                if message in {"/exit", "/quit"}:
                    break
                if message:
                    self._take(message)
            except EOFError:
                break
            except KeyboardInterrupt:
                with suppress(KeyboardInterrupt):  # pressed twice
                    self._note("")
        if self._typed.is_terminal:
            self._note(f"rookery chat --session {self._session.id}")
            return OK
        return self._code

    def _take(self, message: str) -> None:
        try:
            meant, name = self._brought.task(message), message.split(maxsplit=1)[0]
            if message.startswith("/") and (meant == message or name in COMMANDS):
                self._command(*message.split(maxsplit=1))
            else:
                self._turn(meant)
        except RunError as error:
            self._complain(error.message, exit_code(error.result))
        except RookeryError as error:
            self._complain(error.message, FAILED)
        except (ValueError, typer.BadParameter) as error:
            self._complain(str(error), FAILED)

    def _turn(self, message: str) -> None:
        progress = self._progress()
        if self._approve is not None:
            self._approve.progress = progress
        result = self._runner.run(self._answered(message, progress))
        self._code = exit_code(result)
        if not isinstance(progress, Speaking):
            sys.stdout.write(f"{result.text}\n" if result.text else "")
            sys.stdout.flush()
        if self._code != OK:
            self._complain(f"ended with {result.stop_reason}", self._code)
        usage = result.usage
        self._note(f"{usage.prompt_tokens:,} in, {usage.output_tokens:,} out, {result.bill}")

    def _progress(self) -> Progress:
        if self._notes.is_terminal and sys.stdout.isatty():
            return Speaking(self._notes)
        return new_progress(self._notes)

    async def _answered(self, message: str, progress: Progress) -> Result[str]:
        return await carry_out(self._session.astream(message), progress)

    def _command(self, name: str, given: str = "") -> None:
        command = COMMANDS.get(name)
        if command is None:
            self._complain(f"there is no {name}; /help lists what there is", FAILED)
        else:
            command[1](self, given.strip())

    def _help(self, given: str) -> None:
        del given
        for name, (about, _) in COMMANDS.items():
            self._note(f"{name:<10}{about}")
        self._note("/exit     leave; so does Ctrl-D. Ctrl-C cancels an answer.")

    def _cost(self, given: str) -> None:
        del given
        told = self._session.cost_tracking
        for model, part in told["by_model"].items():
            self._note(_spent(model, part["calls"], part["input_tokens"], part["output_tokens"]))
        self._note(f"{counted(self._session.turns, 'turn')}, {self._session.bill} in all")

    def _rewind(self, given: str) -> None:
        self._session.rewind(_number(given or "1"))
        self._note(f"{counted(self._session.turns, 'turn')} left")

    def _fork(self, given: str) -> None:
        self._session = self._session.fork(given or None)
        self._note(f"session {self._session.id}")

    def _tools(self, given: str) -> None:
        agent = self._session.agent
        if given:
            agent.tools = check.by_name(chosen_tools(given))
        self._note(", ".join(agent.tools) or "no tools")

    def _model(self, given: str) -> None:
        agent = self._session.agent
        if given:
            agent.model = check.name_of_model(given)
        self._note(str(agent.model))

    def _note(self, text: str) -> None:
        self._notes.print(Text(clean(text), "dim"), soft_wrap=True)

    def _complain(self, text: str, code: int) -> None:
        self._code = code
        self._notes.print(Text(f"rookery: {clean(text)}", "red"), soft_wrap=True)


COMMANDS: dict[str, tuple[str, Callable[[Conversation, str], None]]] = {
    "/help": ("this list", Conversation._help),
    "/cost": ("what the session has used", Conversation._cost),
    "/rewind": ("take back the last turn, or so many", Conversation._rewind),
    "/fork": ("go on in a new session, of this name if one is given", Conversation._fork),
    "/tools": ("the tools; with names and commas in between, have these", Conversation._tools),
    "/model": ("the model; with a name, go on with that one", Conversation._model),
}
"""What can be typed besides messages: what it does, for people, and what does it."""


_AFTER_WORDS = (events.StepStarted, events.ApprovalRequested, events.ToolCalled)
"""What the live line is needed for again."""


class Speaking(LiveLine):
    """The live line, which makes way for the words of the answer as they come."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`, a terminal, as is stdout."""
        super().__init__(console)
        self._speaks = False

    def __exit__(self, *_: object) -> None:
        """End the line of the answer, or take the live one away."""
        if self._speaks:
            sys.stdout.write("\n")
            sys.stdout.flush()
        super().__exit__()

    def show(self, event: events.Event) -> None:
        """Write what the model says; between that, be the live line."""
        if isinstance(event, events.TextDelta):
            self._speak(event.text)
        elif isinstance(event, _AFTER_WORDS):
            self._fall_silent()
        super().show(event)

    def _speak(self, text: str) -> None:
        if not self._speaks:
            self._live.stop()
            self._speaks = True
        sys.stdout.write(clean(text))
        sys.stdout.flush()

    def _fall_silent(self) -> None:
        if self._speaks:
            self._speaks = False
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._live.start()


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not a number of turns")
    return int(text)


def _spent(model: str, calls: int, read: int, written: int) -> str:
    return f"{model}: {counted(calls, 'call')}, {read:,} in, {written:,} out"
