from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rookery.errors import AuthenticationError, SettingsError
from rookery.server.auth import KEY_PREFIX, Keys, Principal, StoredKey, open_keys
from rookery.server.http import Exchange
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings
from tests.server.client import KEY, Answer, ask, head


async def unused(*_: object) -> dict[str, object]:
    raise AssertionError


def exchange(**headers: str) -> Exchange:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {"method": "POST", "path": "/v1/messages", "headers": pairs}
    return Exchange(scope, unused, unused, "req_1")  # type: ignore[arg-type]


def admits(keys: Keys, key: str) -> bool:
    try:
        keys.principal(exchange(x_api_key=key))
    except AuthenticationError:
        return False
    return True


def models(server: LocalServer, *headers: bytes) -> Answer:
    return ask(server, b"\r\n".join([b"GET /v1/models HTTP/1.1", b"host: x", *headers, b"", b""]))


@pytest.mark.parametrize(
    "header",
    [
        f"x-api-key: {KEY}",
        f"X-API-KEY: {KEY}",
        f"authorization: Bearer {KEY}",
        f"Authorization: bearer {KEY}",
        f"Authorization: BEARER   {KEY}",
        f"authorization: Bearer wrong\r\nx-api-key: {KEY}",
    ],
)
def test_the_key_is_taken_from_either_header(server: LocalServer, header: str) -> None:
    assert models(server, header.encode()).status == 200


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (b"", "x-api-key header is required"),
        (b"authorization: Basic " + KEY.encode(), "x-api-key header is required"),
        (b"authorization: " + KEY.encode(), "x-api-key header is required"),
        (b"x-api-key: wrong", "invalid x-api-key"),
        (b"x-api-key:", "invalid x-api-key"),
        (b"x-api-key: " + KEY.encode()[:-1], "invalid x-api-key"),
        (b"x-api-key: " + KEY.upper().encode(), "invalid x-api-key"),
        (b"x-api-key: \xff\xfe\xc3", "invalid x-api-key"),
        (b"x-api-key: " + b"x" * 60_000, "invalid x-api-key"),
        (b"x-api-key: %b\r\nx-api-key: %b" % (KEY.encode(), KEY.encode()), "invalid x-api-key"),
        (b"x-api-key: wrong\r\nauthorization: Bearer " + KEY.encode(), "invalid x-api-key"),
        (b"authorization: Bearer", "Invalid bearer token"),
        (b"authorization: Bearer wrong", "Invalid bearer token"),
    ],
)
def test_a_wrong_key_is_refused(server: LocalServer, header: bytes, text: str) -> None:
    answer = models(server, header) if header else models(server)
    assert (answer.status, answer.error) == (401, text)
    assert answer.json["error"]["type"] == "authentication_error"


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_the_hot_routes_ask_for_a_key_before_anything_else(server: LocalServer, path: str) -> None:
    answer = ask(server, head(path=path, headers={"content-length": "0"}))
    assert (answer.status, answer.error) == (401, "x-api-key header is required")


# --- the key file --------------------------------------------------------------------------------


def test_the_first_start_makes_keys_and_keeps_their_hashes_only(tmp_path: Path) -> None:
    opened = open_keys(Settings(state_dir=str(tmp_path / "state")))
    file = tmp_path / "state" / "keys.json"
    assert list(opened.made) == ["key", "admin key"]
    for key in opened.made.values():
        assert key.startswith(KEY_PREFIX)
        assert len(key) >= len(KEY_PREFIX) + 43
        assert key not in file.read_text()
        assert admits(opened.keys, key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_the_second_start_uses_the_keys_of_the_first(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path))
    made = open_keys(settings).made
    again = open_keys(settings)
    assert again.made == {}
    assert all(admits(again.keys, key) for key in made.values())
    assert not admits(again.keys, "another")


def test_only_the_admin_key_is_of_an_admin(tmp_path: Path) -> None:
    for settings in (
        Settings(state_dir=str(tmp_path)),
        Settings(bootstrap_key=Secret("one"), bootstrap_admin_key=Secret("two")),
    ):
        opened = open_keys(settings)
        key, admin = opened.made.values() if opened.made else ("one", "two")
        assert not opened.keys.principal(exchange(x_api_key=key)).admin
        assert opened.keys.principal(exchange(x_api_key=admin)).admin


def test_keys_of_the_settings_need_no_file(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path / "none"), bootstrap_key=Secret("schlüssel"))
    opened = open_keys(settings)
    assert opened.made == {}
    assert admits(opened.keys, "schlüssel")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_key_in_the_settings_is_refused(empty: str) -> None:
    with pytest.raises(SettingsError, match="`bootstrap_admin_key` is empty"):
        open_keys(Settings(bootstrap_key=Secret("one"), bootstrap_admin_key=Secret(empty)))


def test_the_line_break_of_a_secret_file_is_no_part_of_a_key() -> None:
    opened = open_keys(Settings(bootstrap_key=Secret("one\n"), bootstrap_admin_key=Secret(" two ")))
    assert admits(opened.keys, "one")
    assert admits(opened.keys, "two")


@pytest.mark.parametrize("key", ["o\nne", "o\x00ne", "o\x7fne"])
def test_a_key_that_no_header_can_have_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="`bootstrap_key` has characters"):
        open_keys(Settings(bootstrap_key=Secret(key)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"null",
        b"[{}]",
        b'[{"digest": "xyz", "principal": {"key_id": "a"}}]',
        b'[{"digest": 1, "principal": {"key_id": "a"}}]',
        b'[{"digest": "\xff", "principal": {"key_id": "a"}}]',
        b'[{"digest": "00", "principal": {"key_id": "a"}}',
    ],
)
def test_a_broken_key_file_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys.json").write_bytes(content)
    with pytest.raises(SettingsError, match=r"keys\.json cannot be used"):
        open_keys(Settings(state_dir=str(tmp_path)))
    assert (tmp_path / "keys.json").read_bytes() == content


def test_a_key_file_without_keys_admits_nobody(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(b"[]")
    keys = open_keys(Settings(state_dir=str(tmp_path))).keys
    assert not admits(keys, "")
    assert not admits(keys, "anything")


def test_a_digest_of_nothing_admits_nobody() -> None:
    keys = Keys([StoredKey("", Principal(key_id="a"))])
    assert not admits(keys, "")


def test_a_state_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"):
        open_keys(Settings(state_dir=str(tmp_path / "file" / "state")))


START = """
import sys
from rookery.server.auth import open_keys
from rookery.settings import Settings
sys.stdin.read(1)
print(*open_keys(Settings(state_dir=sys.argv[1])).made.values())
"""


def test_of_servers_that_start_together_one_makes_the_keys_and_all_use_them(tmp_path: Path) -> None:
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("!")
        start.stdin.flush()
    shown = [start.communicate(timeout=20)[0].split() for start in starts]
    assert all(start.returncode == 0 for start in starts)
    keys = open_keys(Settings(state_dir=str(tmp_path))).keys
    assert sorted(map(len, shown)) == [0, 0, 0, 2]
    assert all(admits(keys, key) for made in shown for key in made)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
