"""Everyday requests, run to their end: a real agent, real tools, real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rookery import Agent
from rookery.tools import glob, grep, read_file

FILES = {
    "service.conf": "name = api\nport = 8080\n",
    "worker.conf": "name = worker\nthreads = 4\n",
    "notes.txt": "Call Ada on Monday.\nThe cellar key is under the mat.\n",
    "src/app.py": "import os\n\n\ndef main():\n    # TODO: read the port\n    return 1\n",
    "src/util.py": "def parse_date(text):\n    return text\n",
    "logs/app.log": "10:00 INFO started\n10:05 ERROR disk full\n",
    "docs/guide.md": "# Guide\nInstall it with pip.\nThe timeout is 30 seconds.\n",
}


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"{city}: sunny, 21 degrees"


def add(a: float, b: float) -> str:
    """Add two numbers."""
    return f"{a + b:g}"


def calculate(expression: str) -> str:
    """Work out an arithmetic expression."""
    return f"{expression} = 42"


def get_time(city: str) -> str:
    """Get the local time in a city."""
    return f"It is noon in {city}"


def get_user(email: str) -> str:
    """Look up a user by email address."""
    return f"{email} is Ada Lovelace"


def list_orders(status: str = "all", limit: int = 10) -> str:
    """List the orders of the shop, those with one status only if it is given."""
    return f"{limit} orders with status {status}"


def delete_file(path: str) -> str:
    """Delete a file."""
    raise AssertionError(path)


def send_email(to: str, body: str) -> str:
    """Send an email."""
    raise AssertionError(to, body)


TOOLS: list[Any] = [
    grep, read_file, glob, get_weather, get_time, add, calculate, get_user, list_orders,
    delete_file, send_email,
]  # fmt: skip
Calls = list[tuple[str, dict[str, Any]]]
PORT: Calls = [("grep", {"pattern": "port"})]
PORT_HERE: Calls = [("grep", {"pattern": "port", "path": "service.conf"})]
CONFS: Calls = [("glob", {"pattern": "*.conf"})]


def reads(*paths: str, **more: int) -> Calls:
    """Return the calls that read files."""
    return [("read_file", {"path": path, **more}) for path in paths]


CASES: list[tuple[str, Calls, str]] = [
    ('Search service.conf for "port".', PORT_HERE, "service.conf:2: port = 8080"),
    ('Which port is used? Search service.conf for "port".', PORT_HERE, "port = 8080"),
    ('Search for "port" in the files.', PORT, "service.conf:2: port = 8080"),
    ('Search the files for "port", and say which port is used.', PORT, "service.conf:2: port"),
    ('Find the lines that contain "port".', PORT, "service.conf:2: port = 8080"),
    ('grep for the pattern "port"', PORT, "service.conf:2: port = 8080"),
    ("Grep 'port' in service.conf", PORT_HERE, "service.conf:2: port = 8080"),
    ("Look for `port` in service.conf.", PORT_HERE, "service.conf:2: port = 8080"),
    ('Which files contain "port"?', PORT, "service.conf"),
    ('Where is "parse_date" defined?', [("grep", {"pattern": "parse_date"})], "src/util.py:1"),
    ("Find TODO in src/", [("grep", {"pattern": "TODO", "path": "src/"})], "src/app.py:5"),
    ('Search the folder src for "def main"',
     [("grep", {"pattern": "def main", "path": "src"})], "src/app.py:4: def main"),
    ('Search the logs folder for "ERROR"',
     [("grep", {"pattern": "ERROR", "path": "logs"})], "logs/app.log:2: 10:05 ERROR disk full"),
    ('Search the *.py files for "import"',
     [("grep", {"pattern": "import", "glob": "*.py"})], "src/app.py:1: import os"),
    ('Search notes.txt for "CELLAR", ignore case',
     [("grep", {"pattern": "CELLAR", "path": "notes.txt", "ignore_case": True})], "notes.txt:2"),
    ('Search for "disk full" in logs/app.log',
     [("grep", {"pattern": "disk full", "path": "logs/app.log"})], "ERROR disk full"),
    ("List the *.conf files.", CONFS, "service.conf\nworker.conf"),
    ("Find all files matching *.conf", CONFS, "service.conf\nworker.conf"),
    ("Which files match `src/*.py`?", [("glob", {"pattern": "src/*.py"})], "src/util.py"),
    ("Show me all **/*.md files", [("glob", {"pattern": "**/*.md"})], "docs/guide.md"),
    ("List *.log in logs/", [("glob", {"pattern": "*.log", "path": "logs/"})], "app.log"),
    ("Read notes.txt.", reads("notes.txt"), "Call Ada on Monday."),
    ("Read the file notes.txt and tell me where the key is.", reads("notes.txt"), "under the mat"),
    ("Show me notes.txt", reads("notes.txt"), "Call Ada"),
    ('Open "service.conf".', reads("service.conf"), "port = 8080"),
    ("What does docs/guide.md say about the timeout?", reads("docs/guide.md"), "30 seconds"),
    ("Read service.conf and worker.conf.", reads("service.conf", "worker.conf"), "threads = 4"),
    ("Read docs/guide.md from line 2", reads("docs/guide.md", offset=2), "Install it"),
    ("Show the first 2 lines of docs/guide.md", reads("docs/guide.md", limit=2), "Install it"),
    ("Which port is used? See service.conf.", reads("service.conf"), "service.conf:2: port"),
    ("What's the weather in Paris?", [("get_weather", {"city": "Paris"})], "Paris: sunny"),
    ("Weather in Rome and Oslo, please.",
     [("get_weather", {"city": "Rome"}), ("get_weather", {"city": "Oslo"})], "Oslo: sunny"),
    ("Add 2 and 40.5", [("add", {"a": 2, "b": 40.5})], "42.5"),
    ("Calculate 6 * 7", [("calculate", {"expression": "6 * 7"})], "6 * 7 = 42"),
    ("What is the weather and the local time in Lima?",
     [("get_time", {"city": "Lima"}), ("get_weather", {"city": "Lima"})], "It is noon in Lima"),
    ("Look up the user ada@example.com", [("get_user", {"email": "ada@example.com"})], "Lovelace"),
    ("List 3 orders", [("list_orders", {"limit": 3})], "3 orders"),
    ("Delete the file notes.txt", [], "I do not call `delete_file`"),
    ("Send an email to ada@example.com saying hello", [], "I do not call `send_email`"),
    ("What is 2+2?", [], "2+2 = 4"),
    ("Hello!", [], "Hello!"),
    ("Thanks for the file!", [], "You are welcome."),
    ("Why is the sky blue?", [], "not a language model"),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "calls", "said"), CASES)
def test_everyday_requests(prompt: str, calls: Calls, said: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with Agent("claude-sonnet-4-6", tools=TOOLS, provider="offline", workspace=tmp_path) as agent:
        result = agent.run(prompt)
    first = result.messages[1]["content"]
    made = [(block["name"], block["input"]) for block in first if block["type"] == "tool_use"]
    assert made == calls
    assert said in result.text
