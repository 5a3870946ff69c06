"""Files of sessions: what they look like, how they are written, and what is refused."""

from __future__ import annotations

import copy
import gzip
import json
import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rookery import Session
from rookery.agent import sessionfile
from rookery.errors import SessionConflictError, SessionError
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.memory import MemoryStore
from tests.agent.common import MODEL, call


def add(a: int = 1) -> int:
    """Add one."""
    return a + 1


PROVIDER = ScriptedProvider({"rules": [{"reply": "Yes."}]})


def load(path: Path, **arguments: Any) -> Session[Any]:
    return Session.load(path, provider=PROVIDER, tools=[add], **arguments)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    provider = ScriptedProvider.of(call("add"), "Two. äöü €")
    one = Session(model=MODEL, provider=provider, tools=[add], agent_system="Be brief.")
    one.run("Add.")
    one.save(tmp_path / "session.pkl")
    return tmp_path / "session.pkl"


def test_a_file_is_readable_json(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert '\n  "rookery_session": 1,' in text
    assert "Two. äöü €" in text
    found = json.loads(text)
    assert list(found) == ["rookery_session", "id", "events"]
    assert [event["event"] for event in found["events"]] == [
        "agent_described",
        "message_added",
        "usage_reported",
        "message_added",
        "tool_returned",
        "usage_reported",
        "message_added",
        "run_ended",
    ]


def test_what_is_loaded_is_what_was_saved(path: Path) -> None:
    before = path.read_bytes()
    one = load(path)
    assert (one.turns, len(one.messages), len(one.steps)) == (1, 4, 2)
    one.save(path)
    assert path.read_bytes() == before
    one.run("More?")
    assert one.turns == 2
    assert load(path).turns == 1


def test_a_file_can_go_into_a_store(path: Path) -> None:
    store = MemoryStore()
    one = load(path, store=store)
    one.run("More?")
    again = Session.resume(one.id, store=store, provider=PROVIDER, tools=[add])
    assert again.messages == one.messages
    with pytest.raises(SessionError, match="in this store already"):
        load(path, store=store)


def test_writing_keeps_the_mode_and_leaves_nothing(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    link = path.with_name("link")
    link.symlink_to(path)
    load(path).save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(one.name for one in path.parent.iterdir()) == ["link", "session.pkl"]


def test_a_file_that_cannot_be_written(path: Path, tmp_path: Path) -> None:
    one = load(path)
    for wrong in (tmp_path / "none" / "s", tmp_path, tmp_path / "nul\0", tmp_path / ("x" * 300)):
        with pytest.raises(SessionError, match="cannot be saved to"):
            one.save(wrong)
    assert [one.name for one in tmp_path.iterdir()] == ["session.pkl"]


def test_a_full_disk_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()
    code = """
import resource, signal, sys
from pathlib import Path
from rookery.agent import sessionfile
from rookery.errors import SessionError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    sessionfile.write(Path(sys.argv[1]), "s", [b'"%s"' % (b"x" * 5000)])
except SessionError as error:
    print(error)
"""
    argv = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert "cannot be saved" in done.stdout
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["session.pkl"]


class Bomb:
    """Leaves a file where it is executed."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("executed",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_not_read(path: Path, protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    path.write_bytes(pickle.dumps({"rookery_session": 1, "bomb": Bomb()}, protocol))
    with pytest.raises(SessionError, match="it is a pickle, which rookery never reads"):
        load(path)
    assert not Path("executed").exists()


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (gzip.compress(b"{}"), "it is compressed"),
        (b"\x00\x01\x02", "no session of rookery, or is damaged"),
        (b"\xff\xfe{}", "no session"),
        (b"[]", "no session"),
        (b"{}", "no session"),
        (b'{"rookery_session": "1"}', "no session"),
        (b'{"rookery_session": 1}', "no session"),
        (b'{"rookery_session": 1, "id": "x", "events": {}}', "no session"),
        (b'{"rookery_session": 2, "id": 7}', "written by a newer rookery"),
        (DEEP, "no session"),
        (b'{"rookery_session": 1, "id": "x", "events": [' + DEEP + b"]}", "no session"),
        (b'{"rookery_session": 1, "id": "../x", "events": []}', "the id of a session"),
        (b'{"rookery_session": 1, "id": "x", "events": []}', "cannot be read"),
        (b'{"rookery_session": 1, "id": "x", "events": [{"event": "new"}]}', "Event 0 .*new"),
        (b'{"rookery_session": 1, "id": "x", "events": [7]}', "Event 0 "),
    ],
)
def test_what_is_no_session(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SessionError, match=said):
        load(path)


def changed(path: Path, change: Any) -> None:
    found = json.loads(path.read_text())
    change(found["events"])
    path.write_text(json.dumps(found))


RESULT = {"type": "tool_result", "tool_use_id": "no", "content": ""}

CUT = {
    "event": "context_compacted",
    "messages": 4,
    "summary": "",
    "tokens_before": 1,
    "tokens_after": 1,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: e[0].update(version=2), "newer rookery"),
        (lambda e: e[0].update(agent=[]), "Event 0 "),
        (lambda e: e[0].update(agent={}), "What the session says of its agent"),
        (lambda e: e[0]["agent"].update(tools=7), "What the session says of its agent"),
        (lambda e: e[1].update(message={}), "Event 1 "),
        (lambda e: e[1]["message"].update(role="root"), "Event 1 "),
        (lambda e: e[1]["message"].update(content=7), "Event 1 "),
        (lambda e: e[1]["message"].update(content=[7]), "Event 1 "),
        (lambda e: e[1]["message"].update(content=[{}]), "Event 1 "),
        (lambda e: e[1]["message"].update(content=[RESULT]), "is not valid"),
        (lambda e: e[1]["message"].update(content=[{"type": "tool_result"}]), "Event 1 "),
        (lambda e: e[3]["message"]["content"][0].pop("id"), "Event 3 "),
        (lambda e: e[3]["message"]["content"][0].update(input=[]), "Event 3"),
        (lambda e: e[2]["bill"]["lines"][0].update(price="x"), "Event 2 "),
        (lambda e: e.append({"event": "rewound", "turns": 2}), "has 1 turns"),
        (lambda e: e.append({**CUT, "before": 5, "task": 0}), "the cut is at 5"),
        (lambda e: e.append({**CUT, "before": 1, "task": 4}), "the cut is at 1"),
        (lambda e: e.append({"event": "rewound", "turns": -1}), "has 1 turns"),
    ],
)
def test_a_file_that_was_changed(path: Path, change: Any, said: str) -> None:
    changed(path, change)
    with pytest.raises(SessionError, match=said):
        load(path)


def test_a_file_that_was_cut(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(SessionError, match="no session of rookery, or is damaged"):
            load(path)


def test_a_log_that_was_cut_is_a_session(path: Path) -> None:
    whole = json.loads(path.read_text())
    for length in range(1, len(whole["events"]) + 1):
        path.write_text(json.dumps({**whole, "events": whole["events"][:length]}))
        load(path).run("Go on.")


def test_what_cannot_be_opened(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for wrong in (tmp_path / "none", tmp_path, tmp_path / "fifo", Path("/dev/zero"), Path("\0")):
        with pytest.raises(SessionError, match="cannot be read"):
            load(wrong)


def test_a_huge_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(sessionfile.LARGEST + 1)  # has no blocks on the disk
    with pytest.raises(SessionError, match="bytes"):
        load(path)


def test_what_could_not_be_loaded_is_not_saved(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, before = load(path), path.read_bytes()
    monkeypatch.setattr(sessionfile, "LARGEST", len(before) - 1)
    with pytest.raises(SessionError, match="too large for a file"):
        one.save(path)
    assert path.read_bytes() == before


def test_a_file_does_not_say_where_requests_go_or_what_is_allowed(path: Path) -> None:
    said = {
        "base_url": "http://evil.test",
        "provider": "anthropic",
        "workspace": "/",
        "policy": {},
        "approve": "pending",
        "deps": 1,
        "request": {"mcp_servers": [{"type": "url", "url": "http://evil.test", "name": "e"}]},
    }
    changed(path, lambda events: events[0]["agent"]["arguments"].update(copy.deepcopy(said)))
    one = load(path)
    assert one.agent.workspace.root == Path.cwd()
    assert not set(one.agent.arguments) & {"base_url", "policy", "approve", "deps"}
    assert one.agent.arguments["request"] == {}
    one.save(path)
    assert "evil" not in path.read_text().partition("message_added")[2]


def test_a_conflict_is_a_session_error() -> None:
    assert issubclass(SessionConflictError, SessionError)
