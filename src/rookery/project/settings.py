"""`.claude/settings.json` and `settings.local.json`: the rules about tools in them.

code.claude.com, "Claude Code settings". Rules that deny or ask hold; those that allow do where the
project is trusted. No other setting is used, and a hook is never run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from rookery.errors import PolicyError, ToolError
from rookery.policy.decision import Verdict
from rookery.policy.known import Compared, compared_by
from rookery.policy.paths import PathPattern
from rookery.policy.rule import read_rule
from rookery.project.files import Files
from rookery.project.note import Notes

NAMES = ("settings.json", "settings.local.json")

_MOST = 1_000
"""Rules of a list."""

_AGENT = re.compile(r"(?:Agent|Task)\(([A-Za-z0-9_-]{1,64})\)")
_SKILL = re.compile(r"Skill\(([A-Za-z0-9_-]{1,64})(?::\*| \*)?\)")

Rules = dict[Verdict, list[str]]


def read_rules(files: Files, notes: Notes, *, trusted: bool) -> Rules:
    """Return the rules of a folder by list, and tell what else was found."""
    found: Rules = {"allow": [], "ask": [], "deny": []}
    for name in NAMES:
        path = files.below(name)
        if not files.has(path):
            continue
        try:
            settings = _json(files.read(path))
        except ToolError as error:
            notes.add("problem", path, error.message)
            continue
        _take(settings, files.root, path, found, notes, trusted=trusted)
    return found


def _json(text: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ToolError(f"it is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ToolError("it is no JSON object")
    return value


def _take(
    settings: dict[str, Any], root: Path, path: str, found: Rules, notes: Notes, *, trusted: bool
) -> None:
    if "hooks" in settings:
        notes.add("ignored", path, "hooks: they are never run")
    others = sorted(settings.keys() - {"permissions", "hooks", "$schema"})
    if others:
        notes.add("ignored", path, f"not used: {', '.join(others)}")
    permissions = settings.get("permissions", {})
    if not isinstance(permissions, dict):
        notes.add("problem", path, "permissions must be an object")
        return
    others = sorted(permissions.keys() - found.keys())
    if others:
        notes.add("ignored", path, f"permissions: not used: {', '.join(others)}")
    for verdict, rules in found.items():
        listed = permissions.get(verdict, [])
        if not isinstance(listed, list) or len(listed) > _MOST:
            notes.add("problem", path, f"permissions.{verdict} must be a list of up to {_MOST}")
            continue
        if verdict == "allow" and not trusted:
            if listed:
                notes.add(
                    "ignored", path, f"{len(listed)} rules that allow: the project is not trusted"
                )
            continue
        read = _read(listed, verdict, root, path, notes)
        rules.extend(read)
        if read:
            notes.add("used", path, f"{len(read)} rules: {verdict}")


def _read(listed: list[Any], verdict: Verdict, root: Path, path: str, notes: Notes) -> list[str]:
    found = []
    for rule in listed:
        try:
            text = _translated(rule) if isinstance(rule, str) else rule
            read_rule(text, strict=verdict != "allow")
            found.append(_anchored(text, root))
        except PolicyError as error:
            notes.add("problem", path, f"permissions.{verdict}: {error.message}")
    return found


def _translated(rule: str) -> str:
    """Return a rule about agents and skills as one about the tools that they are here."""
    if agent := _AGENT.fullmatch(rule.strip()):
        return agent[1]
    if skill := _SKILL.fullmatch(rule.strip()):
        return f"skill(name:{skill[1]})"
    return "skill" if rule.strip() == "Skill" else rule


def _anchored(rule: str, root: Path) -> str:
    """Return a rule whose paths begin at the folder of the settings, wherever tools work."""
    name, bracket, inner = rule.partition("(")
    inner = inner.removesuffix(")")
    if not bracket or inner.strip() in {"", "*"} or compared_by(name) is not Compared.PATH:
        return rule
    if PathPattern.read(inner).base != ".":
        return rule
    below = inner.removeprefix("./").lstrip("/")
    folder = re.sub(r"[\\*?\[\]]", lambda match: "\\" + match[0], str(root)).rstrip("/")
    return f"{name}(/{folder}/{'' if below == '.' else below})"
