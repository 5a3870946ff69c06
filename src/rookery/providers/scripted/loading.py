"""From a file or plain objects to a checked `Script`, with errors that name the place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from rookery.errors import BY_TYPE, ScriptError
from rookery.providers.scripted.matching import pattern
from rookery.providers.scripted.script import Answer, Fault, Match, Rule, Script

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of a script's file."""

MAX_NODES = 500_000
"""Values of a script, counted after the aliases of YAML are written out."""

_REQUIRED: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "thinking": {"thinking": str},
    "tool_use": {"name": str, "input": dict},
    "server_tool_use": {"name": str, "input": dict},
}
"""Fields of a content block that the events of a stream are made from."""

_AT = re.compile(r"^(?P<reason>.*?)(?: - at `(?:key` in `)?\$\.?(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


def load(path: Path | str) -> Script:
    """Read a script from a file: JSON where it is called .json, else YAML. Raises ScriptError."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScriptError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise ScriptError(f"{path} is longer than {MAX_BYTES} bytes.")
    plain = _json(path, data) if path.suffix == ".json" else _yaml(path, data)
    try:
        return parse(plain)
    except ScriptError as error:
        raise ScriptError(f"{path}: {error.message}") from error


def parse(plain: Any) -> Script:
    """Return the script that dicts and lists describe. Raises ScriptError with the place."""
    _check_size(plain)
    try:
        script = msgspec.convert(plain, Script)
    except msgspec.ValidationError as error:
        raise ScriptError(_place(str(error))) from error
    check(script)
    return script


def _json(path: Path, data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ScriptError(f"{path} is not JSON: {error}") from error


def _yaml(path: Path, data: bytes) -> Any:
    import yaml  # noqa: PLC0415 (only who has a script in YAML pays for it)

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(data, Loader=loader)  # noqa: S506 (both are safe loaders)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ScriptError(f"{path} is not YAML: {error}") from error


def _check_size(plain: Any) -> None:
    """Refuse what grows without bound when its aliases are followed."""
    left = MAX_NODES
    waiting = [plain]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        left -= 1
        if left < len(waiting):
            raise ScriptError(f"The script has more than {MAX_NODES} values.")


def _place(message: str) -> str:
    """Return `rules.3.reply.foo: ...` for what msgspec says."""
    found = _AT.match(message)
    reason, path = (found["reason"], found["path"] or "") if found else (message, "")
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", path).lstrip(".")
    if unknown := _UNKNOWN.fullmatch(reason):
        path = f"{path}.{unknown[1]}".lstrip(".")
        reason = "a script has no such key here"
    return f"{path or 'the script'}: {reason}"


# --- what the types do not say -------------------------------------------------------------------


def check(script: Script) -> None:
    """Check a script beyond its types. Raises ScriptError with the place."""
    for index, rule in enumerate(script.rules):
        for place, reason in _rule_faults(rule):
            path = ".".join(("rules", str(index), *place.split("."))).rstrip(".")
            raise ScriptError(f"{path}: {reason}")


Faults = Iterator[tuple[str, str]]
"""Places below a rule, and what is wrong there."""


def _rule_faults(rule: Rule) -> Faults:
    yield from _match_faults(rule.match)
    if rule.reply is None and rule.count_tokens is None:
        yield "", "a rule needs a reply or count_tokens"
    if isinstance(rule.reply, Answer):
        for place, reason in _answer_faults(rule.reply):
            yield f"reply.{place}".rstrip("."), reason


def _match_faults(match: Match) -> Faults:
    for name, text in (("text", match.text), ("tool_result", match.tool_result)):
        try:
            pattern(text or "")
        except re.error as error:
            yield f"match.{name}", f"not a regular expression: {error}"


def _answer_faults(answer: Answer) -> Faults:
    kinds = {
        "error": answer.error is not None,
        "events": answer.events is not None,
        "content": answer.content is not None,
        "text or tool": answer.text is not None or answer.tool is not None,
    }
    given = [name for name, is_given in kinds.items() if is_given]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        yield "", f"needs one of error, events, content, or text and tool; it has {found}"
    for index, block in enumerate(answer.content or ()):
        yield from _block_faults(f"content.{index}", block)
    for index, event in enumerate(answer.events or ()):
        if not isinstance(event.get("type"), str):
            yield f"events.{index}.type", "an event needs a type"
    if answer.error is not None:
        yield from _error_faults("error", answer.error)
    if answer.error_after is not None:
        yield from _error_faults("error_after.error", answer.error_after.error)


def _block_faults(place: str, block: dict[str, Any]) -> Faults:
    kind = block.get("type")
    if not isinstance(kind, str):
        yield f"{place}.type", "a content block needs a type"
        return
    for name, wanted in _REQUIRED.get(kind, {}).items():
        if not isinstance(block.get(name), wanted):
            yield f"{place}.{name}", f"a {kind} block needs it, as {wanted.__name__}"


def _error_faults(place: str, fault: Fault) -> Faults:
    if fault.type not in BY_TYPE:
        yield f"{place}.type", f"{fault.type!r} is none of {', '.join(sorted(BY_TYPE))}"
