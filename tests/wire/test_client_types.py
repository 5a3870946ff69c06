"""Our types of a request beside those of the official client: what differs is listed here.

The client's types are read, not copied: a new version of it that has more shows up as a
difference. Compared are names, which fields are needed, which may be null, the values of
enumerations, and the tags of unions.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import pytest
import typing_extensions
from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_params
from anthropic.types.beta import message_create_params as beta_create_params
from msgspec import Struct

from rookery.wire import kinds
from rookery.wire.betas import GATES, KNOWN
from rookery.wire.messages import CountRequest, MessagesRequest

CREATE = beta_create_params.MessageCreateParamsNonStreaming
COUNT = beta_count_params.MessageCountTokensParams

HEADERS = ("betas", "user_profile_id", "workspace_id")
"""Arguments of the client's methods that are sent as headers."""

DELIBERATE = {
    # Sampling is of version 2023-06-01, which the client no longer speaks.
    "MessagesRequest.temperature: only ours",
    "MessagesRequest.top_k: only ours",
    "MessagesRequest.top_p: only ours",
    # The beta of before `output_config`; clients of 2025 send it.
    "MessagesRequest.output_format: only ours",
    # The client gives the literal false or true, by method.
    "MessagesRequest.stream: other choices",
    # Replies have it, and are handed back as they are.
    "CharLocation.file_id: only ours",
    "PageLocation.file_id: only ours",
    "ContentBlockLocation.file_id: only ours",
    # platform.claude.com, "Tool reference", has it.
    "ComputerToolset.allowed_callers: only ours",
    "BrowserToolset.allowed_callers: only ours",
}


def test_the_types_of_a_message_are_those_of_the_client() -> None:
    assert set(differences([CREATE], MessagesRequest)) == DELIBERATE


def test_what_the_token_counter_takes_is_what_the_client_sends_it() -> None:
    ours = {field.encode_name for field in kinds.fields(CountRequest)}
    theirs = set(COUNT.__annotations__) - set(HEADERS)
    assert ours - theirs == {"output_format"}
    assert theirs - ours == set()


def test_each_beta_header_is_one_that_the_client_knows() -> None:
    members = typing.get_args(bare(typing_extensions.get_type_hints(CREATE)["betas"]))
    known = {value for one in typing.get_args(members[0]) for value in typing.get_args(one)}
    assert KNOWN - known == {"per-turn-control-2026-07-01"}


@pytest.mark.parametrize(
    ("stable", "beta", "ours"),
    [
        (message_create_params.MessageCreateParamsNonStreaming, CREATE, MessagesRequest),
        (message_count_tokens_params.MessageCountTokensParams, COUNT, CountRequest),
    ],
)
def test_a_field_needs_a_header_where_only_the_beta_methods_have_it(
    stable: Any, beta: Any, ours: type[Struct]
) -> None:
    """The whole table cannot be had so: what is inside of fields differs by page of the docs."""
    gated = {gate.field for gate in GATES if issubclass(ours, gate.of)}
    only_beta = beta.__annotations__.keys() - stable.__annotations__.keys()
    assert only_beta - {"betas"} == gated - {"user_profile_id", "output_format"}


# --- reading the client's types ------------------------------------------------------------------

_LISTS = (list, Iterable, Sequence)


def bare(kind: Any) -> Any:
    """Take off what says whether a field is needed."""
    while typing_extensions.get_origin(kind) in (
        typing_extensions.Required,
        typing_extensions.NotRequired,
        typing_extensions.Annotated,
    ):
        kind = typing_extensions.get_args(kind)[0]
    return kind


