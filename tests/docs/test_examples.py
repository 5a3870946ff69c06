"""The examples of the docs run, and stand in the docs as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docs_src.testing_with_a_script import (  # noqa: F401 - collected and run here
    test_the_report_is_what_the_model_says,
)

from rookery.providers.offline.provider import OfflineProvider
from rookery.testing import provider_server
from tests.architecture.source import ROOT

SOURCES = ROOT / "docs_src"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def run(name: str, folder: Path, **environment: str) -> str:
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
    done = subprocess.run(
        [sys.executable, str(SOURCES / name)],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_agent_quotes_the_line(tmp_path: Path) -> None:
    (tmp_path / "service.conf").write_text("name = api\nport = 8080\n")
    shown = run("first_agent.py", tmp_path)
    assert "service.conf:2" in shown
    assert "8080" in shown
    assert re.search(r"\d+ tokens in, \$0\.\d+", shown)


def test_a_function_is_called_with_the_values_of_the_task(tmp_path: Path) -> None:
    assert "$10.00" in run("own_tool.py", tmp_path)


def test_a_team_tells_what_each_agent_cost(tmp_path: Path) -> None:
    shown = run("team.py", tmp_path)
    assert "144" in shown
    assert "{'agent': {'calls': 1," in shown


def test_many_tasks_are_kept_by_name(tmp_path: Path) -> None:
    lines = run("many_tasks.py", tmp_path).splitlines()
    assert sorted(lines[:20], key=lambda line: int(line.split()[0]))[11] == "11 12 * 12 = 144"
    assert re.fullmatch(r"20 of 20 tasks \(20 end_turn\), \$0\.\d+", lines[20])
    assert lines[21] == ("12 * 12 = 144 20 of 20 tasks (20 end_turn), 20 from the store, $0.00")


def test_a_budget_is_kept(tmp_path: Path) -> None:
    rich, poor = run("budget.py", tmp_path).splitlines()
    assert "144" in rich
    assert "end_turn" in rich
    assert poor == "budget 0"


def test_the_cost_of_a_run_is_shown(tmp_path: Path) -> None:
    shown = run("costs.py", tmp_path)
    told = json.loads(shown[: shown.index("\n}") + 2])
    assert told["total_cost"].startswith("$0.0")
    exact = re.search(r"(\S+) dollars exactly; (\S+) in all", shown)
    assert exact is not None
    assert Decimal(exact[1]) == Decimal(exact[2]) > 0


def test_a_stream_shows_the_text(tmp_path: Path) -> None:
    text, _, stop_reason = run("streaming.py", tmp_path).strip().rpartition("\n")
    assert "144" in text
    assert stop_reason == "end_turn"


def test_a_session_goes_on_after_it_was_saved(tmp_path: Path) -> None:
    lines = run("sessions.py", tmp_path).splitlines()
    assert "144" in lines[0]
    assert re.fullmatch(r"3 turns, 6 messages, 0\.\d+ dollars", lines[-2])
    assert lines[-1] == "2 turns in the fork, 3 in the session"
    assert json.loads((tmp_path / "review.pkl").read_text())["rookery_session"] == 1


def test_a_typed_output_is_repaired(tmp_path: Path) -> None:
    shown = run("typed_output.py", tmp_path)
    assert shown == "Invoice(number='A-17', total=10.0, paid=False) after 2 calls\n"


def test_a_policy_denies_and_somebody_is_asked(tmp_path: Path) -> None:
    asked = 'write_file({"path":"notes.txt","content":"hello"})'
    assert run("permissions.py", tmp_path).splitlines() == [
        f"May this run? {asked} in {tmp_path}/notes.txt",
        "read_file was not run. The rule Read(.env) denies this call.",
        "Wrote new file notes.txt (1 lines, 5 bytes).",
    ]


def test_a_run_waits_for_an_approval_and_is_resumed(tmp_path: Path) -> None:
    assert run("approve_later.py", tmp_path).splitlines() == [
        """awaiting_approval ['refund({"amount":12})']""",
        "It is done.",
    ]


def test_a_hook_denies_a_call(tmp_path: Path) -> None:
    assert run("hooks.py", tmp_path) == "write_file was not run. That looks like a key.\n"
    assert not (tmp_path / "notes.txt").exists()


def test_a_project_tells_what_it_found(tmp_path: Path) -> None:
    first, second, answer = run("project.py", tmp_path).splitlines()
    assert first == "used CLAUDE.md: instructions, 29 characters"
    assert second == "used style.md: instructions, 14 characters"
    assert "144" in answer


def test_what_makes_it_cheaper_is_measured(tmp_path: Path) -> None:
    lines = run("cost_levers.py", tmp_path).splitlines()
    assert lines == [
        "caching: 67 % saved",
        "model: claude-haiku-5-5 for claude-opus-5-5 98 % saved",
        "only in the US: 1.1 times the price",
        "batch: $5.25 for $10.50",
    ]
    page = (ROOT / "docs" / "cost-levers.md").read_text(encoding="utf-8")
    for line in lines:
        assert line.partition(": ")[2].replace("opus-5-5 ", "opus-5-5: ") in page


def test_what_other_libraries_have_other_words_for(tmp_path: Path) -> None:
    lines = run("coming_from.py", tmp_path).splitlines()
    assert lines[0].startswith("20 percent. True 0.0")
    assert lines[1:] == [
        "Austria has it. 6",
        "Invoice(number='A-17', total=12.0)",
        "Checked. ['agent', 'checker']",
        "Hello.",
    ]


def test_the_official_client_needs_address_and_key_only(tmp_path: Path) -> None:
    with provider_server(OfflineProvider()) as server:
        shown = run(
            "official_client.py",
            tmp_path,
            ANTHROPIC_BASE_URL=server.url,
            ANTHROPIC_API_KEY=server.key,
        )
    assert "= 4" in shown
    assert "144" in shown
    assert "tokens out" in shown


def test_the_prices_in_the_docs_are_those_of_the_catalog() -> None:
    """In the examples of the page, a comment behind an expression begins with its value."""
    page = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"Decimal": Decimal}
    checked = 0
    for line in "".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)).splitlines():
        expression, comment, told = line.partition("  # ")
        if not comment:
            exec(line, names)  # noqa: S102 - our own page
            continue
        value = told.partition(": ")[0]
        assert eval(expression, names) == eval(value, names), line  # noqa: S307 - our own page
        checked += 1
    assert checked == 8


@pytest.mark.parametrize("source", sorted(SOURCES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_stands_in_the_docs_as_it_is(source: Path) -> None:
    code = source.read_text(encoding="utf-8").split('"""\n', 2)[-1].strip()
    assert any(code in page.read_text(encoding="utf-8") for page in PAGES)
