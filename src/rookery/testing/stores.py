"""Whether a store of sessions does what `SessionStore` promises: one function for each promise.

`check_store(make)` runs all of them; with pytest, each is a test of its own::

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
    def test_my_store(promise):
        promise(make)

`make()` returns an empty store each time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rookery.errors import SessionConflictError, SessionError
from rookery.store.base import SessionStore
from rookery.store.lease import Lease

Make = Callable[[], SessionStore]
Promise = Callable[[Make], None]

PROMISES: list[Promise] = []
"""All of them; each returns where it is kept, and raises AssertionError where it is not."""


def check_store(make: Make) -> None:
    """Check all promises. Raises AssertionError with each that is broken and what was seen."""
    broken = []
    for promise in PROMISES:
        try:
            promise(make)
        except AssertionError as error:
            broken.append(f"{promise.__name__}: {promise.__doc__} {error}")
    if broken:
        raise AssertionError("\n".join(broken))


def _promise(function: Callable[[SessionStore], None]) -> Callable[[SessionStore], None]:
    def run(make: Make) -> None:
        store = make()
        try:
            function(store)
        finally:
            store.close()

    run.__name__, run.__doc__ = function.__name__, function.__doc__
    PROMISES.append(run)
    return function


def _same(what: str, seen: Any, wanted: Any) -> None:
    if seen != wanted:
        raise AssertionError(f"{what}: {seen!r:.300}, not {wanted!r:.300}.")


@contextmanager
def _refused(what: str, kind: type[SessionError] = SessionError) -> Iterator[None]:
    try:
        yield
    except kind:
        return
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}, not {kind.__name__}.") from error
    raise AssertionError(f"{what}: it was done, instead of {kind.__name__}.")


def _written(store: SessionStore, name: str, *events: bytes) -> Lease:
    """Begin a session with events, and hold it."""
    store.create(name, {})
    lease = store.acquire(name, "writer", 60)
    store.append(lease, events, 0)
    return lease


@_promise
def events_come_back_in_order(store: SessionStore) -> None:
    """Events are read as they were written, all of them or from an offset."""
    lease = _written(store, "s", b'{"a":1}', b'{"b":"\xc3\xa4"}')
    _same("revision", store.append(lease, [b"[]"], 2), 3)
    _same("all", store.read("s"), [b'{"a":1}', b'{"b":"\xc3\xa4"}', b"[]"])
    _same("from 2", store.read("s", 2), [b"[]"])
    _same("from the end", store.read("s", 3), [])
    _same("nothing added", store.append(lease, [], 3), 3)
    for offset in (-1, 4):
        with _refused(f"reading from {offset}"):
            store.read("s", offset)


@_promise
def large_events_are_whole(store: SessionStore) -> None:
    """An event may have megabytes, and an append thousands of events."""
    large, many = b'"' + b"x" * 3_000_000 + b'"', [b"%d" % number for number in range(3_000)]
    lease = _written(store, "s", large)
    store.append(lease, many, 1)
    _same("events", store.read("s"), [large, *many])


@_promise
def a_writer_must_know_the_revision(store: SessionStore) -> None:
    """An append with another revision than the session has is a conflict and writes nothing."""
    lease = _written(store, "s", b"1")
    for expected in (0, 2):
        with _refused(f"expecting {expected} of 1", SessionConflictError):
            store.append(lease, [b"2"], expected, {"title": "no"})
    _same("events", store.read("s"), [b"1"])
    found = store.find("s")
    _same("about", found and found.about, {})


@_promise
def there_is_one_writer(store: SessionStore) -> None:
    """A session that is held cannot be taken, and can when it was given back."""
    store.create("s", {})
    lease = store.acquire("s", "one", 60)
    for owner in ("two", "one"):
        with _refused(f"taking what is held, as {owner}", SessionConflictError):
            store.acquire("s", owner, 60)
    store.release(lease)
    store.release(lease)  # twice is no harm
    other = store.acquire("s", "two", 60)
    with _refused("writing after giving back", SessionConflictError):
        store.append(lease, [b"1"], 0)
    store.release(lease)  # not one's own any more
    _same("written by the other", store.append(other, [b"2"], 0), 1)


@_promise
def an_expired_lease_can_be_taken_over(store: SessionStore) -> None:
    """After its time a lease is free; whoever had it is refused then, whatever its clock says."""
    store.create("s", {})
    slow = store.acquire("s", "slow", -1)
    _same("nobody came", store.append(slow, [b"1"], 0), 1)
    quick = store.acquire("s", "quick", 60)
    with _refused("writing after a takeover", SessionConflictError):
        store.append(slow, [b"2"], 1)
    with _refused("renewing after a takeover", SessionConflictError):
        store.renew(slow, 60)
    _same("the new writer goes on", store.append(quick, [b"3"], 1), 2)
    _same("events", store.read("s"), [b"1", b"3"])


@_promise
def a_lease_can_be_renewed(store: SessionStore) -> None:
    """A lease that was renewed holds from then on."""
    store.create("s", {})
    lease = store.acquire("s", "one", -1)
    store.renew(lease, 60)
    with _refused("taking what was renewed", SessionConflictError):
        store.acquire("s", "two", 60)
    store.renew(lease, -1)
    store.acquire("s", "two", 60)


@_promise
def a_session_made_anew_has_no_old_writer(store: SessionStore) -> None:
    """The lease of a session that was deleted does not hold for one of the same id."""
    old = _written(store, "s", b"1")
    store.renew(old, -1)
    store.delete("s")
    with _refused("writing what was deleted"):
        store.append(old, [b"2"], 1)
    store.create("s", {})
    store.acquire("s", "new", 60)
    with _refused("writing with an old lease", SessionConflictError):
        store.append(old, [b"2"], 0)
    _same("events", store.read("s"), [])


@_promise
def writers_in_threads_do_not_interleave(store: SessionStore) -> None:
    """Of threads that race for a session one at a time has it, and no event is lost."""
    store.create("s", {})
    failures: list[BaseException] = []

    def write(name: int) -> None:
        done = 0
        while done < 5:
            try:
                lease = store.acquire("s", str(name), 60)
            except SessionConflictError:
                continue
            revision = len(store.read("s"))
            for step in range(3):
                store.append(lease, [b"[%d,%d,%d]" % (name, done, step)], revision + step)
            store.release(lease)
            done += 1

    def watched(name: int) -> None:
        try:
            write(name)
        except BaseException as error:  # noqa: BLE001 -- told by the caller
            failures.append(error)

    threads = [threading.Thread(target=watched, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _same("failures", failures, [])
    events = store.read("s")
    _same("number of events", len(events), 45)
    for start in range(0, 45, 3):
        groups = {event.rpartition(b",")[0] for event in events[start : start + 3]}
        _same(f"writers of events {start} to {start + 2}", len(groups), 1)


@_promise
def a_fork_shares_and_goes_its_own_way(store: SessionStore) -> None:
    """A fork has the events up to where it began; then each has its own."""
    lease = _written(store, "a", b"1", b"2", b"3")
    store.fork("a", "b", 2)
    store.fork("a", "whole")
    store.append(lease, [b"4"], 3)
    other = store.acquire("b", "writer", 60)
    _same("revision of the fork", store.append(other, [b"x"], 2), 3)
    store.fork("b", "c", 1)
    store.fork("b", "d", 3)
    _same("a", store.read("a"), [b"1", b"2", b"3", b"4"])
    _same("b", store.read("b"), [b"1", b"2", b"x"])
    _same("b from 1", store.read("b", 1), [b"2", b"x"])
    _same("c", store.read("c"), [b"1"])
    _same("d from 2", store.read("d", 2), [b"x"])
    _same("whole", store.read("whole"), [b"1", b"2", b"3"])
    for at in (-1, 4):
        with _refused(f"a fork at {at}"):
            store.fork("b", "e", at)
    with _refused("a fork of the name of another", SessionConflictError):
        store.fork("a", "b")
    found = store.find("d")
    _same("parent", found and found.parent, "b")


@_promise
def what_forks_share_is_kept(store: SessionStore) -> None:
    """Whatever of a family is deleted, in whatever order, the others keep their events."""
    store.release(_written(store, "a", b"1", b"2", b"3"))
    store.fork("a", "b", 2)
    lease = store.acquire("b", "writer", 60)
    store.append(lease, [b"x", b"y"], 2)
    store.release(lease)
    store.fork("b", "c", 3)
    store.fork("a", "d", 1)
    store.delete("b")
    store.delete("a")
    _same("c", store.read("c"), [b"1", b"2", b"x"])
    _same("d", store.read("d"), [b"1"])
    found = store.find("c")
    _same("the parent of c", found and found.parent, None)
    store.create("b", {})
    _same("a new b", store.read("b"), [])
    store.delete("d")
    _same("c", store.read("c"), [b"1", b"2", b"x"])
    store.delete("c")
    _same("what is left", [one.id for one in store.page().sessions], ["b"])


@_promise
def what_is_written_cannot_be_deleted(store: SessionStore) -> None:
    """Deleting is a conflict while somebody has the session; what was deleted is not there."""
    lease = _written(store, "s", b"1")
    with _refused("deleting what is held", SessionConflictError):
        store.delete("s")
    store.release(lease)
    store.delete("s")
    _same("found", store.find("s"), None)
    for what in (store.read, store.delete):
        with _refused("using what was deleted"):
            what("s")


@_promise
def the_newest_are_listed_first(store: SessionStore) -> None:
    """A list goes by the last write, in pages, each session once; with what is said of each."""
    for number in range(5):
        store.create(f"s{number}", {"title": f"of {number}"})
    lease = store.acquire("s1", "writer", 60)
    store.append(lease, [b"1"], 0, {"title": "written", "turns": 1})
    first = store.page(2)
    _same("the first page", [one.id for one in first.sessions], ["s1", "s4"])
    _same("about", first.sessions[0].about, {"title": "written", "turns": 1})
    _same("revision", first.sessions[0].revision, 1)
    if first.sessions[0].updated < first.sessions[0].created:
        raise AssertionError("updated is before created.")
    second = store.page(2, first.next)
    _same("the second page", [one.id for one in second.sessions], ["s3", "s2"])
    third = store.page(2, second.next)
    _same("the third page", [one.id for one in third.sessions], ["s0"])
    _same("what comes then", third.next, None)
    _same("one page", len(store.page(5).sessions), 5)
    _same("what comes after five of five", store.page(5).next, None)
    with _refused("a page after nothing known"):
        store.page(2, "?")
    with _refused("a page of none"):
        store.page(0)


@_promise
def names_are_checked(store: SessionStore) -> None:
    """A session is made once; an id that could be a path or a trick is refused."""
    store.create("a-B_1.x", {})
    with _refused("the same again", SessionConflictError):
        store.create("a-B_1.x", {})
    for name in ("", "../x", "a b", ".hidden", "x" * 129, "a\n", "ä"):
        with _refused(f"creating {name!r}"):
            store.create(name, {})
    _same("finding none", store.find("../x"), None)
    with _refused("taking none"):
        store.acquire("none", "one", 60)
    with _refused("forking none"):
        store.fork("none", "new")
