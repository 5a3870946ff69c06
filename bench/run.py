"""Measures the server: `python -m bench.run`. bench/README.md has the results.

The server is pinned to one core and the generator to another, where there are two. CPU is user and
system time of the server process, divided by the requests it answered: the figure that a busy
machine distorts least.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from bench.load import drive, request

KEY = "sk-rookery-bench"
TICKS = os.sysconf("SC_CLK_TCK")
SIZES = {"2 KB": 2_000, "60 KB": 60_000, "500 KB": 500_000}
SCRIPT = "rules:\n  - reply: A scripted reply.\n"
ROUNDS = 3


def body(size: int, *, stream: bool = False) -> bytes:
    """Return a request of about `size` bytes: a tool, and a history of turns."""
    tool = {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
    turn = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. " * 10
    messages = [{"role": "user", "content": "Hello."}]
    while len(json.dumps(messages)) < size - 700:
        messages += [{"role": "assistant", "content": turn}, {"role": "user", "content": turn}]
    messages = messages[:-1] if messages[-1]["role"] == "assistant" else messages
    value = {
        "model": "claude-sonnet-4-6",
        "max_tokens": 1000,
        "stream": stream,
        "system": "Be brief.",
        "tools": [tool],
        "messages": messages,
    }
    return json.dumps(value).encode()


def pinned(core: int) -> list[str]:
    """Return the command prefix that pins a process, where there is more than one core."""
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


class Server:
    """A server process under measurement."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        """Start it and wait until it answers."""
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [*pinned(0), sys.executable, *command],
            env={
                **os.environ,
                "ROOKERY_PORT": str(self.port),
                "ROOKERY_BOOTSTRAP_KEY": KEY,
                **environment,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        self.start_seconds = time.perf_counter() - start

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz").close()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.005)
            else:
                return
        raise TimeoutError("the server does not answer")

    def cpu(self) -> float:
        """Return the CPU seconds used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self) -> float:
        """Return the resident memory in MB."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(15)


@contextmanager
def server(kind: str, folder: Path) -> Iterator[Server]:
    """Run one of the servers that are measured."""
    script = folder / "script.yaml"
    script.write_text(SCRIPT)
    environment = {"ROOKERY_SCRIPT": str(script), "ROOKERY_PROVIDER": kind}
    commands = {
        "pass-through": ["-m", "bench.canned"],
        "checked": ["-m", "bench.canned", "--emulated"],
    }
    if kind in commands:
        environment["ROOKERY_PROVIDER"] = "offline"
    running = Server(commands.get(kind, ["-m", "rookery", "serve"]), environment)
    try:
        yield running
    finally:
        running.stop()


def measure(running: Server, size: int, *, stream: bool, count: int) -> str:
    """Return one row: the median round of requests/s, CPU per request and latencies."""
    data = request(body(size, stream=stream), KEY)
    asyncio.run(drive(running.port, data, count=count // 4, connections=8))
    rounds = []
    for _ in range(ROUNDS):
        before = running.cpu()
        load = asyncio.run(drive(running.port, data, count=count, connections=8))
        done = len(load.latencies)
        alone = asyncio.run(drive(running.port, data, count=200, connections=1))
        spent = (running.cpu() - before) / (done + len(alone.latencies)) * 1000
        rounds.append(
            (
                spent,
                done / load.seconds,
                alone.percentile(alone.latencies, 0.5),
                alone.percentile(alone.latencies, 0.99),
                alone.percentile(alone.first_bytes, 0.5),
            )
        )
    cpu, rate, p50, p99, first = sorted(rounds)[ROUNDS // 2]
    return f"{rate:,.0f} | {cpu:.3f} | {p50:.2f} / {p99:.2f} | {first:.2f}"


def main() -> None:
    """Measure everything and print it."""
    if len(pinned(1)) > 0:
        os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("| server | body | requests/s | CPU ms | p50 / p99 ms | first byte ms |")
        print("|---|---|---|---|---|---|")
        idle = {}
        for kind in ("pass-through", "checked", "scripted", "offline"):
            with server(kind, folder) as running:
                idle[kind] = (running.rss(), running.start_seconds)
                for label, size in SIZES.items():
                    count = 4000 if size < 10_000 else 800 if size < 100_000 else 160
                    row = measure(running, size, stream=False, count=count)
                    print(f"| {kind} | {label} | {row} |", flush=True)
                row = measure(running, 2_000, stream=True, count=1000)
                print(f"| {kind}, stream | 2 KB | {row} |", flush=True)
        print("\n| server | idle RSS MB | start to first answer s |\n|---|---|---|")
        for kind, (rss, seconds) in idle.items():
            print(f"| {kind} | {rss:.0f} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
