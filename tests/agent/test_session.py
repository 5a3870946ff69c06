"""Sessions: what they remember, what is kept of them, and one run at a time."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, Policy, RunError, Session
from rookery.agent import described, events, journal
from rookery.agent.loop import INTERRUPTED
from rookery.errors import AgentError, SessionConflictError, SessionError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import MemoryUsage
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.memory import MemoryStore
from rookery.store.sqlite import SQLiteStore
from rookery.tools import grep, read_file
from tests.agent.common import MODEL, WatchedProvider, call, is_valid, sent, text, use


def add(a: int = 1) -> int:
    """Add one."""
    return a + 1


def session(*replies: Any, **options: Any) -> tuple[Session[Any], WatchedProvider]:
    provider = WatchedProvider.of(*replies)
    return Session(model=MODEL, provider=provider, **options), provider


def test_each_task_goes_on_from_the_one_before() -> None:
    one, provider = session("a", call("add", a=1), "b", agent_system="Be brief.", tools=[add])
    first = one.run("First.")
    assert (str(first), first.session_id) == ("a", one.id)
    second = one.run("Second.")
    assert second.messages == one.messages
    assert [m["role"] for m in one.messages] == ["user", "assistant"] * 3
    assert sent(provider)["system"][0]["text"] == "Be brief."
    assert [m["role"] for m in sent(provider)["messages"]] == ["user", "assistant"] * 2 + ["user"]
    assert one.turns == 2
    assert is_valid(one.messages)


def test_a_session_is_of_an_agent_or_of_what_makes_one() -> None:
    agent = Agent(MODEL, provider=ScriptedProvider.of("a"), name="reviewer")
    assert Session(agent).agent is agent
    for wrong in ({"model": MODEL}, {"agent_system": "x"}):
        with pytest.raises(AgentError, match="not both"):
            Session(agent, **wrong)
    with pytest.raises(AgentError, match="agent_system are the same"):
        session("a", agent_system="x", system="y")
    with pytest.raises(AgentError, match="A session is one of"):
        Session(MODEL)  # type: ignore[arg-type]
    with pytest.raises(SessionError, match="cannot be the id"):
        Session(agent, id="../x")


def test_the_agents_own_messages_begin_it(tmp_path: Path) -> None:
    use_it = {"role": "assistant", "content": [use("add", 1, a=1)]}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "2"}
    begun: list[dict[str, Any]] = [
        {"role": "user", "content": "?"},
        use_it,
        {"role": "user", "content": [result]},
    ]
    provider = ScriptedProvider.of("yes", "again")
    one = Session(Agent(MODEL, provider=provider, messages=begun))
    assert one.messages == begun
    assert one.fork().messages == begun
    one.run("More?")
    assert one.messages[:3] == begun
    assert (one.turns, len(one.messages)) == (1, 5)
    one.save(tmp_path / "s")
    loaded = Session.load(tmp_path / "s", provider=provider)
    assert loaded.messages == one.messages
    loaded.rewind()
    assert loaded.messages == begun
    with pytest.raises(AgentError, match="its own messages"):
        Session.load(tmp_path / "s", provider=provider, messages=begun)


def test_the_cost_is_that_of_all_runs() -> None:
    one, _ = session("a", call("add"), "b", tools=[add])
    results = [one.run("First."), one.run("Second.")]
    costs = [result.cost for result in results if result.cost is not None]
    assert one.cost == sum(costs) > 0
    assert one.cost_tracking["total_output_tokens"] == sum(r.usage.output_tokens for r in results)
    assert [step["step"] for step in one.cost_tracking["steps"]] == [1, 2, 3]
    assert [step["tool"] for step in one.cost_tracking["steps"]] == [None, "add", None]
    one.rewind()
    assert one.cost == sum(costs)
    assert one.bill.total == sum(step.cost or 0 for step in one.steps)


def test_forks_go_their_own_way() -> None:
    one, _ = session("a", "b", "c", "d")
    one.run("1")
    other = one.fork()
    one.run("2")
    other.run("3")
    assert [m["content"] for m in one.messages[::2]] == ["1", "2"]
    assert [m["content"] for m in other.messages[::2]] == ["1", "3"]
    assert other.agent is one.agent
    named = other.fork("named")
    assert named.id == "named"
    with pytest.raises(SessionConflictError, match="already"):
        one.fork("named")


def test_rewinding() -> None:
    one, _ = session("a", call("add"), "b", "c", "d", tools=[add])
    one.run("1")
    after_one = one.messages
    one.run("2")
    one.run("3")
    for wrong in (-1, 4, True, 1.0):
        with pytest.raises(SessionError, match="has 3 turns"):
            one.rewind(wrong)  # type: ignore[arg-type]
    one.rewind(2)
    assert one.messages == after_one
    one.rewind(0)
    one.run("4")
    assert [m["content"] for m in one.messages[::2]] == ["1", "4"]
    one.rewind(2)
    assert (one.messages, one.turns) == ([], 0)


def test_streams_are_turns_too() -> None:
    slow = {"text": "One word at a time. " * 50, "pace": 0.01, "chunk": 4}
    one, _ = session("a", call("add"), slow, "b", tools=[add])
    with one.stream("1") as stream:
        seen = list(stream)
    assert stream.result.session_id == one.id
    assert [e.message for e in seen if isinstance(e, events.MessageAdded)] == one.messages
    with one.stream("2") as stream:
        for event in stream:
            if isinstance(event, events.TextDelta):
                break
    assert (len(one.messages), one.turns) == (5, 2)
    assert one.messages == stream.result.messages
    assert is_valid(one.messages)
    assert str(one.run("3")) == "b"


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_run_that_fails_leaves_what_it_reached(kind: str, tmp_path: Path) -> None:
    failed = {"error": {"type": "invalid_request_error"}}
    store = MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "s.db")
    one, _ = session("a", call("add"), failed, "b", tools=[add], store=store)
    one.run("1")
    with pytest.raises(RunError) as caught:
        one.run("2")
    assert caught.value.result.messages == one.messages
    assert is_valid(one.messages)
    assert len(one.steps) == 2
    one.run("3")
    assert one.turns == 3
    store.close()


def test_one_run_at_a_time() -> None:
    started, release = threading.Event(), threading.Event()

    def wait() -> str:
        """Wait."""
        started.set()
        release.wait(10)
        return "done"

    one, _ = session(call("wait"), "a", "b", "c", tools=[wait])
    thread = threading.Thread(target=one.run, args=("1",))
    thread.start()
    started.wait(10)
    with pytest.raises(SessionConflictError, match="in a run already"):
        one.run("2")
    with pytest.raises(SessionConflictError, match="in a run already"):
        one.rewind()
    with one.stream("2") as stream, pytest.raises(SessionConflictError):
        list(stream)
    other = one.fork()
    assert other.messages[-1]["content"][0]["content"] == INTERRUPTED
    assert is_valid(other.messages)
    release.set()
    thread.join()
    assert one.turns == 1
    assert str(other.run("2")) in ("b", "c")


async def test_what_the_store_has_while_tools_run(tmp_path: Path) -> None:
    quick_done, release = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        """Wait."""
        await release.wait()
        return "slow"

    async def quick() -> str:
        """Answer."""
        return "quick"

    def on_event(event: events.Event) -> None:
        if isinstance(event, events.ToolReturned):
            quick_done.set()

    with (
        closing(SQLiteStore(tmp_path / "s.db")) as store,
        closing(SQLiteStore(tmp_path / "s.db")) as elsewhere,
    ):
        both = {"content": [use("slow", 1), use("quick", 2)]}
        one, provider = session(both, "a", tools=[slow, quick], store=store, id="s")
        task = asyncio.create_task(one.arun("Go.", on_event=on_event))
        await quick_done.wait()
        revision = 5  # the agent, the task, a usage, the reply, an answer
        async with asyncio.timeout(10):
            while len(elsewhere.read("s")) < revision:  # noqa: ASYNC110 -- of another connection
                await asyncio.sleep(0.001)
        seen = Session.resume("s", store=elsewhere, provider=provider, tools=[slow, quick])
        assert [block["content"] for block in seen.messages[-1]["content"]] == [
            INTERRUPTED,
            "quick",
        ]
        assert len(seen.steps) == 1
        with pytest.raises(SessionConflictError, match="is being written by"):
            await seen.arun("Go on.")
        release.set()
        await task
        assert (
            Session.resume(
                "s", store=elsewhere, model=MODEL, provider=provider, tools=[slow, quick]
            ).messages
            == one.messages
        )


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_run_can_be_cancelled_while_it_writes(tmp_path: Path, turns: int) -> None:
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, provider = session(call("add"), "a", "b", tools=[add], store=store, id="s")
        task = asyncio.create_task(one.arun("1"))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.wait([task])
        assert is_valid(one.messages)
        again = await one.arun("2")
        assert is_valid(again.messages)
        kept = Session.resume("s", store=store, provider=provider, tools=[add])
        assert kept.messages == one.messages == again.messages
        assert kept.steps == one.steps


async def test_what_a_call_cost_is_kept_wherever_its_run_is_cancelled() -> None:
    seen = set()
    for turns in range(40):
        usage = MemoryUsage()
        provider = ScriptedProvider.of(call("add"), {"text": "cut", "cut_after": 3})
        gateway = Gateway(provider, usage=usage)
        one = Session(Agent(MODEL, provider=gateway, tools=[add], cache=False))
        task = asyncio.create_task(one.arun("1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        used = [row.usage for row in usage.rows if row.usage.prompt_tokens]
        assert [step.usage for step in one.steps] == used
        seen.add((len(used), task.cancelled()))
    assert seen == {(0, True), (1, True), (2, True), (2, False)}


def test_what_is_left_out_of_the_context_stays_out(tmp_path: Path) -> None:
    """The view of a history that is too long goes on after a resume, and is rewound with it."""
    page = "word " * 3_000

    def read_page() -> str:
        """Read."""
        return page

    replies = [call("read_page")] * 3 + ["Read.", "Yes."]
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, provider = session(*replies, tools=[read_page], store=store, id="s", compact_at=8_000)
        one.run("Read three pages.")
        assert one._transcript.cut.cleared
        again = Session.resume("s", store=store, provider=provider, tools=[read_page])
        again.run("Was that all?")
        assert "Cleared to make room" in str(sent(provider)["messages"])
        assert again.messages[:7] == one.messages[:7]
        assert page in str(again.messages)
        again.rewind(2)
        assert again._transcript.cut.cleared == 0


def test_a_session_waits_for_an_approval(tmp_path: Path) -> None:
    both = {"content": [use("add", 1, a=1), use("read_file", 2, path="x")]}
    waiting: dict[str, Any] = {"policy": Policy(ask=["add"]), "approve": "pending"}
    (tmp_path / "x").write_text("here")
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, provider = session(
            both,
            "b",
            "c",
            tools=[add, read_file],
            store=store,
            id="s",
            **waiting,
            workspace=tmp_path,
        )
        result = one.run("1")
        assert (result.stop_reason, one.turns) == ("awaiting_approval", 1)
        assert is_valid(one.messages)
        state = json.loads(json.dumps(result.state))
        again = Session.resume(
            "s", store=store, provider=provider, tools=[add], **waiting, workspace=tmp_path
        )
        assert again.messages == one.messages
        ids = [request.id for request in result.pending]
        done = again.decide(state, dict.fromkeys(ids, "allow"))
        assert (done.text, done.session_id) == ("b", "s")
        assert done.messages == again.messages
        [added, read] = done.messages[2]["content"]
        assert added["content"] == "2"
        assert "here" in read["content"]
        assert len(again.steps) == 2
        with pytest.raises(SessionError, match="does not wait for these approvals"):
            again.decide(state, {})
        with pytest.raises(SessionConflictError, match="continued elsewhere"):
            one.decide(state, {})
        kept = Session.resume("s", store=store, provider=provider, tools=[add])
        assert kept.messages == done.messages
        audit = [e for e in map(json.loads, store.read("s")) if e["event"] == "decided"]
        assert [(e["name"], e["verdict"], e["by"]) for e in audit][-1] == ("add", "allow", "person")


def test_a_session_that_does_not_wait_for_the_approval_goes_on() -> None:
    one, _ = session(call("add"), "b", tools=[add], policy=Policy(ask=["add"]), approve="pending")
    result = one.run("1")
    assert result.state is not None
    after = one.run("2")
    assert after.messages[2]["content"][0]["content"] == INTERRUPTED
    assert is_valid(after.messages)
    assert after.messages == one.messages
    with pytest.raises(SessionError, match="does not wait for these approvals"):
        one.decide(result.state, {})


def test_a_stream_that_was_made_before_another_run_is_refused() -> None:
    one, _ = session("a", "b", "c")
    stream = one.stream("1")
    one.run("2")
    with stream, pytest.raises(SessionConflictError, match="went on since this run was made"):
        list(stream)
    assert str(one.run("3")) == "b"


def test_a_session_is_held_for_as_long_as_a_run_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LEASE_SECONDS", 0.2)
    ticks = itertools.count()
    store = MemoryStore(clock=lambda: next(ticks) / 1_000_000)  # a busy machine expires nothing

    async def wait() -> str:
        """Wait until the lease was renewed twice."""
        seen: set[float] = set()
        while len(seen) < 3:
            holder = store._logs["s"].holder
            assert holder is not None
            seen.add(holder.expires)
            await asyncio.sleep(0.01)
        with pytest.raises(SessionConflictError):
            store.acquire("s", "another", 60)
        return "held"

    one, _ = session(call("wait"), "a", tools=[wait], store=store, id="s")
    result = one.run("1")
    assert result.messages[2]["content"][0]["content"] == "held"
    assert store._logs["s"].holder is None


async def test_runs_at_the_same_time_are_refused_async_too(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, _ = session("a", "b", store=store)
        done = await asyncio.gather(one.arun("1"), one.arun("2"), return_exceptions=True)
    assert sorted(type(result).__name__ for result in done) == ["Result", "SessionConflictError"]
    assert one.turns == 1


def test_another_session_of_the_same_id_conflicts(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, provider = session("a", "b", "c", store=store, id="review")
        one.run("1")
        other = Session.resume("review", store=store, provider=provider)
        assert other.messages == one.messages
        other.run("2")
        with pytest.raises(SessionConflictError, match="continued elsewhere"):
            one.run("3")
        with pytest.raises(SessionConflictError, match="continued elsewhere"):
            one.rewind()
        assert one.turns == 1
        late, _ = session("x", store=store, id="review")
        with pytest.raises(SessionConflictError, match="continued elsewhere"):
            late.run("4")


def test_a_run_that_loses_its_lease_ends() -> None:
    store = MemoryStore()

    def steal() -> str:
        """Take the session, as somebody would after the lease was over."""
        log = store._logs[one.id]
        assert log.holder is not None
        log.holder.expires = 0
        store.acquire(one.id, "thief", 60)
        return "stolen"

    one, provider = session("a", call("steal"), "never", tools=[steal], store=store)
    one.run("1")
    with pytest.raises(RunError, match="was taken over by thief") as caught:
        one.run("2")
    assert isinstance(caught.value.__cause__, SessionConflictError)
    assert len(provider.requests) == 2
    assert is_valid(caught.value.result.messages)
    # what is in the store counts: the reply was kept, its answer was not
    assert one.messages[-1]["content"][0]["content"] == INTERRUPTED
    with pytest.raises(SessionConflictError, match="being written by thief"):
        one.run("3")


def test_a_store_that_fails_ends_the_run(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "s.db")) as store:

        def fill() -> str:
            """Fill the disk."""
            with store._database.transaction(write=False) as connection:
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
                connection.execute(f"PRAGMA max_page_count = {pages}")
            return "x" * 30_000

        one, provider = session("a", call("fill"), "never", "b", tools=[fill], store=store)
        one.run("1")
        with pytest.raises(RunError, match="the disk is full"):
            one.run("2")
        assert len(provider.requests) == 2
        assert is_valid(one.messages)
        store.close()  # the limit goes with the connection
        assert str(one.run("3")) == "never"
        assert is_valid(one.messages)


def test_a_store_that_breaks_its_promise_ends_the_run_too() -> None:
    class Broken(MemoryStore):
        working = True

        def append(self, *args: Any, **kwargs: Any) -> int:
            if not self.working:
                raise OSError("the network is down")
            return super().append(*args, **kwargs)

    store = Broken()

    def cut() -> str:
        """Cut the cable."""
        store.working = False
        return ""

    one, _ = session("a", call("cut"), "b", tools=[cut], store=store)
    one.run("1")
    with pytest.raises(RunError, match="The store failed: OSError: the network is down"):
        one.run("2")
    store.working = True
    assert is_valid(one.messages)
    assert str(one.run("3")) == "b"


@dataclass
class Answer:
    value: int


def test_what_cannot_be_kept_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    provider = ScriptedProvider.of('{"value": 1}', '{"value": 2}')
    agent = Agent(lambda task: MODEL, tools=[add, grep], output_type=Answer, provider=provider)
    one = Session(agent)
    one.run("1")
    one.save(path)
    with pytest.raises(SessionError, match="model="):
        Session.load(path, provider=provider)
    with pytest.raises(SessionError, match="output_type=Answer"):
        Session.load(path, provider=provider, model=MODEL)
    with pytest.raises(SessionError, match=r"cannot be kept: add\. Give them: tools=\[add\]"):
        Session.load(path, provider=provider, model=MODEL, output_type=Answer)
    loaded = Session.load(
        path, provider=provider, model=MODEL, output_type=Answer, tools=[read_file, add]
    )
    assert list(loaded.agent.tools) == ["add", "grep", "read_file"]
    assert loaded.agent.tools["grep"] is grep
    assert loaded.run("2").output == Answer(2)


def test_a_function_does_not_become_the_tool_of_its_name(tmp_path: Path) -> None:
    def read_file() -> str:
        """Read nothing."""
        return ""

    one, provider = session("a", tools=[read_file])
    one.save(tmp_path / "s")
    with pytest.raises(SessionError, match="cannot be kept: read_file"):
        Session.load(tmp_path / "s", provider=provider)


def test_what_is_plain_is_kept(tmp_path: Path) -> None:
    plain = {
        "system": "Be brief.",
        "name": "reviewer",
        "description": "Reviews.",
        "max_tokens": 77,
        "max_turns": 3,
        "thinking": {"type": "adaptive"},
        "effort": "low",
        "server_tools": [{"type": "web_search_20250305", "name": "web_search"}],
        "request": {"metadata": {"user_id": "u"}},
        "cache": "1h",
        "track_cost": False,
    }
    one, provider = session("a", "b", **plain)
    one.save(tmp_path / "s")
    loaded = Session.load(tmp_path / "s", provider=provider)
    assert described.describe(loaded.agent) == described.describe(one.agent)
    one.run("?")
    loaded.run("?")
    first, second = (request.plain for request in provider.requests)
    assert first == second
    other = Session.load(tmp_path / "s", provider=provider, max_turns=5, instructions="Talk.")
    assert (other.agent.max_turns, other.agent.system) == (5, "Talk.")


def test_every_argument_of_an_agent_is_kept_or_not_on_purpose() -> None:
    elsewhere = {"tools", "output_type"}  # by their names
    asked = {"instructions", "messages"}  # the system prompt; the session's own
    never = {"workspace", "sandbox", "deps", "policy", "approve", "approve_timeout", "hooks"}
    never |= {"provider", "base_url", "max_retries", "subagents", "budget"}
    arguments = set(inspect.signature(Agent).parameters)
    assert arguments == set(described.KEPT) | elsewhere | asked | never


def test_keys_and_addresses_are_not_kept(tmp_path: Path) -> None:
    server = {"type": "url", "url": "https://x.test", "name": "x", "authorization_token": "KEY"}
    request = {"mcp_servers": [server], "betas": ["mcp-client-2025-11-20"]}
    one, _ = session("a", request=request, workspace=tmp_path, deps={"key": "KEY"})
    one.run("1")
    one.save(tmp_path / "s")
    saved = (tmp_path / "s").read_text()
    for secret in ("KEY", "x.test", str(tmp_path)):
        assert secret not in saved
    assert "mcp-client" in saved


def test_what_changed_of_the_agent_is_kept(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, provider = session("a", "b", store=store, id="s")
        one.run("1")
        Session.resume("s", store=store, provider=provider, system="New.").run("2")
        assert Session.resume("s", store=store, provider=provider).agent.system == "New."


def test_a_session_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="There is no session 'none'"):
        Session.resume("none", store=tmp_path / "s.db")
    with pytest.raises(SessionError, match="cannot be the id"):
        Session.resume("../none", store=tmp_path / "s.db")


def test_closing_lets_go_of_what_it_made(tmp_path: Path) -> None:
    provider = ScriptedProvider.of("a", "b", "c")
    with Session(model=MODEL, provider=provider, store=tmp_path / "s.db", id="s") as one:
        one.run("1")
    assert one._written.store._database._connection is None  # type: ignore[attr-defined]
    with Session.resume("s", store=tmp_path / "s.db", provider=provider) as other:
        assert str(other.run("2")) == "b"
    assert (tmp_path / "s.db").exists()
    assert not (tmp_path / "s.db-wal").exists()  # closed in order


def test_what_lists_show(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "s.db")) as store:
        one, _ = session(call("add"), "a", tools=[add], store=store)
        assert store.page().sessions == []
        one.run([text("Look\n  at this " + "x" * 100)])
        [found] = store.page().sessions
    assert found.about == {
        "title": ("Look at this " + "x" * 100)[:79] + "…",
        "turns": 1,
        "messages": 4,
        "steps": 2,
        "model": MODEL,
        "cost": str(one.bill),
    }


async def test_an_output_that_is_repaired_is_one_turn() -> None:
    provider = ScriptedProvider.of("no", '{"value": 1}', '{"value": 2}')
    one = Session(Agent(MODEL, provider=provider, output_type=Answer))
    result = await one.arun("1")
    assert (result.output, one.turns, len(one.messages)) == (Answer(1), 1, 4)
    assert result.messages == one.messages
    await one.arun("2")
    one.rewind()
    assert one.messages == result.messages
