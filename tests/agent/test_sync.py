"""The sync facade: Ctrl-C, forks, the end of the process, and other threads and loops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextvars import ContextVar
from pathlib import Path

import pytest

from rookery.testing import scripted_server
from tests.agent.common import agent, call

WHO: ContextVar[str] = ContextVar("who", default="nobody")

START = """
import asyncio, os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
from rookery import Agent
from rookery.providers.scripted.provider import ScriptedProvider

def hello(**more):
    return ScriptedProvider({"rules": [{"reply": {"text": "hello", **more}}]})
"""


def program(body: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", START + textwrap.dedent(body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
    )


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, output and errors; a process that hangs is killed and fails the test."""
    with process:
        try:
            out, errors = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail(f"it hangs; {process.communicate()}")
    return process.returncode, out, errors


WAYS = {
    "in a stream": """
        agent = Agent("claude-sonnet-4-6", provider=hello(latency=100))
    """,
    "in an async tool": """
        async def hang() -> str:
            try:
                await asyncio.sleep(100)
            finally:
                print("cancelled", flush=True)
        calls = ScriptedProvider.of({"tool": {"name": "hang"}})
        agent = Agent("claude-sonnet-4-6", provider=calls, tools=[hang])
    """,
    "in a blocking tool": """
        def hang() -> str:
            time.sleep(100)
        calls = ScriptedProvider.of({"tool": {"name": "hang"}})
        agent = Agent("claude-sonnet-4-6", provider=calls, tools=[hang])
    """,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", ["agent.run('Go.', {})", "asyncio.run(agent.arun('Go.', {}))"])
def test_ctrl_c_ends_a_run_at_once_and_without_noise(way: str, form: str) -> None:
    show = "on_event=lambda event: print(type(event).__name__, flush=True)"
    body = f"""
    try:
        {form.format(show)}
    except KeyboardInterrupt:
        print("interrupted")
    """
    process = program(textwrap.dedent(WAYS[way]) + textwrap.dedent(body))
    assert process.stdout is not None
    last = "StepStarted" if way == "in a stream" else "ToolCalled"
    while process.stdout.readline().strip() != last:
        pass
    process.send_signal(signal.SIGINT)
    start = time.perf_counter()
    status, out, errors = outcome(process)
    assert time.perf_counter() - start < 5
    assert (status, errors) == (0, "")
    assert "RunEnded" in out
    assert out.endswith("interrupted\n")
    assert ("cancelled" in out) == (way == "in an async tool")


def test_a_handler_that_raises_cancels_the_run() -> None:
    body = """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    def show(event):
        print(type(event).__name__, flush=True)
        if type(event).__name__ == "StepStarted":
            os.kill(os.getpid(), signal.SIGTERM)
    Agent("claude-sonnet-4-6", provider=hello(latency=100)).run("Go.", on_event=show)
    """
    assert outcome(program(body)) == (7, "RunStarted\nMessageAdded\nStepStarted\nRunEnded\n", "")


def test_the_process_may_end_while_a_run_goes_on() -> None:
    body = """
    started = threading.Event()
    agent = Agent("claude-sonnet-4-6", provider=hello(latency=100))
    threading.Thread(
        target=agent.run, args=("Go.",), kwargs={"on_event": lambda _: started.set()}, daemon=True
    ).start()
    started.wait()
    """
    assert outcome(program(body)) == (0, "", "")


@pytest.mark.parametrize(
    "use",
    [
        "print(agent.run('Go.'))",
        "print(asyncio.run(agent.arun('Go.')))",
        "print(asyncio.run(agent.arun('Go.'))); print(agent.run('Go.')); agent.close()",
    ],
)
def test_an_agent_that_is_not_closed_makes_no_noise(use: str) -> None:
    with scripted_server("hello", "hello") as server:
        process = program(
            f"agent = Agent('claude-sonnet-4-6', base_url={server.url!r}); {use}",
            ANTHROPIC_API_KEY=server.key,
        )
        status, out, errors = outcome(process)
    assert (status, set(out.split()), errors) == (0, {"hello"}, "")


def test_a_forked_child_has_a_loop_of_its_own() -> None:
    body = """
    agent = Agent("claude-sonnet-4-6", provider=hello())

    def tell():
        os.write(1, f"{agent.run('Go.')}\\n".encode())  # at once: both processes write

    tell()
    child = os.fork()
    tell()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        tell()
    """
    assert outcome(program(body)) == (0, "hello\n" * 4, "")


def test_the_first_runs_of_many_threads_share_one_loop() -> None:
    body = """
    agent = Agent("claude-sonnet-4-6", provider=hello())
    barrier = threading.Barrier(20)
    def first():
        barrier.wait()
        agent.run("Go.")
    threads = [threading.Thread(target=first) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print([thread.name for thread in threading.enumerate()])
    """
    assert outcome(program(body)) == (0, "['MainThread', 'rookery-sync']\n", "")


def test_a_blocking_tool_may_use_an_agent() -> None:
    inner, _ = agent("from inside")

    def ask() -> str:
        """Ask another agent."""
        return str(inner.run("Hello?"))

    outer, provider = agent(call("ask"), "done", tools=[ask])
    outer.run("Ask.")
    assert provider.requests[1].plain["messages"][-1]["content"][0]["content"] == "from inside"


def test_tools_see_the_context_of_the_caller() -> None:
    def who() -> str:
        """Say who calls."""
        return WHO.get()

    WHO.set("caller")
    worker, provider = agent(call("who"), "done", tools=[who])
    worker.run("Who?")
    assert provider.requests[1].plain["messages"][-1]["content"][0]["content"] == "caller"


def test_events_are_told_on_the_loop_of_the_run() -> None:
    worker, _ = agent("Hello there.")
    names: set[str] = set()
    worker.run("Hello?", on_event=lambda _: names.add(threading.current_thread().name))
    assert names == {"rookery-sync"}
