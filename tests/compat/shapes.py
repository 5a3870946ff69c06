"""What Claude Code sends, as shapes: its requests with every text of its own taken out.

`python -m tests.compat.shapes` runs it and writes fixtures/claude_code.json. Kept are names of
fields, headers, betas and tools, kinds of blocks, numbers, and what the scenarios gave it to say.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rookery.providers.scripted.provider import ScriptedProvider
from tests.compat.claude_code import SCENARIOS, Run, Scenario, run, script
from tests.compat.relay import Passed

FILE = Path(__file__).parent / "fixtures" / "claude_code.json"

MODELS = (
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-fable-5-2",
    "claude-opus-4-8",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
)
"""A model of each kind of request: what is sent depends on it."""

TEXT = "text"
_KEPT = frozenset(
    {
        *("type", "role", "model", "name", "tool_name", "effort", "display", "keep", "ttl"),
        *("media_type", "id", "tool_use_id", "data", "signature", "thinking", "$schema"),
    }
)
"""Fields whose strings are words of the API, or come from a scenario."""
_SCHEMA_WORDS = ("$schema", "type", "additionalProperties")

Shape = dict[str, Any]


class Unchecked(ScriptedProvider):
    """Takes whatever is sent, as an upstream does that judges for itself."""

    emulated = False


def shape(value: Any, name: str = "") -> Any:
    """Return the value without its texts; `name` is that of the field it is in."""
    if isinstance(value, dict):
        if name == "input_schema":
            kept = {key: value[key] for key in _SCHEMA_WORDS if key in value}
            return {**kept, "properties": {}}
        if name == "input":  # of a tool call, from a scenario
            return {}
        return {key: shape(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one, name) for one in value]
    return value if not isinstance(value, str) or name in _KEPT else TEXT


def request_shape(sent: Passed) -> Shape:
    """Return one request as a shape."""
    return {
        "path": sent.path,
        "version": sent.headers["anthropic-version"],
        "betas": sent.headers.get("anthropic-beta", ""),
        "headers": sorted(sent.headers),
        "body": shape(sent.json),
    }


def recorded() -> list[Shape]:
    """Return the requests of the file."""
    file = json.loads(FILE.read_text(encoding="utf-8"))
    return [_with_tools(one, file["tools"]) for one in file["requests"]]


def _with_tools(request: Shape, tools: list[Any]) -> Shape:
    """Return a request of the file, which names its list of tools by number, with the list."""
    body = request["body"]
    if "tools" not in body:
        return request
    return {**request, "body": {**body, "tools": tools[body["tools"]]}}


def outline(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of a shape, without positions: what may be new in it."""
    if isinstance(value, dict):
        kind = value.get("type")
        at = f"{path}<{kind}>" if isinstance(kind, str) else path
        for name, one in value.items():
            yield from outline(one, f"{at}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from outline(one, f"{path}[]")
    else:
        yield f"{path}: {type(value).__name__}"


def _runs(folder: Path) -> Iterator[Run]:
    models = [(SCENARIOS["hello"], ("--model", model)) for model in MODELS]
    every: list[tuple[Scenario, tuple[str, ...]]] = [
        *models,
        *((scenario, ()) for scenario in SCENARIOS.values()),
    ]
    for index, (scenario, arguments) in enumerate(every):
        home = folder / str(index)
        home.mkdir()
        yield run(scenario, Unchecked(script(scenario, home)), home, *arguments)


def _written(shapes: Iterable[Shape]) -> str:
    """Return the text of the file: each different request, and each list of tools, is a line."""
    tools: dict[str, int] = {}
    requests: dict[str, None] = {}
    for one in shapes:
        body = dict(one["body"])
        if "tools" in body:
            body["tools"] = tools.setdefault(json.dumps(body["tools"]), len(tools))
        requests[json.dumps({**one, "body": body})] = None
    return f'{{"tools": [\n{_lines(tools)}\n],\n"requests": [\n{_lines(requests)}\n]}}\n'


def _lines(values: Iterable[str]) -> str:
    return ",\n".join(values)


def main() -> None:
    """Run every scenario and write what it sends."""
    with tempfile.TemporaryDirectory() as folder:
        sent = [one for ran in _runs(Path(folder)) for one in ran.passed]
    shapes = [request_shape(one) for one in sent if one.path.startswith("/v1/messages")]
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(_written(shapes), encoding="utf-8")


if __name__ == "__main__":
    main()
