from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import SettingsError
from rookery.settings import ENVIRONMENT_ALIASES, FILE, NAMES, PREFIX, Secret, Settings, load

SECRET = "sk-ant-api03-never-shown"
SECRETS = [
    name
    for name in NAMES
    if name != "tls_key" and ("key" in name or name.endswith("token"))  # that one is a file
]
GIVEN: dict[str, tuple[str, Any]] = {
    "port": ("9000", 9000),
    "workers": ("4", 4),
    "max_thread_bytes": ("0", 0),
    "limit_requests_per_minute": ("50", 50),
    "limit_input_tokens_per_minute": ("1", 1),
    "limit_output_tokens_per_minute": ("8000", 8000),
    "max_body_bytes": ("1024", 1024),
    "max_connections": ("7", 7),
    "head_timeout": ("1.5", 1.5),
    "body_timeout": ("2", 2.0),
    "idle_timeout": ("3", 3.0),
    "write_timeout": ("4", 4.0),
    "drain_seconds": ("0", 0.0),
    "grace_seconds": ("1", 1.0),
    "connect_timeout": ("2.5", 2.5),
    "timeout": ("30", 30.0),
    "ping_interval": ("0.25", 0.25),
    "retries": ("3", 3),
    "anthropic_auth": ("bearer", "bearer"),
    "unknown_fields": ("forward", "forward"),
    "log_level": ("debug", "debug"),
    "log_format": ("json", "json"),
    "fetch_urls": ("true", True),
    "forwarded_header": ("forwarded", "forwarded"),
}
"""What a string from the environment becomes; of all other settings it is the value itself."""

WriteToml = Callable[[str | bytes], Path]


@pytest.fixture
def write_toml(tmp_path: Path) -> WriteToml:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "some.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


