"""Measures starting: `import rookery`, and a fresh process up to its first remote call."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time

ROUNDS = 7
FIRST_CALL = """
from rookery import Agent
from rookery.tools import read_file
Agent("claude-sonnet-4-6", tools=[read_file], base_url="http://127.0.0.1:{port}").run("hello")
"""


def import_cost() -> tuple[float, float]:
    """Return milliseconds and peak MB that `import rookery` adds to a bare interpreter."""
    code = (
        "import time; a = time.perf_counter(); import rookery; b = time.perf_counter();"
        "peak = [l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1];"
        "print((b - a) * 1000, int(peak) / 1024)"
    )
    runs = []
    for _ in range(ROUNDS):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        runs.append([float(part) for part in done.stdout.split()])
    return statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs)


def first_call() -> float:
    """Return the milliseconds from starting a process to the connection of its first call."""
    runs = []
    for _ in range(ROUNDS):
        with socket.create_server(("127.0.0.1", 0)) as server:
            code = FIRST_CALL.format(port=server.getsockname()[1])
            start = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                env={**os.environ, "ANTHROPIC_API_KEY": "sk-rookery-bench"},
                stderr=subprocess.DEVNULL,
            )
            server.settimeout(20)
            server.accept()[0].close()
            runs.append((time.perf_counter() - start) * 1000)
            process.kill()
            process.wait()
    return statistics.median(runs)


if __name__ == "__main__":
    milliseconds, peak = import_cost()
    print(f"import rookery: {milliseconds:.0f} ms, {peak:.0f} MB peak in all")
    print(f"fresh process to first remote call: {first_call():.0f} ms")
