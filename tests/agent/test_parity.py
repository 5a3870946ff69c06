"""What there is sync and async has the same parameters, and says the same of itself."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from rookery import Agent, Session
from rookery.agent.mapping import Mapper
from rookery.agent.runs import AsyncRuns, Runs
from rookery.agent.stream import AsyncRunStream, RunStream

TWINS: list[tuple[Any, str, str]] = [
    (Agent, "run", "arun"),
    (Agent, "resume", "aresume"),
    (Agent, "stream", "astream"),
    (Agent, "close", "aclose"),
    (Mapper, "map", "amap"),
    (Session, "run", "arun"),
    (Session, "decide", "adecide"),
    (Session, "stream", "astream"),
    (Session, "close", "aclose"),
]


@pytest.mark.parametrize(("of", "sync", "async_"), TWINS, ids=str)
def test_methods(of: type, sync: str, async_: str) -> None:
    one, other = getattr(of, sync), getattr(of, async_)
    assert inspect.signature(one).parameters == inspect.signature(other).parameters
    assert inspect.getdoc(one) == inspect.getdoc(other)
    assert inspect.getdoc(one)
    assert not inspect.iscoroutinefunction(one)


@pytest.mark.parametrize("of", [Agent, Mapper, Session])
def test_every_pair_is_compared(of: type) -> None:
    public = {name for name in vars(of) if not name.startswith("_")}
    pairs = {(name, f"a{name}") for name in public if f"a{name}" in public}
    assert pairs == {(sync, async_) for kind, sync, async_ in TWINS if kind is of}


@pytest.mark.parametrize("name", ["run", "stream"])
def test_runs_of_a_session_take_what_those_of_an_agent_take(name: str) -> None:
    own = dict(inspect.signature(getattr(Agent, name)).parameters)
    del own["messages"]  # the session has them
    assert own == dict(inspect.signature(getattr(Session, name)).parameters)


STREAMS = [
    ("__enter__", "__aenter__"),
    ("__exit__", "__aexit__"),
    ("__iter__", "__aiter__"),
    ("__next__", "__anext__"),
]


@pytest.mark.parametrize(("sync", "async_"), STREAMS)
@pytest.mark.parametrize("kinds", [(RunStream, AsyncRunStream), (Runs, AsyncRuns)])
def test_methods_of_a_stream(kinds: tuple[type, type], sync: str, async_: str) -> None:
    one, other = getattr(kinds[0], sync), getattr(kinds[1], async_)
    assert inspect.signature(one).parameters == inspect.signature(other).parameters
    assert inspect.getdoc(one) == inspect.getdoc(other)


def test_the_rest_of_a_stream() -> None:
    assert inspect.getdoc(RunStream) == inspect.getdoc(AsyncRunStream)
    assert inspect.getdoc(RunStream.result) == inspect.getdoc(AsyncRunStream.result)
    public = {name for name in vars(RunStream) if not name.startswith("_")}
    assert public == {"result"}


def test_the_rest_of_many_runs() -> None:
    assert inspect.getdoc(Runs) == inspect.getdoc(AsyncRuns)
    public = {name for name in vars(Runs) if not name.startswith("_")}
    assert public == {"results", "outcome"}
    for name in public:
        assert inspect.getdoc(getattr(Runs, name)) == inspect.getdoc(getattr(AsyncRuns, name))


def test_many_runs_take_what_one_takes() -> None:
    one = inspect.signature(Agent.run).parameters
    many = inspect.signature(Agent.map).parameters
    assert [name for name in one if name not in many] == ["task"]
