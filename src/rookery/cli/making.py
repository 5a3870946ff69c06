"""From the options of a command to an agent, or to a session of one."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from rookery import tools as toolbox
from rookery.agent.agent import Agent
from rookery.agent.approval import Approve
from rookery.agent.budget import Budget
from rookery.agent.choose import choose_model
from rookery.agent.connect import connect
from rookery.agent.session import Session
from rookery.cli.options import READ_ONLY, Options
from rookery.cli.turn import NOTHING_CONFIGURED
from rookery.emulation.images import Header, read_header
from rookery.errors import AgentError, SettingsError
from rookery.gateway.gateway import Gateway
from rookery.policy.narrowing import Narrowing
from rookery.policy.policy import Policy
from rookery.policy.presets import PRESETS
from rookery.store.base import SessionStore, check_name

_LARGEST = 32 * 1024 * 1024
"""Bytes that are read of an image: the API takes no larger request."""


def connected(options: Options) -> Gateway:
    """Return the way to the model. Ends the command where none is configured, and says how to."""
    try:
        return connect(options.provider, options.base_url)
    except (AgentError, SettingsError) as error:
        typer.secho(f"rookery: {error.message}", err=True, fg="red")
        typer.echo("With a command: --base-url, or --provider offline to try it out.", err=True)
        raise typer.Exit(NOTHING_CONFIGURED) from None


def arguments(options: Options, gateway: Gateway, approve: Approve | None) -> dict[str, Any]:
    """Return the arguments of an Agent that were given. Raises BadParameter for a tool."""
    given = {
        "model": options.model,
        "system": options.system,
        "workspace": options.workspace,
        "sandbox": options.sandbox,
        "max_turns": options.max_turns,
        "tools": None if options.tools is None else chosen_tools(options.tools),
        "approve": approve,
        "policy": _policy(options),
        "budget": _budget(options),
    }
    return {name: one for name, one in given.items() if one is not None} | {"provider": gateway}


def _policy(options: Options) -> Policy | Narrowing | None:
    """Return what the rules say. Those that only deny and ask leave all else as it is without."""
    allow, ask, deny = options.allow or [], options.ask or [], options.deny or []
    if options.policy_preset is not None:
        allowed, asked = PRESETS[options.policy_preset]
        allow = [*(f"Bash({rule})" for rule in allowed), *allow]
        ask = [*(f"Bash({rule})" for rule in asked), *ask]
    if allow:
        return Policy(allow=allow, ask=ask, deny=deny)
    return Narrowing(ask, deny) if ask or deny else None


def _budget(options: Options) -> Budget | None:
    limits = {
        "usd": options.budget_usd,
        "tokens": options.budget_tokens,
        "seconds": options.budget_seconds,
    }
    given: dict[str, Any] = {name: one for name, one in limits.items() if one is not None}
    return Budget(**given) if given else None


def default_tools() -> list[Any]:
    """Return the tools of an agent that is given none."""
    return chosen_tools(",".join(READ_ONLY))


def new_agent(given: dict[str, Any]) -> Agent[str]:
    """Return an agent; what was not given is the newest Sonnet, with tools that only read."""
    defaults = {"model": choose_model("medium"), "tools": default_tools()}
    return Agent(**{**defaults, **given})


def named_session(given: dict[str, Any], name: str, store: SessionStore) -> Session[str]:
    """Return the session of this name, to go on with, or a new one. Raises SessionError.

    What was given counts more than what the session was begun with.
    """
    if store.find(check_name(name)) is None:
        return Session(new_agent(given), store=store, id=name)
    return Session.resume(name, store=store, **given)


def chosen_tools(names: str) -> list[Any]:
    """Return the built-in tools of these names, with commas in between. Raises BadParameter."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if wanted == ["none"]:
        return []
    for name in wanted:
        if name not in toolbox.BUILTIN:
            known = ", ".join(toolbox.BUILTIN)
            raise typer.BadParameter(
                f"there is no tool {name!r}; tools: {known}, none", param_hint="--tools"
            )
    return [getattr(toolbox, name) for name in dict.fromkeys(wanted)]


def content(task: str, images: Sequence[Path]) -> str | list[dict[str, Any]]:
    """Return a task with images before its text. Raises BadParameter for what is no image."""
    if not images:
        return task
    return [*map(_image, images), {"type": "text", "text": task}]


def _image(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = base64.standard_b64encode(file.read(_LARGEST)).decode()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--image") from None
    header = read_header(data)
    if not isinstance(header, Header):
        raise typer.BadParameter(
            f"{path} is no whole image in PNG, JPEG, GIF or WebP", param_hint="--image"
        )
    source = {"type": "base64", "media_type": header.media_type, "data": data}
    return {"type": "image", "source": source}
