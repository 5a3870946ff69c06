"""A server that speaks TLS, with certificates made here."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from rookery.errors import SettingsError
from rookery.server.tls import context
from rookery.settings import Secret, Settings
from tests.server.client import KEY, always, serving, until
from tests.server.process import refused, started

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate that it signed, its key, that key locked, and another key."""
    folder = tmp_path_factory.mktemp("tls")
    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(folder, *new, "-x509", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, *new, "-subj", "/CN=rookery", "-keyout", "key.pem", "-out", "request.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    sign = ["x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key"]
    openssl(folder, *sign, "-CAcreateserial", "-extfile", "names", "-out", "cert.pem")
    lock = ["ec", "-in", "key.pem", "-aes256", "-passout", "pass:open sesame"]
    openssl(folder, *lock, "-out", "locked.pem")
    (folder / "both.pem").write_text(
        (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()
    )
    return folder


def given(files: Path, **settings: str) -> dict[str, Any]:
    return {name: str(files / value) for name, value in settings.items()}


def client_context(files: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files / "ca.pem"))


def test_the_official_client_speaks_tls_with_it(files: Path) -> None:
    settings = given(files, tls_cert="cert.pem", tls_key="key.pem")
    with (
        serving(always(), **settings) as (server, _),
        httpx2.Client(verify=client_context(files)) as http,
        anthropic.Anthropic(base_url=server.url, api_key=KEY, http_client=http) as client,
    ):
        assert server.url.startswith("https://127.0.0.1:")
        message = client.messages.create(
            model="claude-sonnet-4-6",
            max_tokens=50,
            messages=[{"role": "user", "content": "hi"}],
        )
        assert message.content[0].type == "text"
        with client.messages.stream(
            model="claude-sonnet-4-6",
            max_tokens=50,
            messages=[{"role": "user", "content": "hi"}],
        ) as stream:
            assert "".join(stream.text_stream) == "hello"


@pytest.mark.parametrize(
    "settings",
    [
        {"tls_cert": "both.pem"},
        {"tls_cert": "cert.pem", "tls_key": "locked.pem", "tls_key_password": "open sesame"},
    ],
)
def test_a_key_may_be_in_the_same_file_or_locked(files: Path, settings: dict[str, str]) -> None:
    password = settings.pop("tls_key_password", None)
    secret = None if password is None else Secret(password)
    made = context(Settings(**given(files, **settings), tls_key_password=secret))
    assert made is not None
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the old versions, which is the point
def test_old_versions_are_refused(files: Path) -> None:
    with serving(always(), **given(files, tls_cert="both.pem")) as (server, _):
        old = client_context(files)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        host, port = server.url.removeprefix("https://").split(":")
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            old.wrap_socket(plain, server_hostname=host)


def test_who_speaks_no_tls_or_says_nothing_is_let_go(files: Path) -> None:
    settings = given(files, tls_cert="both.pem")
    with serving(always(), **settings, head_timeout=0.3) as (server, _):
        host, port = server.url.removeprefix("https://").split(":")
        for data in (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b""):
            with socket.create_connection((host, int(port)), timeout=10) as plain:
                plain.sendall(data)
                while plain.recv(1000):
                    pass
        until(lambda: not server.connections)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tls_key": "key.pem"}, "`tls_key` is set, but `tls_cert` is not."),
        ({"tls_cert": "none.pem"}, "`tls_cert` cannot be used: "),
        ({"tls_cert": "cert.pem", "tls_key": "none.pem"}, "`tls_key` cannot be used: "),
        ({"tls_cert": "cert.pem", "tls_key": "ca.key"}, "is not that of `tls_cert`."),
        ({"tls_cert": "cert.pem"}, "the key of the first, in PEM."),
        ({"tls_cert": "names", "tls_key": "key.pem"}, "must have certificates"),
        ({"tls_cert": "cert.pem", "tls_key": "locked.pem"}, "`tls_key_password` does not open"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    files: Path, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        context(Settings(**given(files, **settings)))
    assert words in raised.value.message


def test_a_wrong_password_is_named_and_not_shown(files: Path) -> None:
    settings = given(files, tls_cert="cert.pem", tls_key="locked.pem")
    with pytest.raises(SettingsError) as raised:
        context(Settings(**settings, tls_key_password=Secret("close sesame")))
    assert "`tls_key_password` does not open the key" in raised.value.message
    assert "sesame" not in raised.value.message


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_command_shows_an_https_url(files: Path, tmp_path: Path, workers: str) -> None:
    settings = given(files, tls_cert="cert.pem", tls_key="key.pem")
    with started(tmp_path, **settings, workers=workers) as process:
        url = f"https://127.0.0.1:{process.port}"
        assert f"on {url}" in process.output
        assert httpx2.get(f"{url}/healthz", verify=client_context(files)).status_code == 200


def test_the_command_names_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    process = refused(tmp_path, tls_cert="none.pem")
    assert (
        process.error
        == "rookery: `tls_cert` cannot be used: none.pem: No such file or directory.\n"
    )
