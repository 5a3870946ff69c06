from __future__ import annotations

import pytest

from rookery.errors import SettingsError
from rookery.providers import registry
from rookery.providers.anthropic.address import credentials, messages_url
from rookery.providers.anthropic.provider import build
from rookery.settings import Secret, Settings, load


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
        (" https://api.anthropic.com/v1/ ", "https://api.anthropic.com/v1/messages"),
        ("http://[::1]:8/v1", "http://[::1]:8/v1/messages"),
        ("http://host:8080/anthropic//", "http://host:8080/anthropic/v1/messages"),
        ("https://host/v1beta", "https://host/v1beta/v1/messages"),
    ],
)
def test_the_url_of_messages(base: str, url: str) -> None:
    assert messages_url(base) == url


@pytest.mark.parametrize(
    "base",
    [
        "",
        "api.anthropic.com",
        "ftp://host",
        "https://",
        "https://host:0",
        "https://host:99999",
        "https://host?key=hunter2",
        "https://host#hunter2",
        "https://hunter2@host",
        "https://user:hunter2@host",
    ],
)
def test_a_base_url_that_is_none(base: str) -> None:
    with pytest.raises(SettingsError) as caught:
        messages_url(base)
    assert "hunter2" not in caught.value.message


def test_who_we_are() -> None:
    key, token = Secret("sk-1"), Secret("token-1")
    assert credentials(Settings(anthropic_api_key=key)) == {"x-api-key": "sk-1"}
    assert credentials(Settings(anthropic_api_key=key, anthropic_auth="bearer")) == {
        "authorization": "Bearer sk-1"
    }
    assert credentials(Settings(anthropic_auth_token=token)) == {"authorization": "Bearer token-1"}
    both = Settings(anthropic_api_key=key, anthropic_auth_token=token)
    assert credentials(both) == {"x-api-key": "sk-1"}


def test_no_key() -> None:
    with pytest.raises(SettingsError) as caught:
        build(Settings())
    assert "ANTHROPIC_API_KEY" in caught.value.message
    assert "ANTHROPIC_AUTH_TOKEN" in caught.value.message


@pytest.mark.parametrize("key", ["", " ", "hunter2\r\nx: y", "hunter2 b", "hunter2\u2019"])
def test_a_key_that_fits_in_no_header(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        credentials(Settings(anthropic_api_key=Secret(key)))
    assert "hunter2" not in caught.value.message


async def test_the_registry_builds_it() -> None:
    settings = load({}, {"ANTHROPIC_API_KEY": "sk-1", "ROOKERY_ANTHROPIC_AUTH": "bearer"})
    provider = registry.build("anthropic", settings)
    assert (provider.name, provider.emulated) == ("anthropic", False)
    await provider.close()
