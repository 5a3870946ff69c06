"""An app lets go of expired conversations, also when no request comes."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from rookery.gateway.conversation import Conversation
from rookery.gateway.gateway import Gateway
from rookery.gateway.threads import SECONDS, Threads
from rookery.providers.offline.provider import OfflineProvider
from rookery.server.app import App
from rookery.server.auth import Keys
from rookery.settings import Settings
from tests.server.client import SECONDS as PATIENCE


async def emptied(threads: Threads) -> None:
    while threads.bytes:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.001)


async def test_an_idle_app_lets_go_of_expired_conversations() -> None:
    now = 0.0
    threads = Threads(clock=lambda: now)
    gateway = Gateway(OfflineProvider(), threads=threads)
    app = App(gateway, Keys([]), Settings(), sweep_seconds=0.001)
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outgoing: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    running = asyncio.create_task(app({"type": "lifespan"}, incoming.get, outgoing.put))
    incoming.put_nowait({"type": "lifespan.startup"})
    await outgoing.get()
    threads.keep(("w", "msg_1"), Conversation(b"{}", {}, {}), None)
    now = SECONDS

    await asyncio.wait_for(emptied(threads), PATIENCE)
    incoming.put_nowait({"type": "lifespan.shutdown"})
    await running
    assert len(asyncio.all_tasks()) == 1
