from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rookery import tools
from rookery.providers.offline.toolbox import toolbox
from rookery.tools import Tool, definition
from rookery.wire.messages import MessagesRequest

DOCS = Path(__file__).parents[2] / "docs" / "tools.md"


def test_the_export_list_is_complete_and_sorted() -> None:
    assert tools.__all__ == sorted(tools.__all__)
    assert set(tools.__all__) == {"BUILTIN", *tools.BUILTIN, *tools._PARTS}
    assert dir(tools) == tools.__all__
    for name in tools.__all__:
        assert getattr(tools, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(tools, "nothing")  # noqa: B009 -- as a plain attribute it would not be typed


@pytest.mark.parametrize("name", tools.BUILTIN)
def test_each_built_in_tool_is_defined_and_documented(name: str) -> None:
    tool = getattr(tools, name)
    assert isinstance(tool, Tool)
    assert tool.name == name
    described = definition(tool)
    assert described["description"]
    for parameter in described["input_schema"]["properties"]:
        assert f"`{parameter}`" in DOCS.read_text(encoding="utf-8")
    assert f"## {name}" in DOCS.read_text(encoding="utf-8")


def test_importing_the_package_imports_no_tool() -> None:
    script = "import sys, rookery.tools; print([m for m in sys.modules if 'rookery.tools.' in m])"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    assert printed.strip() == b"[]"


def test_the_search_process_needs_no_installed_package() -> None:
    """`rookery.tools.search` and all it imports must work with the standard library alone."""
    script = (
        "import sys; known = set(sys.modules) | set(sys.stdlib_module_names)\n"
        "import rookery.tools.search\n"
        "names = {name.partition('.')[0] for name in sys.modules} - known\n"
        "print(sorted(names))"
    )
    source = str(Path(tools.__file__).parents[2])
    run = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({source!r})\n{script}"]
    assert subprocess.run(run, capture_output=True, check=True).stdout.strip() == b"['rookery']"


FIRST_INPUT: dict[str, dict[str, object]] = {
    "bash": {"command": "true"},
    "bash_jobs": {},
    "edit_file": {"path": "none", "old_string": "a", "new_string": "b"},
    "glob": {"pattern": "*"},
    "grep": {"pattern": "x"},
    "list_dir": {},
    "read_file": {"path": "none"},
    "todo": {},
    "write_file": {"path": "new", "content": ""},
}


@pytest.mark.parametrize("name", tools.BUILTIN)
def test_a_tool_imported_twice_is_the_tool_and_not_its_file(name: str, tmp_path: Path) -> None:
    script = f"""
import asyncio, importlib, inspect
from rookery.tools import {name} as first
importlib.import_module("rookery.tools.{tools.BUILTIN[name]}")
from rookery.tools import {name} as second
import rookery.tools
assert first is second is rookery.tools.{name}
assert not inspect.ismodule(second)
context = rookery.tools.ToolContext(rookery.tools.Workspace("."))
print(asyncio.run(second.call({FIRST_INPUT[name]!r}, context)).content)
"""
    run = [sys.executable, "-c", script]
    assert subprocess.run(run, capture_output=True, check=True, cwd=tmp_path).stdout.strip()


def test_no_file_has_the_name_of_a_tool() -> None:
    files = {path.stem for path in Path(tools.__file__).parent.iterdir()}
    assert not files & set(tools.BUILTIN)
    homes = {*tools.BUILTIN.values(), *tools._PARTS.values()}
    assert {path for path in files if path[0] == "_" and path[1] != "_"} == {
        home for home in homes if home[0] == "_"
    }


def test_the_offline_engine_does_not_act_by_itself() -> None:
    request = MessagesRequest(
        model="m",
        max_tokens=1,
        messages=[],
        tools=[definition(getattr(tools, name)) for name in tools.BUILTIN],
    )
    acting = {tool.name for tool in toolbox(request).tools if tool.acts}
    assert acting == {"bash", "bash_jobs", "edit_file", "todo", "write_file"}
    assert acting - {"todo", "bash_jobs"} == {
        name for name in tools.BUILTIN if not getattr(tools, name).read_only
    }
