from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rookery.errors import ScriptError
from rookery.providers.scripted.loading import MAX_BYTES, load, parse
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.providers.scripted.script import Answer, Rule, Script


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"reply": {"text": "a", "foo": 1}}, "rules.1.reply.foo: a script has no such key here"),
        ({"repyl": "a"}, "rules.1.repyl: a script has no such key here"),
        ({"match": {"txet": "a"}, "reply": "a"}, "rules.1.match.txet: a script has no such key"),
        ({"reply": {"text": 3}}, "rules.1.reply.text: Expected `str | null`, got `int`"),
        ({"reply": 3}, "rules.1.reply: Expected `str | object | null`, got `int`"),
        ({"times": 0, "reply": "a"}, "rules.1.times: Expected `int` >= 1"),
        ({"reply": {"text": "a", "pace": -1}}, "rules.1.reply.pace: Expected `float` >= 0"),
        ({}, "rules.1: a rule needs a reply or count_tokens"),
        ({"reply": {}}, "rules.1.reply: needs one of error, events, content, or text and tool"),
        (
            {"reply": {"text": "a", "content": []}},
            "rules.1.reply: needs one of error, events, content, or text and tool; it has content",
        ),
        ({"reply": {"content": [{"text": "a"}]}}, "rules.1.reply.content.0.type: a content block"),
        (
            {"reply": {"content": [{"type": "text"}]}},
            "rules.1.reply.content.0.text: a text block needs it, as str",
        ),
        (
            {"reply": {"content": [{"type": "tool_use", "name": "f", "input": "{}"}]}},
            "rules.1.reply.content.0.input: a tool_use block needs it, as dict",
        ),
        ({"reply": {"events": [{}]}}, "rules.1.reply.events.0.type: an event needs a type"),
        ({"reply": {"error": {"type": "oops"}}}, "rules.1.reply.error.type: 'oops' is none of"),
        (
            {
                "reply": {
                    "text": "a",
                    "error_after": {"events": 1, "error": {"type": "api_error", "status": 200}},
                }
            },
            "rules.1.reply.error_after.error.status: Expected `int` >= 400",
        ),
        ({"match": {"text": "/(/"}, "reply": "a"}, "rules.1.match.text: not a regular expression"),
        (
            {"match": {"tool_result": "/[/i"}, "reply": "a"},
            "rules.1.match.tool_result: not a regular expression",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse({"rules": [{"reply": "fine"}, rule]})
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        (None, "the script: Expected `object`"),
        ([], "the script: Expected `object`"),
        ({}, "the script: Object missing required field `rules`"),
        ({"rules": [], "sed": 1}, "sed: a script has no such key here"),
        ({"rules": {}}, "rules: Expected `array`"),
    ],
)
def test_what_is_no_script(plain: Any, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse(plain)
    assert caught.value.message.startswith(message)


def test_a_typed_script_is_checked_too() -> None:
    with pytest.raises(ScriptError, match=r"rules\.0\.reply: needs one of"):
        ScriptedProvider(Script(rules=[Rule(reply=Answer())]))


def test_files(tmp_path: Path) -> None:
    plain = {"seed": None, "rules": [{"match": {"text": "ä"}, "reply": {"text": "ö"}}]}
    script = parse(plain)
    for name in ("script.json", "script.yaml"):
        file = tmp_path / name
        file.write_text(json.dumps(plain), encoding="utf-8")
        assert load(file) == load(str(file)) == script
    assert script.rules[0].reply == Answer(text="ö")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.yaml", b"rules: [", "a.yaml is not YAML"),
        ("a.yaml", b"\xff\xfe\xff", "a.yaml is not YAML"),
        ("a.yaml", b"rules: !!python/object/apply:os.getcwd []", "a.yaml is not YAML"),
        ("a.yaml", b"rules: [{reply: {text: a, foo: 1}}]", "a.yaml: rules.0.reply.foo: "),
        ("a.json", b"rules: []", "a.json is not JSON"),
        ("a.json", b'{"rules": 1}', "a.json: rules: Expected `array`"),
        ("a.yaml", b" " * (MAX_BYTES + 1), f"a.yaml is longer than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_is_no_script(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(ScriptError) as caught:
        load(file)
    assert message in caught.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"none\.yaml cannot be read: No such file"):
        load(tmp_path / "none.yaml")


BOMBS = {
    "wide": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi")),  # noqa: B905
    "round": "rules: &a [*a]",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS)
def test_aliases_do_not_grow_without_bound(tmp_path: Path, source: str) -> None:
    file = tmp_path / "bomb.yaml"
    file.write_text(source)
    with pytest.raises(ScriptError, match="more than 500000 values"):
        load(file)
