"""The command line, as a user meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

import rookery
from rookery.cli.main import COMMANDS


def rook(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "COLUMNS": "100", **environment}
    return subprocess.run(
        [sys.executable, "-m", "rookery", *arguments],
        cwd=home,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_version_is_told(tmp_path: Path) -> None:
    assert rook("--version", home=tmp_path).stdout == f"rookery {rookery.__version__}\n"


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    shown = rook("--help", home=tmp_path).stdout
    assert all(name in shown for name in COMMANDS)


def test_the_help_of_options_shows_their_defaults(tmp_path: Path) -> None:
    assert "[default: (8420)]" in rook("serve", "--help", home=tmp_path).stdout
    assert "[default: (the newest Sonnet)]" in rook("run", "--help", home=tmp_path).stdout


def test_the_price_of_the_seed_document(tmp_path: Path) -> None:
    tokens = ("--input", "1000000", "--output", "500000")
    done = rook("price", "claude-sonnet-4-6", *tokens, home=tmp_path)
    assert done.stdout.splitlines()[-1].split() == ["total", "$10.50"]
    half = rook("price", "claude-sonnet-4-6", *tokens, "--batch", home=tmp_path)
    assert half.stdout.splitlines()[-1].split() == ["total", "$5.25"]


def test_what_has_no_price_is_said_and_fails(tmp_path: Path) -> None:
    done = rook("price", "claude-haiku-4-5", "--input", "10", "--us", home=tmp_path)
    assert "unpriced" in done.stdout
    assert done.returncode == 1


def test_an_unknown_model_is_one_line(tmp_path: Path) -> None:
    done = rook("price", "claude-nonsense", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "claude-nonsense" in done.stderr


def test_models_fit_a_terminal_of_80_columns(tmp_path: Path) -> None:
    done = rook("models", home=tmp_path, COLUMNS="80")
    assert "claude-sonnet-4-6" in done.stdout
    assert "not a language model" in done.stdout
    assert "…" not in done.stdout
    assert "claude-sonnet-4-20250514" not in done.stdout


def test_retired_models_are_listed_on_request(tmp_path: Path) -> None:
    assert "claude-mythos-preview" not in rook("models", home=tmp_path).stdout
    assert "claude-mythos-preview" in rook("models", "--retired", home=tmp_path).stdout


@pytest.mark.parametrize(
    ("environment", "arguments", "said"),
    [
        ({"ROOKERY_PORT": "many"}, ["serve"], "ROOKERY_PORT"),
        ({}, ["serve", "--provider", "nonsense"], "nonsense"),
        ({}, ["serve", "--provider", "scripted"], "script"),
        ({}, ["serve", "--provider", "anthropic"], "ANTHROPIC_API_KEY"),
        ({}, ["serve", "--config", "nowhere.toml"], "nowhere.toml"),
        ({}, ["serve", "--log-level", "loud"], "log_level"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(
    tmp_path: Path, environment: dict[str, str], arguments: list[str], said: str
) -> None:
    done = rook(*arguments, home=tmp_path, **environment)
    assert done.returncode == 1
    assert done.stderr.startswith("rookery: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_names_the_planted_cause(tmp_path: Path) -> None:
    done = rook("demo", "--seed", "3", home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The answer names it." in done.stdout
    assert "$14,025.52" in done.stdout
    assert "$150.25" in done.stdout
    assert "not a language model" in done.stdout


def test_the_demo_finds_nothing_where_nothing_is_wrong(tmp_path: Path) -> None:
    done = rook("demo", "--seed", "4", "--no-incident", home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No incident found" in done.stdout


def test_an_unknown_kind_of_incident_lists_the_known_ones(tmp_path: Path) -> None:
    done = rook("demo", "--kind", "nonsense", home=tmp_path)
    assert done.returncode == 2
    assert "disk-full" in done.stderr


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rookery", "models"],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_process_may_be_begun_with_closed_streams(tmp_path: Path, closed: str) -> None:
    arguments = [sys.executable, "-m", "rookery", "run", "Hi.", "--provider", "offline"]
    ran = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *arguments],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False)


def test_an_empty_host_opens_nothing(tmp_path: Path) -> None:
    done = rook("serve", "--host", "", home=tmp_path)
    assert done.returncode == 1
    assert "`host`" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_their_help_says(name: str) -> None:
    command = typer.main.get_command(import_module(f"rookery.cli.{name}").app)
    assert (command.help or "").split("\n\n")[0].replace("\n", " ") == COMMANDS[name]


def test_the_help_imports_no_command(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from rookery.cli.main import main\n"
        "try: main()\n"
        "finally: print(*(n for n in sys.modules if n.startswith('rookery.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert set(loaded) == {"rookery.cli", "rookery.cli.main", "rookery.errors"}