def members(kind: Any) -> list[Any]:
    """Return what a type of the client may be, without what its replies are made of."""
    kind = bare(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [member for one in typing.get_args(kind) for member in members(one)]
    return [] if hasattr(kind, "model_fields") else [kind]


def tags(kind: Any) -> list[str]:
    hint = typing_extensions.get_type_hints(kind, include_extras=True).get("type")
    found = [one for one in members(hint) if typing.get_origin(one) is Literal] if hint else []
    return [str(value) for one in found for value in typing.get_args(one)]


def differences(
    theirs: list[Any], ours: type[Struct], seen: set[type[Struct]] | None = None
) -> Iterator[str]:
    """Compare objects of the client with the one of ours that is all of them; each once."""
    seen = set() if seen is None else seen
    if ours in seen:
        return
    seen.add(ours)
    hints = [typing_extensions.get_type_hints(one, include_extras=True) for one in theirs]
    known = {field.encode_name: field for field in kinds.fields(ours)}
    tag = ours.__struct_config__.tag_field
    for name in dict.fromkeys(name for one in hints for name in one):
        path = f"{ours.__name__}.{name}"
        if name == tag or (ours is MessagesRequest and name in HEADERS):
            continue
        if name not in known:
            yield f"{path}: only theirs"
            continue
        if all(is_needed(one.get(name)) for one in hints) != known[name].required:
            yield f"{path}: needed by one"
        allowed = [member for one in hints if name in one for member in members(one[name])]
        yield from values(allowed, known[name].type, path, seen)
    names = {name for one in hints for name in one}
    yield from (f"{ours.__name__}.{name}: only ours" for name in known.keys() - names)


def is_needed(hint: Any) -> bool:
    return typing_extensions.get_origin(hint) is typing_extensions.Required


def values(theirs: list[Any], ours: Any, at: str, seen: set[type[Struct]]) -> Iterator[str]:
    """Compare what a field may be."""
    kind = kinds.bare(ours)
    mine = kinds.union(kind.type) if kinds.is_union(kind.type) else None
    if object not in theirs and (type(None) in theirs) != (mine is not None and mine.null):
        yield f"{at}: null for one"
    yield from choices(theirs, ours, at)
    lists = [one for one in theirs if typing.get_origin(one) in _LISTS]
    array = mine.array if mine else kind.type
    if lists and typing.get_origin(kinds.bare(array).type) is list:
        inner = [member for one in lists for member in members(typing.get_args(one)[0])]
        yield from values(inner, typing.get_args(kinds.bare(array).type)[0], at, seen)
    objects = [one for one in theirs if typing_extensions.is_typeddict(one)]
    yield from structs(objects, structs_of(ours), at, seen)


def choices(theirs: list[Any], ours: Any, at: str) -> Iterator[str]:
    if str in theirs:
        return
    said = {
        value
        for one in theirs
        if typing.get_origin(one) is Literal
        for value in typing.get_args(one)
    }
    allowed = {value for one in kinds.literals(ours) for value in typing.get_args(one)}
    if said != allowed:
        yield f"{at}: other choices"


def structs_of(ours: Any) -> dict[str, type[Struct]]:
    """Return our structs by tag; one without a tag under the empty name."""
    kind = kinds.bare(ours)
    if "tagged" in kind.extra:
        custom, others = kind.extra["tagged"]
        return {"custom": custom, **kinds.union(others).tagged}
    if "is" in kind.extra:
        return {"object": kind.extra["is"]}
    if kinds.is_struct(kind.type):
        return {kinds.tag(kind.type): kind.type}
    if not kinds.is_union(kind.type):
        return {}
    union = kinds.union(kind.type)
    return {**union.tagged, **({"": union.struct} if union.struct else {})}


def structs(
    theirs: list[Any], ours: dict[str, type[Struct]], at: str, seen: set[type[Struct]]
) -> Iterator[str]:
    named: dict[str, list[Any]] = {}
    for one in theirs:
        for tag in tags(one) if ours.keys() != {""} else [""]:
            named.setdefault(tag, []).append(one)
    for tag in sorted(named.keys() | ours.keys()):
        if tag not in ours or tag not in named:
            yield f"{at}.{tag}: only {'theirs' if tag in named else 'ours'}"
        else:
            yield from differences(named[tag], ours[tag], seen)
