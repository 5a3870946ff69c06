"""Clients that go away at every moment of a request leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import socket
import struct
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NamedTuple

import pytest

from rookery.server.local import LocalServer
from rookery.wire.events import Event
from rookery.wire.messages import Request
from tests.conftest import CAMPAIGN
from tests.server.client import AUTHORIZED, Connection, Playing, head, message, post, reply, until
from tests.server.client import serving as serve

ROUNDS = 10_000 if CAMPAIGN else 300
WARM = ROUNDS // 5
"""Rounds after which what is there is taken as what there has to be."""
EVENTS = len(reply())
MOMENTS = ("connected", "in the head", "in the body", "sent", *range(1, EVENTS + 1))
"""When a client leaves: a number is that of the event that it has read last."""

MAX_GROWTH = 8.0
"""MB that the process may grow over a campaign, for what the allocator keeps."""


class Left(NamedTuple):
    """What there is of a server."""

    connections: int
    tasks: int
    files: int
    running: int
    megabytes: float


class Counting(Playing):
    """Plays a reply slowly, and counts what it has under way."""

    def __init__(self) -> None:
        super().__init__(self._slowly)
        self.running = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    async def _slowly(self, request: Request) -> AsyncGenerator[Event, None]:
        self.loop = asyncio.get_running_loop()
        self.running += 1
        try:
            for event in reply():
                await asyncio.sleep(0.001)
                yield event
            if b"for ever" in request.data:
                await asyncio.Event().wait()
        finally:
            self.running -= 1


def leave(server: LocalServer, moment: str | int, dice: random.Random) -> None:
    """Begin a request and go away at a moment, with or without saying so."""
    stream = isinstance(moment, int) or dice.random() < 0.5
    data = post(message(dice.choice(["hi", "for ever"]), stream=stream))
    connection = Connection(server)
    if moment == "in the head":
        connection.send(data[: dice.randrange(1, 60)])
    elif moment == "in the body":
        connection.send(data[: -dice.randrange(1, 20)])
    elif moment != "connected":
        connection.send(data)
    if isinstance(moment, int):
        assert connection.head()[0] == 200
        for _ in range(moment):
            connection.chunk()
    if dice.random() < 0.5:  # a reset instead of an end
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def left(server: LocalServer, provider: Counting) -> Left:
    assert provider.loop is not None
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Left(
        len(server.connections),
        len(asyncio.all_tasks(provider.loop)),
        len(list(Path("/proc/self/fd").iterdir())),
        provider.running,
        pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    )


def settled(server: LocalServer, provider: Counting) -> Left:
    """What there is when all have noticed that their client is gone."""
    until(lambda: not server.connections and not provider.running)
    idle = 3  # the server, the life of the app, and its sweep of what has expired
    assert provider.loop is not None
    loop = provider.loop
    until(lambda: len(asyncio.all_tasks(loop)) <= idle)
    return left(server, provider)


def test_clients_that_leave_at_every_moment_leave_nothing_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dice = random.Random(20261124)  # noqa: S311
    provider = Counting()
    with serve(provider) as (server, usage):
        for number in range(WARM):
            leave(server, MOMENTS[number % len(MOMENTS)], dice)
        before = settled(server, provider)
        usage.rows.clear()
        for number in range(ROUNDS):
            leave(server, MOMENTS[number % len(MOMENTS)], dice)
        usage.rows.clear()
        after = settled(server, provider)
    assert after[:4] == before[:4]
    assert after.megabytes - before.megabytes < MAX_GROWTH
    if CAMPAIGN:
        with capsys.disabled():
            sys.stdout.write(f"\n{ROUNDS} clients left\n  before {before}\n  after  {after}\n")


def test_a_request_is_answered_after_all_that() -> None:
    provider = Counting()
    with serve(provider) as (server, _):
        for moment in MOMENTS:
            leave(server, moment, random.Random(1))  # noqa: S311
        with_key = {**AUTHORIZED, "connection": "close"}
        connection = Connection(server)
        connection.send(post(message(), with_key), head("GET", "/healthz"))
        assert connection.answer().status == 200
        assert connection.rest() == b""
        connection.close()
        until(lambda: provider.running == 0)
