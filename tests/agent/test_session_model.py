"""Whatever is done with sessions, they are what plain lists would be."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rookery import Session
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.memory import MemoryStore
from rookery.store.sqlite import SQLiteStore
from tests.agent.common import MODEL, is_valid


def add(a: int = 1) -> int:
    """Add one."""
    return a + 1


class Sessions(RuleBasedStateMachine):
    """Several sessions in one store, each beside the tasks that it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = self.make_store()
        self.provider = ScriptedProvider({"rules": [{"reply": "Yes."}]})
        self.sessions = [self.begun()]
        self.tasks: list[list[str]] = [[]]
        self.steps = [0]

    def make_store(self) -> Any:
        return MemoryStore()

    def begun(self) -> Session[Any]:
        return Session(model=MODEL, provider=self.provider, tools=[add], store=self.store)

    def pick(self, number: int) -> int:
        return number % len(self.sessions)

    @rule(number=st.integers(0, 9), task=st.sampled_from("abc"))
    def run(self, number: int, task: str) -> None:
        at = self.pick(number)
        result = self.sessions[at].run(task)
        self.tasks[at].append(task)
        self.steps[at] += 1
        assert result.messages == self.sessions[at].messages

    @rule(number=st.integers(0, 9))
    def fork(self, number: int) -> None:
        at = self.pick(number)
        self.sessions.append(self.sessions[at].fork())
        self.tasks.append([*self.tasks[at]])
        self.steps.append(self.steps[at])

    @rule(number=st.integers(0, 9), turns=st.integers(0, 3))
    def rewind(self, number: int, turns: int) -> None:
        at = self.pick(number)
        turns = min(turns, len(self.tasks[at]))
        self.sessions[at].rewind(turns)
        del self.tasks[at][len(self.tasks[at]) - turns :]

    @rule(number=st.integers(0, 9))
    def save_and_load(self, number: int) -> None:
        at = self.pick(number)
        path = self.folder / "saved"
        self.sessions[at].save(path)
        loaded = Session.load(path, provider=self.provider, tools=[add])
        assert loaded.messages == self.sessions[at].messages
        assert loaded.cost_tracking == self.sessions[at].cost_tracking
        self.sessions.append(loaded.fork())
        self.tasks.append([*self.tasks[at]])
        self.steps.append(self.steps[at])

    @rule(number=st.integers(0, 9))
    def resume(self, number: int) -> None:
        at = self.pick(number)
        one = self.sessions[at]
        store = one._written.store
        if store.find(one.id) is not None:
            again = Session.resume(one.id, store=store, provider=self.provider, tools=[add])
            self.sessions[at] = again

    @rule(number=st.integers(0, 9))
    def delete(self, number: int) -> None:
        at = self.pick(number)
        one = self.sessions[at]
        if len(self.sessions) > 1 and one._written.store.find(one.id) is not None:
            one._written.store.delete(one.id)
            for known in (self.sessions, self.tasks, self.steps):
                del known[at]

    @invariant()
    def they_are_what_lists_would_be(self) -> None:
        for session, tasks, steps in zip(self.sessions, self.tasks, self.steps, strict=True):
            said = [m["content"] for m in session.messages if m["role"] == "user"]
            assert said == tasks
            assert (session.turns, len(session.steps)) == (len(tasks), steps)
            assert is_valid(session.messages)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


class SessionsInAFile(Sessions):
    """The same, in SQLite."""

    def make_store(self) -> Any:
        return SQLiteStore(self.folder / "sessions.db")


Sessions.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
SessionsInAFile.TestCase.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)

TestSessions = Sessions.TestCase
TestSessionsInAFile = SessionsInAFile.TestCase
