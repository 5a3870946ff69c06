"""Let an agent work with a tool of its own, and show what each step cost."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

import backend
from rookery import Agent
from rookery.tools import current_context, grep, read_file


def performance_issues(path: str = ".") -> str:
    """Analyze the Python code of a folder (the codebase) for performance issues.

    Args:
        path: The folder, in the workspace.
    """
    workspace = current_context().workspace
    found: list[str] = []
    for file in sorted(workspace.resolve(path).rglob("*.py")):
        name, tree = workspace.relative(file), ast.parse(file.read_text(encoding="utf-8"))
        found += [f"{name}:{line}: performance issue: {what}" for line, what in _issues(tree)]
    return "\n".join(dict.fromkeys(found)) or "No performance issues found."


def _issues(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield what is slow within a loop, with its line."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    for node in (inner for loop in loops for inner in ast.walk(loop)):
        match node:
            case ast.Call(func=ast.Attribute(attr="execute")):
                yield node.lineno, "a query is sent in a loop"
            case ast.Call(func=ast.Attribute(attr="sleep")):
                yield node.lineno, "a loop sleeps"
            case ast.AugAssign(op=ast.Add(), value=ast.JoinedStr()):
                yield node.lineno, "a text grows in a loop"


agent = Agent(
    model="claude-sonnet-4-6",
    track_cost=True,
    workspace=backend.DATA / "shop",
    provider=backend.offline(),
)

result = agent.run(
    "Analyze this codebase for performance issues", tools=[performance_issues, read_file, grep]
)
print(result)
print(json.dumps(agent.cost_tracking, indent=2))
