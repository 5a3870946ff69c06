"""Every public argument, event and stop reason of agents is in their page of the docs."""

from __future__ import annotations

import inspect

import pytest

from rookery import Agent, Result
from rookery.agent import events
from rookery.agent.item import Item
from rookery.agent.outcome import Outcome
from rookery.agent.runs import Runs
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")

TABLES = [line for line in PAGE.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("method", [Agent, Agent.run, Agent.stream], ids=lambda one: one.__name__)
def test_arguments(method: type) -> None:
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    assert not [name for name in names if f"`{name}`" not in PAGE]


def test_many_tasks() -> None:
    page = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    own = set(inspect.signature(Agent.map).parameters) - set(
        inspect.signature(Agent.run).parameters
    )
    public = [name for kind in (Item, Outcome, Runs) for name in dir(kind) if name[0] != "_"]
    assert not [name for name in (*own, *public) if f"`{name}" not in page]


def test_events() -> None:
    kinds: list[type[events.Event]] = list(events.Event.__args__)
    for kind in kinds:
        [row] = [line for line in TABLES if f"`{kind.__name__}`" in line.split("|")[1]]
        fields = [name for name in kind.__struct_fields__ if name != "path"]
        assert not [name for name in fields if f"`{name}`" not in row]


def test_attributes() -> None:
    names = [
        *(name for name in vars(Agent) if not name.startswith("_")),
        *(name for name in vars(Result) if not name.startswith("_")),
    ]
    assert not [name for name in names if name not in PAGE]