def revealed(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value


# --- precedence ----------------------------------------------------------------------------------


def test_arguments_then_environment_then_file_then_defaults(write_toml: WriteToml) -> None:
    file = write_toml("port = 1\nhost = 'file'\nworkers = 3\nprovider = 'file'")
    environment = {"ROOKERY_PORT": "2", "ROOKERY_HOST": "environment"}
    settings = load({"port": 9, "provider": None}, environment, file)
    assert (settings.port, settings.host, settings.workers) == (9, "environment", 3)
    assert (settings.provider, settings.timeout) == ("file", 600.0)


def test_without_anything_the_defaults_hold() -> None:
    settings = load(environment={})
    assert [getattr(settings, name) for name in NAMES] == [
        getattr(Settings(), name) for name in NAMES
    ]


def test_the_file_of_the_working_folder_is_read() -> None:
    Path(FILE).write_text("port = 7")
    assert load(environment={}).port == 7


def test_the_environment_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_PORT", "7")
    assert load().port == 7


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read: No such file"):
        load(environment={}, file=tmp_path / "none.toml")


# --- each setting --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_is_read_from_the_environment(name: str) -> None:
    text, value = GIVEN.get(name, (SECRET, SECRET))
    settings = load(environment={PREFIX + name.upper(): text})
    found = revealed(getattr(settings, name))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_is_read_from_the_file_and_the_arguments(
    name: str, write_toml: WriteToml
) -> None:
    _, value = GIVEN.get(name, (SECRET, SECRET))
    file = write_toml(f"{name} = {json.dumps(value)}")
    for settings in (load(environment={}, file=file), load({name: value}, {})):
        assert revealed(getattr(settings, name)) == value


def test_a_secret_may_be_given_as_one() -> None:
    secret = Secret(SECRET)
    assert load({"bootstrap_key": secret}, {}).bootstrap_key is secret


@pytest.mark.parametrize(("name", "variable"), ENVIRONMENT_ALIASES.items())
def test_names_of_other_programs_stand_behind_our_own(name: str, variable: str) -> None:
    assert revealed(getattr(load(environment={variable: "theirs"}), name)) == "theirs"
    both = {variable: "theirs", PREFIX + name.upper(): "ours"}
    assert revealed(getattr(load(environment=both), name)) == "ours"


def test_an_empty_variable_is_none() -> None:
    environment = {"ROOKERY_PORT": "", "ROOKERY_ANTHROPIC_API_KEY": "", "ANTHROPIC_API_KEY": "k"}
    settings = load(environment=environment)
    assert (settings.port, revealed(settings.anthropic_api_key)) == (8420, "k")


def test_other_variables_are_not_looked_at() -> None:
    assert load(environment={"ROOKERY_NEST": "1", "PORT": "1", "port": "1"}).port == 8420


def test_the_state_folder_may_start_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/of/somebody")
    assert load({"state_dir": "~/state"}, {}).state_path == Path("/of/somebody/state")


# --- what cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "many"),
        ("port", "80.5"),
        ("port", "true"),
        ("workers", "1 2"),
        ("workers", "257"),
        ("max_body_bytes", "32MB"),
        ("timeout", "soon"),
        ("ping_interval", "[]"),
        ("anthropic_auth", "basic"),
        ("log_level", "INFO "),
        ("log_format", "xml"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{PREFIX}{name.upper()} cannot be used: "):
        load(environment={PREFIX + name.upper(): text})


@pytest.mark.parametrize("text", ["port = 'many'", "port = true", "port = []", "[port]\na = 1"])
def test_a_bad_value_in_the_file_names_its_key_and_the_file(
    text: str, write_toml: WriteToml
) -> None:
    with pytest.raises(SettingsError, match=r"^`port` in \S*some\.toml cannot be used: Expected"):
        load(environment={}, file=write_toml(text))


def test_a_bad_argument_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^The argument `host` cannot be used: Expected"):
        load({"host": 5}, {})


def test_a_key_of_the_file_that_is_no_setting_is_refused(write_toml: WriteToml) -> None:
    with pytest.raises(SettingsError, match=r"^`prot` in \S*some\.toml is not a setting\.$"):
        load({"port": 1}, {}, write_toml("prot = 8000"))


def test_an_argument_that_is_no_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="`nest` is not a setting"):
        load({"nest": 1}, {})


@pytest.mark.parametrize("text", ["port", "port = ", "port = 1\nport = 2", b"host = '\xff'"])
def test_a_file_that_is_not_toml_is_refused(text: str | bytes, write_toml: WriteToml) -> None:
    with pytest.raises(SettingsError, match=r"some\.toml is not TOML: "):
        load(environment={}, file=write_toml(text))


def test_a_folder_is_not_a_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load(environment={}, file=tmp_path)


@given(st.text(), st.sampled_from(NAMES))
def test_any_text_is_used_or_refused(text: str, name: str) -> None:
    try:
        load(environment={PREFIX + name.upper(): text})
    except SettingsError as error:
        assert name.upper() in error.message


# --- secrets -------------------------------------------------------------------------------------


def test_every_setting_that_is_secret_by_its_name_is_one_by_its_type() -> None:
    hidden = [name for name, kind in get_type_hints(Settings).items() if kind == Secret | None]
    assert hidden == SECRETS


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_never_shown(name: str) -> None:
    settings = load(environment={PREFIX + name.upper(): SECRET})
    secret = getattr(settings, name)
    shown = f"{settings} {settings!r} {secret} {secret!r} {[secret]}"
    assert SECRET not in shown
    assert secret.reveal() == SECRET


@pytest.mark.parametrize("port", ["port = 'many'", "nest = 1", "port"])
def test_an_error_beside_a_secret_does_not_show_it(port: str, write_toml: WriteToml) -> None:
    file = write_toml(f"anthropic_api_key = '{SECRET}'\n{port}")
    with pytest.raises(SettingsError) as caught:
        load({"bootstrap_key": SECRET}, {"ROOKERY_BOOTSTRAP_ADMIN_KEY": SECRET}, file)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(caught.value)
