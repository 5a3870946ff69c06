"""The file of sessions: after a kill, between processes, and when it cannot be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rookery.errors import SessionConflictError, SessionError
from rookery.store.database import SCHEMA_VERSION
from rookery.store.lease import here, is_gone
from rookery.store.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path, patience=30)) as store:
        yield store


CHILD = """
import sys
from rookery.store.lease import here
from rookery.store.sqlite import SQLiteStore
store = SQLiteStore(sys.argv[1], patience=30)
"""


def child(code: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD + code, path], stdout=subprocess.PIPE, text=True
    )


def say(store: SQLiteStore, *events: bytes) -> None:
    lease = store.acquire("s", here(), 60)
    store.append(lease, events, len(store.read("s")))
    store.release(lease)


def test_what_was_written_is_there_after_a_kill(path: Path, store: SQLiteStore) -> None:
    store.create("s", {})
    code = """
lease = store.acquire("s", here(), 3600)
for number in range(10**6):
    store.append(lease, [b"%d" % number], number)
    print(number, flush=True)
"""
    with child(code, path) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if line == "20\n":
                with pytest.raises(SessionConflictError, match=f"by process {writer.pid} on "):
                    store.acquire("s", here(), 60)
                writer.kill()
        told = line
    events = store.read("s")
    assert events == [b"%d" % number for number in range(len(events))]
    assert len(events) in (int(told) + 1, int(told) + 2)
    say(store, b'"after"')  # the writer is gone: its hour is not waited for
    assert store.read("s")[-1] == b'"after"'


def test_two_processes_do_not_interleave(path: Path, store: SQLiteStore) -> None:
    code = """
from rookery.errors import SessionConflictError
done = 0
while done < 10:
    try:
        lease = store.acquire("s", here(), 60)
    except SessionConflictError:
        continue
    revision = len(store.read("s"))
    for step in range(3):
        store.append(lease, [here().encode()], revision + step)
    store.release(lease)
    done += 1
"""
    store.create("s", {})
    writers = [child(code, path) for _ in range(2)]
    for writer in writers:
        with writer:
            assert writer.wait() == 0
    events = store.read("s")
    assert len(events) == 60
    assert all(len(set(events[start : start + 3])) == 1 for start in range(0, 60, 3))
    assert len(set(events)) == 2


def test_processes_that_begin_at_once_make_one_file(path: Path) -> None:
    code = "store.create(f's{sys.argv[2]}', {})"
    argv = [sys.executable, "-c", CHILD + code, str(path)]
    children = [subprocess.Popen([*argv, str(number)]) for number in range(4)]
    assert [one.wait() for one in children] == [0] * 4
    with closing(SQLiteStore(path)) as store:
        assert len(store.page().sessions) == 4


def test_a_forked_process_has_a_connection_of_its_own(store: SQLiteStore) -> None:
    store.create("s", {})
    code = 1
    with store._database._lock:  # as if another thread wrote just then
        pid = os.fork()
        if pid == 0:
            try:
                say(store, b"1")
                store.close()
                code = 0
            finally:
                os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    say(store, b"2")
    assert store.read("s") == [b"1", b"2"]


def test_the_file_is_its_owners(path: Path, store: SQLiteStore) -> None:
    old = os.umask(0)
    try:
        store.create("s", {})
    finally:
        os.umask(old)
    files = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert files["sessions.db"] == 0o600
    assert set(files.values()) == {0o600}


def test_a_commit_is_on_the_disk(store: SQLiteStore) -> None:
    with store._database.transaction(write=False) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_store_is_used_again_after_closing(store: SQLiteStore) -> None:
    store.create("s", {})
    store.close()
    store.close()
    assert store.find("s") is not None


def test_a_newer_file_is_left_alone(path: Path, store: SQLiteStore) -> None:
    store.create("s", {})
    store.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(SessionError, match="newer rookery"):
        store.find("s")


def test_a_database_of_something_else_is_left_alone(path: Path, store: SQLiteStore) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE accounts (id)")
    before = path.read_bytes()
    with pytest.raises(SessionError, match="something else"):
        store.create("s", {})
    assert path.read_bytes() == before


def test_a_locked_file(path: Path) -> None:
    store = SQLiteStore(path, patience=0.1)
    store.create("s", {})
    with closing(store), closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SessionError, match="locked by another program"):
            say(store, b"1")
        assert store.read("s") == []
        other.execute("ROLLBACK")
        say(store, b"1")


def test_a_full_disk(store: SQLiteStore) -> None:
    store.create("s", {})
    say(store, b"1")
    with store._database.transaction(write=False) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(SessionError, match="the disk is full"):
        say(store, b"x" * 100_000)
    assert store.read("s") == [b"1"]


def test_a_real_full_disk(tmp_path: Path) -> None:
    """The limit of a file's size stands in for the disk: writing ends amid a transaction."""
    path = tmp_path / "sessions.db"
    code = """
import resource, signal
from rookery.errors import SessionError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store.create("s", {})
lease = store.acquire("s", here(), 60)
store.append(lease, [b"1"], 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.append(lease, [b"x" * 1_000_000], 1)
except SessionError as error:
    print(error)
"""
    with child(code, path) as writer:
        assert writer.stdout is not None
        assert "full" in writer.stdout.read()
    with closing(SQLiteStore(path)) as store:
        assert store.read("s") == [b"1"]


