"""What `rookery doctor` looks at. Nothing is changed, and no key is shown."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

import rookery
from rookery import settings as settings_module
from rookery.agent.choose import choose_model
from rookery.agent.connect import connect
from rookery.catalog.lookup import Catalog
from rookery.errors import (
    AgentError,
    APIError,
    AuthenticationError,
    ConnectionFailedError,
    GatewayTimeoutError,
    RookeryError,
    SettingsError,
)
from rookery.gateway.gateway import Gateway
from rookery.providers.base import Call
from rookery.providers.registry import ROWS
from rookery.sandbox.base import Probe
from rookery.sandbox.choose import REQUIRED, probes
from rookery.settings import Settings
from rookery.store.open import open_store, own_file
from rookery.wire.ids import Ids
from rookery.wire.messages import CountTokensRequest

PATIENCE = 8.0
"""Seconds in which a model backend has to answer."""

PROGRAMS = {
    "rg": ("ripgrep", "grep is faster with it"),
    "git": ("git", "for work on repositories"),
}
"""Programs that are of use, their packages, and what for."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "optional", "missing"]
    """`missing` is what is needed; `optional` what would be of use."""
    said: str
    remedy: str = ""
    """What to do: a command, or a sentence."""


async def findings() -> list[Finding]:
    """Look at everything, in the order in which it is to be shown."""
    return [
        _python(),
        *await _provider(),
        _catalog(),
        *(_program(name) for name in PROGRAMS),
        *_sandboxes(await asyncio.to_thread(probes)),
        _workspace(Path.cwd()),
        _store(),
    ]


def _python() -> Finding:
    said = f"{platform.python_version()}, rookery {rookery.__version__}, {platform.platform()}"
    return Finding(name="python", state="ok", said=said)


async def _provider() -> list[Finding]:
    try:
        settings = settings_module.load()
        gateway = connect(None, None)
    except (AgentError, SettingsError) as error:
        remedy = "export ANTHROPIC_API_KEY=..., or to try it out: export ROOKERY_PROVIDER=offline"
        return [Finding(name="provider", state="missing", said=error.message, remedy=remedy)]
    name = gateway.provider.name
    said = f"{name}: {ROWS[name].summary}" if name in ROWS else name
    found = [Finding(name="provider", state="ok", said=said)]
    try:
        if not gateway.provider.emulated:
            found += [_key(settings), await _reached(gateway, settings.anthropic_base_url)]
    finally:
        await gateway.close()
    return found


def _key(settings: Settings) -> Finding:
    """Say which key is used; `connect` has seen that there is one. Its text is not shown."""
    name = "anthropic_api_key" if settings.anthropic_api_key else "anthropic_auth_token"
    return Finding(name="key", state="ok", said=f"{name} is set")


async def _reached(gateway: Gateway, url: str) -> Finding:
    """Ask for a count of tokens, which is free and needs a key."""
    body = {"model": choose_model("simple"), "messages": [{"role": "user", "content": "Hello"}]}
    request = CountTokensRequest(msgspec.json.encode(body))
    try:
        async with asyncio.timeout(PATIENCE):
            await gateway.count_tokens(request, Call(Ids().new("req")))
    except TimeoutError:
        problem, remedy = f"no answer within {PATIENCE:g} s", "look at the address and the network"
    except (ConnectionFailedError, GatewayTimeoutError) as error:
        problem, remedy = error.message, "look at the address and the network"
    except AuthenticationError as error:
        problem, remedy = f"the key is refused: {error.message}", "set another key"
    except APIError as error:
        return Finding(name="reached", state="ok", said=f"{url} answers: {error.message}")
    else:
        return Finding(name="reached", state="ok", said=f"{url} answers, the key is taken")
    return Finding(name="reached", state="missing", said=f"{url}: {problem}", remedy=remedy)


def _catalog() -> Finding:
    models = Catalog.builtin().models()
    newest = max(model.created_at for model in models)
    said = f"{len(models)} models, the newest of {newest}"
    return Finding(name="catalog", state="ok", said=said)


def _program(name: str) -> Finding:
    package, purpose = PROGRAMS[name]
    path = shutil.which(name)
    if path is not None:
        return Finding(name=name, state="ok", said=path)
    remedy = f"apt-get install {package} (dnf, pacman, apk, brew: the same name)"
    return Finding(name=name, state="optional", said=f"not found: {purpose}", remedy=remedy)


def _sandboxes(found: list[Probe]) -> list[Finding]:
    """Say what each sandbox guarantees here, and whether one is enough for commands."""
    rows = [_sandbox(probe) for probe in found if probe.name != "none"]
    best = next((p for p in found if p.works and not p.guarantees.lacks(REQUIRED)), None)
    said = f"{best.name} is used for commands" if best else "none: agents cannot run commands"
    remedy = "" if best else "one of the sandboxes above has to work"
    state: Literal["ok", "optional"] = "ok" if best else "optional"
    return [*rows, Finding(name="sandbox", state=state, said=said, remedy=remedy)]


def _sandbox(probe: Probe) -> Finding:
    held = [name for name, holds in msgspec.structs.asdict(probe.guarantees).items() if holds]
    said = f"guarantees {', '.join(held) or 'nothing'}" if probe.works else "does not work"
    if probe.problem:
        said += f" ({probe.problem.rstrip('.')})"
    return Finding(
        name=probe.name,
        state="ok" if probe.works else "optional",
        said=said,
        remedy=probe.remedy,
    )


def _workspace(folder: Path) -> Finding:
    if not os.access(folder, os.R_OK | os.X_OK):
        remedy = f"chmod u+rx {folder}, or run it elsewhere"
        return Finding(
            name="workspace", state="missing", said=f"{folder} cannot be read", remedy=remedy
        )
    written = "can be written to" if os.access(folder, os.W_OK) else "can only be read"
    return Finding(name="workspace", state="ok", said=f"{folder} {written}")


def _store() -> Finding:
    path = own_file()
    if not path.exists():
        return Finding(name="sessions", state="ok", said=f"none yet; they will be in {path}")
    try:
        newest = open_store(path).page(1).sessions
    except RookeryError as error:
        return Finding(
            name="sessions",
            state="missing",
            said=f"{path}: {error.message}",
            remedy="move the file away, and a new one is made",
        )
    said = f"{path}, the newest of {newest[0].updated:%Y-%m-%d %H:%M}" if newest else str(path)
    return Finding(name="sessions", state="ok", said=said)
