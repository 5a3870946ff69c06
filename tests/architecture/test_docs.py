"""Every setting, command, option and endpoint is named in the docs."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main

from rookery import settings
from rookery.cli.main import COMMANDS
from rookery.gateway.gateway import Gateway
from rookery.providers.registry import ROWS
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.app import App
from rookery.server.auth import Keys
from tests.architecture.source import ROOT

DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("bench/*.md")]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", settings.NAMES)
def test_a_setting_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in page("settings.md")


@pytest.mark.parametrize("variable", settings.ENVIRONMENT_ALIASES.values())
def test_an_environment_variable_is_in_the_docs(variable: str) -> None:
    assert f"`{variable}`" in page("settings.md")


def command(name: str) -> Any:
    return typer.main.get_command(import_module(f"rookery.cli.{name}").app)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options_are_in_the_docs(name: str) -> None:
    text = page("commands.md")
    assert f"`rookery {name}" in text
    found = command(name)
    below = getattr(found, "commands", {})
    assert not [one for one in below if f"`rookery {name} {one}" not in text]
    for one in (found, *below.values()):
        options = [option for parameter in one.params for option in parameter.opts]
        assert not [opt for opt in options if opt.startswith("--") and opt not in text]


@pytest.mark.parametrize("name", ROWS)
def test_a_provider_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in page("settings.md")


def test_every_endpoint_is_in_the_docs() -> None:
    app = App(Gateway(ScriptedProvider.of("hello")), Keys([]), settings.Settings())
    text = page("server.md")
    for method, path in app.endpoints:
        assert f"`{method} {path}`" in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [p.name for p in DOCS.glob("*.md") if f"docs/{p.name}" not in readme]


def test_each_design_note_has_a_number_of_its_own() -> None:
    notes = sorted((DOCS / "design").glob("*.md"))
    numbers = [path.name[:3] for path in notes]
    assert len(set(numbers)) == len(numbers) and all(number.isdigit() for number in numbers)
    assert all(
        path.read_text(encoding="utf-8").startswith(f"# {path.name[:3]}: ") for path in notes
    )
