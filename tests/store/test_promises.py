"""Both stores keep every promise of SessionStore; the suite sees a store that does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rookery.errors import SessionError
from rookery.store.base import SessionStore
from rookery.store.lease import Lease
from rookery.store.memory import MemoryStore
from rookery.store.open import open_store
from rookery.store.sqlite import SQLiteStore
from rookery.testing.stores import PROMISES, Promise, check_store


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_is_kept(promise: Promise, kind: str, tmp_path: Path) -> None:
    promise(MemoryStore if kind == "memory" else lambda: SQLiteStore(tmp_path / "sessions.db"))


def test_all_promises_are_checked_at_once() -> None:
    check_store(MemoryStore)


class Interleaving(MemoryStore):
    """Lets anybody write."""

    def acquire(self, id: str, owner: str, seconds: float) -> Lease:  # noqa: A002
        return super().acquire(id, owner, -1)

    def append(
        self,
        lease: Lease,
        events: Sequence[bytes],
        expected: int,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        log = self._get(lease.session)
        log.own.extend(events)
        return log.revision


class Copying(MemoryStore):
    """Lets forks go with what they were forked from."""

    def delete(self, id: str) -> None:  # noqa: A002
        log = self._get(id)
        super().delete(id)
        log.own.clear()


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (
            Interleaving,
            ["a_writer_must_know_the_revision", "there_is_one_writer", "an_expired_lease_can"],
        ),
        (Copying, ["what_forks_share_is_kept"]),
    ],
)
def test_a_broken_promise_is_seen(kind: type[SessionStore], broken: list[str]) -> None:
    with pytest.raises(AssertionError) as seen:
        check_store(kind)
    for name in broken:
        assert name in str(seen.value)


def test_a_store_is_a_store() -> None:
    assert isinstance(MemoryStore(), SessionStore)
    assert isinstance(SQLiteStore("x"), SessionStore)


def test_a_store_is_found_by_what_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = MemoryStore()
    assert open_store(own) is own
    assert repr(open_store(tmp_path / "x.db")) == f"SQLiteStore('{tmp_path}/x.db')"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    store = open_store("sqlite")
    store.create("s", {})
    assert (tmp_path / "state" / "rookery").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "rookery" / "sessions.db").stat().st_mode & 0o777 == 0o600
    store.close()
    for wrong in ("", 3, None, MemoryStore):
        with pytest.raises(SessionError, match="A store is"):
            open_store(wrong)  # type: ignore[arg-type]
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(SessionError, match="cannot be made"):
        open_store("sqlite")
