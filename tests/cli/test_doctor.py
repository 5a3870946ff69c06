"""`rookery doctor`: what is missing is named, with what to do; no key is shown."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.sqlite import SQLiteStore
from rookery.testing import provider_server
from tests.cli.running import rook, script

SECRET = "sk-ant-api03-never-shown"


def looked(home: Path, **more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = rook("doctor", "--json", home=home, **more)
    assert SECRET not in done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["ok"] is (done.returncode == 0)
    return done.returncode, {one["name"]: one for one in document["findings"]}


def test_all_is_there(tmp_path: Path) -> None:
    code, found = looked(tmp_path, ROOKERY_PROVIDER="offline")
    assert code == 0
    assert "not a language model" in found["provider"]["said"]
    assert str(tmp_path) in found["workspace"]["said"]
    assert "none yet" in found["sessions"]["said"]
    assert not (tmp_path / ".local").exists()  # it only looks
    assert "sandbox" in found
    assert "none" not in found


def test_nothing_configured_is_missing_and_says_what_to_set(tmp_path: Path) -> None:
    code, found = looked(tmp_path)
    assert (code, found["provider"]["state"]) == (1, "missing")
    assert "ANTHROPIC_API_KEY" in found["provider"]["remedy"]
    shown = rook("doctor", home=tmp_path)
    assert "MISSING  provider" in shown.stdout
    assert shown.returncode == 1


def test_a_backend_that_answers(tmp_path: Path) -> None:
    with provider_server(ScriptedProvider.of()) as server:
        given = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": server.key}
        code, found = looked(tmp_path, **given)
        assert (code, found["reached"]["state"]) == (0, "ok")
        assert "the key is taken" in found["reached"]["said"]
        code, found = looked(tmp_path, **{**given, "ANTHROPIC_API_KEY": SECRET})
        assert (code, found["key"]["said"]) == (1, "anthropic_api_key is set")
        assert "refused" in found["reached"]["said"]


def test_a_backend_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    code, found = looked(tmp_path, ANTHROPIC_BASE_URL=url, ANTHROPIC_AUTH_TOKEN=SECRET)
    assert (code, found["reached"]["state"]) == (1, "missing")
    assert url in found["reached"]["said"]
    assert found["key"]["said"] == "anthropic_auth_token is set"


@pytest.mark.parametrize("bad", [{"ROOKERY_PORT": "many"}, {"ROOKERY_PROVIDER": "nonsense"}])
def test_a_setting_that_cannot_be_used(tmp_path: Path, bad: dict[str, str]) -> None:
    code, found = looked(tmp_path, **bad)
    assert (code, found["provider"]["state"]) == (1, "missing")


def test_programs_that_are_missing_are_optional(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    code, found = looked(tmp_path, PATH=str(tmp_path / "bin"), ROOKERY_PROVIDER="offline")
    assert (code, found["rg"]["state"], found["git"]["state"]) == (0, "optional", "optional")
    assert found["rg"]["remedy"].startswith("apt-get install ripgrep")


def test_a_store_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / ".local" / "state" / "rookery" / "sessions.db"
    file.parent.mkdir(parents=True)
    SQLiteStore(file).create("s", {})
    assert "the newest of" in looked(tmp_path, **script(tmp_path))[1]["sessions"]["said"]
    for path in file.parent.iterdir():
        path.unlink()
    file.write_bytes(b"no database " * 100)
    code, found = looked(tmp_path, **script(tmp_path))
    assert (code, found["sessions"]["state"]) == (1, "missing")