@pytest.mark.parametrize(
    "content",
    [b"not a database, but long enough to look at" * 20, b"SQLite format 3\0" + b"x" * 99],
)
def test_a_file_that_is_no_database(path: Path, store: SQLiteStore, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SessionError, match="is no SQLite database, or is damaged"):
        store.find("s")
    assert path.read_bytes() == content


def test_a_damaged_file(path: Path, store: SQLiteStore) -> None:
    store.create("s", {})
    say(store, *[b"x" * 5_000] * 100)
    store.close()
    data = bytearray(path.read_bytes())
    data[8_192:-8_192] = bytes(len(data) - 16_384)
    path.write_bytes(data)
    with pytest.raises(SessionError, match="damaged"):
        store.read("s")


def test_missing_events_are_seen(store: SQLiteStore) -> None:
    store.create("s", {})
    say(store, b"1", b"2")
    with store._database.transaction(write=True) as connection:
        connection.execute("DELETE FROM events WHERE place = 0")
    with pytest.raises(SessionError, match="events are missing"):
        store.read("s")


@pytest.mark.parametrize("what", ["a folder", "nothing", "a fifo"])
def test_what_cannot_be_opened(tmp_path: Path, what: str) -> None:
    path = tmp_path / "there"
    if what == "a folder":
        path.mkdir()
    elif what == "nothing":
        path /= "sessions.db"
    else:
        os.mkfifo(path)
    with pytest.raises(SessionError, match=r"is not a file|cannot be opened"):
        SQLiteStore(path).find("s")


def test_a_folder_that_cannot_be_written() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        code = f"""
import os, shutil
from rookery.errors import SessionError
store.create("s", {{}})
store.close()
shutil.copy(sys.argv[1], sys.argv[1] + ".old")
os.chmod(sys.argv[1] + ".old", 0o444)
os.chmod({str(folder)!r}, 0o555)
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
for name in ("new", "sessions.db.old"):
    try:
        SQLiteStore(os.path.join({str(folder)!r}, name)).create("t", {{}})
    except SessionError as error:
        print(error)
"""
        with child(code, folder / "sessions.db") as one:
            assert one.stdout is not None
            new, old = one.stdout.read().splitlines()
        assert "cannot be opened: Permission denied" in new
        assert "cannot be written: check the rights" in old
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_who_is_gone() -> None:
    assert not is_gone(here())
    with subprocess.Popen(
        [sys.executable, "-c", "from rookery.store.lease import here; print(here())"],
        stdout=subprocess.PIPE,
        text=True,
    ) as one:
        assert one.stdout is not None
        owner = one.stdout.readline().strip()
    assert is_gone(owner)
    host, boot, *_, started = owner.split("/")
    assert is_gone(here().rpartition("/")[0] + "/1")  # the id of this process, an earlier time
    for unknown in (owner.replace(host, "another"), owner.replace(boot, "0"), "somebody", "", "/"):
        assert not is_gone(unknown)
    assert started.isdecimal()
