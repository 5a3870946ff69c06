"""Which folder may import what. Layers are a contract of import-linter (pyproject.toml)."""

from __future__ import annotations

import graphlib
import subprocess
import sys

import pytest

from tests.architecture.source import imports, modules

THIRD_PARTY = {
    "rookery": set[str](),
    "rookery.__main__": set[str](),
    "rookery.errors": set[str](),
    "rookery.rules": set[str](),
    "rookery.settings": {"msgspec"},
    "rookery.internet": set[str](),
    "rookery.jsonschema": set[str](),
    "rookery.wire": {"msgspec"},
    "rookery.catalog": {"msgspec"},
    "rookery.emulation": {"msgspec"},
    "rookery.transport": {"aiohttp"},
    "rookery.project": {"msgspec", "yaml"},
    "rookery.providers": {"msgspec", "yaml"},
    "rookery.tools": {"mcp", "mcp_types", "msgspec", "resiliparse"},
    "rookery.sandbox": {"msgspec"},
    "rookery.policy": {"msgspec", "tree_sitter", "tree_sitter_bash"},
    "rookery.store": {"msgspec"},
    "rookery.gateway": {"msgspec"},
    "rookery.agent": {"msgspec"},
    "rookery.server": {
        "backports",
        "brotli",
        "compression",
        "httptools",
        "msgspec",
        "starlette",
        "uvicorn",
    },
    "rookery.testing": set[str](),
    "rookery.demo": {"anthropic", "rich"},
    "rookery.cli": {"msgspec", "rich", "typer"},
}
"""The packages that each folder may import; a new one is a decision."""


def folder(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_every_folder_has_a_row() -> None:
    assert {folder(name) for name in modules()} == set(THIRD_PARTY)


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_what_its_folder_may(name: str) -> None:
    tops = {target.split(".")[0] for target in imports(modules()[name])}
    foreign = tops - sys.stdlib_module_names - {"rookery", "__future__"}
    assert foreign <= THIRD_PARTY[folder(name)]


def test_no_module_imports_itself_by_any_way() -> None:
    known = modules()
    graph = {
        name: {target for target in imports(tree) if target in known and target != name}
        for name, tree in known.items()
    }
    graph["rookery"] = set()  # the package is everyone's parent; its names are loaded lazily
    for name in graph:
        # A package that lists its members imports them lazily.
        graph[name] -= {name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)}
    tuple(graphlib.TopologicalSorter(graph).static_order())


HEAVY = {"aiohttp", "starlette", "uvicorn", "typer", "rich", "yaml", "anthropic", "asyncio"}


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import rookery", HEAVY | {"msgspec"}),
        ("from rookery import Agent", HEAVY - {"asyncio"}),
        ("from rookery.tools import read_file, grep, glob", HEAVY - {"asyncio"}),
        ("import rookery.catalog.cost", HEAVY),
    ],
)
def test_an_import_brings_only_what_it_needs(statement: str, unwanted: set[str]) -> None:
    code = f"import sys; {statement}; print(*{{n.split('.')[0] for n in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not unwanted & set(done.stdout.split())


def test_an_agent_without_commands_loads_no_sandbox() -> None:
    code = (
        "import sys; from rookery import Agent; Agent('m', provider='offline')\n"
        "print(*[name for name in sys.modules if name.startswith('rookery.sandbox')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_importing_rookery_takes_little_memory() -> None:
    code = "import rookery; print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 30 * 1024
