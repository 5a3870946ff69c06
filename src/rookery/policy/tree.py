"""Reads any line with tree-sitter-bash, for two uses: rules that deny find every command in it,
however deep, and a plain line has to have the same commands here as in `plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from rookery.policy.text import names

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

PLAIN_KINDS = names(
    """
    program list pipeline negated_command command command_name redirected_statement
    file_redirect file_descriptor word number string string_content raw_string concatenation
    comment variable_assignment variable_name
    """
)
"""The kinds of node that a plain line may have; a kind that is not here makes it not plain."""

_COMMANDS = frozenset({"command", "declaration_command", "unset_command", "test_command"})
_ATTACHED = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})
_WORDS = frozenset({"word", "number", "raw_string", "string", "concatenation"})
_UNESCAPE = re.compile(r"\\\n|\\(.)", re.DOTALL)
_UNESCAPE_STRING = re.compile(r'\\\n|\\([$`"\\])')
_ANSI_C = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)

Words = tuple[str | None, ...]
"""A command's words; None: not known before the line runs."""


class Tree(Struct, frozen=True):
    """What was found in a line."""

    commands: tuple[Words, ...]
    """Without assignments and redirections, in the order of the text."""
    parsed: bool
    """The line is one of bash's language."""
    plain: bool
    """It has only the kinds of node that a plain line may have."""


@cache
def _parser() -> Parser:
    # Loaded on first use: a program without a shell does not pay for the grammar.
    import tree_sitter_bash  # noqa: PLC0415
    from tree_sitter import Language, Parser  # noqa: PLC0415

    return Parser(Language(tree_sitter_bash.language()))


def load() -> None:
    """Load the grammar now, so that the first line does not wait for it."""
    _parser()


def read(text: str) -> Tree:
    """Read a line."""
    root = _parser().parse(text.encode("utf-8", "replace")).root_node
    commands, plain = [], True
    for node in _nodes(root):
        kind = node.type
        if node.is_named and kind not in PLAIN_KINDS:
            plain = False
        if kind in _COMMANDS:
            commands.append(tuple(_words(node)))
    return Tree(tuple(commands), not root.has_error, plain)


def _nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def _words(command: Node) -> Iterator[str | None]:
    for child in command.children:
        if child.type == "variable_assignment" and command.type == "command":
            continue
        if child.type not in _ATTACHED:
            yield _value(child.children[0] if child.type == "command_name" else child)


def _value(node: Node) -> str | None:
    """Return what a word stands for after its quotes are removed; None: not known."""
    text = (node.text or b"").decode()
    match node.type:
        case "word" if any(sign in text for sign in "*?[{~"):
            return None
        case "word" | "number":
            return _UNESCAPE.sub(lambda found: found[1] or "", text)
        case "raw_string":
            return text[1:-1]
        case "ansi_c_string":
            return _ANSI_C.sub(_decoded, text[2:-1])
        case "string" if all(child.type in _IN_STRING for child in node.children):
            return _UNESCAPE_STRING.sub(lambda found: found[1] or "", text[1:-1])
        case "concatenation":
            return _joined(node)
        case _ if not node.is_named or node.type not in _EXPANDED:
            return text
    return None


_IN_STRING = frozenset({'"', "string_content", "$"})
_EXPANDED = names(
    """
    word string simple_expansion expansion command_substitution process_substitution
    arithmetic_expansion brace_expression translated_string concatenation
    """
)


def _joined(node: Node) -> str | None:
    text = (node.text or b"").decode()
    values = [_value(child) for child in node.children]
    if "{" in text and ("," in text or ".." in text):
        return None
    return None if None in values else "".join(value or "" for value in values)


def _decoded(found: re.Match[str]) -> str:
    if digits := found[1] or found[2]:
        return chr(int(digits, 16))
    return chr(int(found[3], 8)) if found[3] else found[4]
