"""Typed output: what is asked for, how it is read, and what becomes of replies that do not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pydantic
import pytest
from msgspec import Meta, Struct

from rookery import Agent, Catalog, Gateway, RunError
from rookery.agent import events
from rookery.agent.output import Output
from rookery.errors import AgentError
from rookery.providers.scripted.provider import ScriptedProvider
from tests.agent.common import MODEL, agent, call, is_valid, sent


@dataclass
class Line:
    what: str
    price: float


@dataclass
class Invoice:
    number: str
    lines: list[Line] = field(default_factory=list)


class Order(Struct):
    number: str
    kind: Literal["a", "b"] = "a"
    count: Annotated[int, Meta(ge=0, le=9)] = 0


class Typed(TypedDict):
    number: str
    note: str | None


class Model(pydantic.BaseModel):
    number: str = pydantic.Field(min_length=2)
    lines: list[Line] = []


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]


class Pets(pydantic.BaseModel):
    pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]


class Open(Struct):
    """Constrained sampling takes no such schema."""

    counts: dict[str, int]


class Tree(Struct):
    """Nor one that contains itself."""

    name: str
    inner: list[Tree] = []


FORMS: list[tuple[Any, str, Any]] = [
    (
        Invoice,
        '{"number": "A1", "lines": [{"what": "ink", "price": 3}]}',
        Invoice("A1", [Line("ink", 3.0)]),
    ),
    (Order, '{"number": "A1", "kind": "b"}', Order("A1", "b")),
    (Typed, '{"number": "A1", "note": null}', {"number": "A1", "note": None}),
    (Model, '{"number": "A1"}', Model(number="A1")),
    (Pets, '{"pet": {"kind": "dog"}}', Pets(pet=Dog(kind="dog"))),
    (Open, '{"counts": {"a": 1}}', Open({"a": 1})),
    (Tree, '{"name": "x", "inner": [{"name": "y"}]}', Tree("x", [Tree("y")])),
]


@pytest.mark.parametrize(("kind", "reply", "value"), FORMS, ids=lambda one: str(one)[:30])
def test_a_reply_becomes_an_object(kind: Any, reply: str, value: Any) -> None:
    worker, provider = agent(reply, output_type=kind, system="Be exact.")
    result = worker.run("Read the invoice.")
    assert result.output == value
    assert (result.text, len(result.steps)) == (reply, 1)
    body = sent(provider)
    if kind in (Open, Tree):  # told in words
        assert "output_config" not in body
        assert body["system"].startswith("Be exact.\n\nEnd with a reply that is one JSON object")
        assert '"type":"object"' in body["system"]
    else:  # the server has checked the schema, by the rules on what can be constrained
        assert body["output_config"]["format"]["type"] == "json_schema"
        assert body["output_config"]["format"]["schema"]["additionalProperties"] is False
        assert body["system"] == "Be exact."


def test_text_is_the_output_where_nothing_is_said() -> None:
    worker, provider = agent("Hello.")
    assert worker.run("Hello?").output == "Hello."
    assert "output_config" not in sent(provider)


def test_limits_are_told_and_checked() -> None:
    output = Output[Any](Order)
    assert output.sealed is not None
    count = output.sealed["properties"]["count"]
    assert count["description"] == "(minimum: 0, maximum: 9)"
    assert "minimum" not in count
    with pytest.raises(AgentError, match="<= 9"):
        output.read('{"number": "A1", "count": 10}')


def test_the_format_stands_beside_the_effort() -> None:
    worker, provider = agent('{"number": "A1", "note": null}', output_type=Typed, effort="low")
    worker.run("Read.")
    assert sent(provider)["output_config"].keys() == {"effort", "format"}
    worker, provider = agent("hello", effort="low")
    worker.run("Hello?")
    assert sent(provider)["output_config"] == {"effort": "low"}


def test_a_model_without_structured_outputs_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[models.mine]\ndisplay_name = "Mine"\nmax_input_tokens = 9000\nmax_tokens = 500\n'
    )
    catalog = Catalog.from_files(tmp_path / "own.toml")
    provider = ScriptedProvider.of('```json\n{"number": "A1", "note": "ok"}\n```')
    gateway = Gateway(provider, catalog=catalog)
    worker = Agent("mine", provider=gateway, output_type=Typed)
    assert worker.run("Read.").output == {"number": "A1", "note": "ok"}
    assert "output_config" not in sent(provider)
    assert "JSON Schema" in sent(provider)["system"][0]["text"]


# --- replies that do not fit ---------------------------------------------------------------------

GOOD = '{"number": "A1", "lines": []}'


@pytest.mark.parametrize(
    ("kind", "reply", "problem"),
    [
        (Invoice, "It is A1.", "The reply is no Invoice: JSON is malformed"),
        (Invoice, "", "The reply is no Invoice"),
        (Invoice, '{"number": 1}', "Expected `str`, got `int` - at `$.number`"),
        (Invoice, '{"lines": []}', "missing required field `number`"),
        (Model, '{"number": "1"}', "number: String should have at least 2 characters"),
        (Model, "nonsense", "the whole: Invalid JSON"),
        (Invoice, "[" * 100_000, "The reply is no Invoice"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_reply_that_does_not_fit_is_repaired_once(kind: Any, reply: str, problem: str) -> None:
    seen: list[events.Event] = []
    worker, provider = agent(reply, GOOD, output_type=kind)
    result = worker.run("Read.", on_event=seen.append)
    assert result.output == kind(number="A1", lines=[])
    assert len(result.steps) == 2
    [refused] = [event for event in seen if isinstance(event, events.OutputRefused)]
    assert problem in refused.problem
    asked = sent(provider)["messages"][-1]
    assert asked["role"] == "user"
    assert asked["content"].startswith(refused.problem)
    assert is_valid(result.messages)


def test_a_second_reply_that_does_not_fit_is_an_error() -> None:
    worker, _ = agent("No.", "Still no.", output_type=Invoice)
    with pytest.raises(RunError, match="The reply is no Invoice") as caught:
        worker.run("Read.")
    result = caught.value.result
    assert (result.text, len(result.steps), result.stop_reason) == ("Still no.", 2, "error")
    assert is_valid(result.messages)
    with pytest.raises(AgentError, match="no output: the run ended with error"):
        _ = result.output


def test_tools_come_before_the_output_and_in_the_repair() -> None:
    def look() -> str:
        """Look."""
        return "A1"

    worker, _ = agent(call("look"), "A1", call("look"), GOOD, tools=[look], output_type=Invoice)
    result = worker.run("Read.")
    assert result.output == Invoice("A1")
    assert [step.tools for step in result.steps] == [("look",), (), ("look",), ()]
    assert is_valid(result.messages)


@pytest.mark.parametrize("stop_reason", ["max_tokens", "refusal"])
def test_a_reply_that_was_cut_is_no_output(stop_reason: str) -> None:
    worker, _ = agent({"text": GOOD, "stop_reason": stop_reason}, output_type=Invoice)
    result = worker.run("Read.")
    assert (result.stop_reason, len(result.steps)) == (stop_reason, 1)
    with pytest.raises(AgentError, match=f"ended with {stop_reason}"):
        _ = result.output


def test_the_limit_of_turns_holds_in_the_repair() -> None:
    worker, _ = agent("No.", GOOD, output_type=Invoice, max_turns=1)
    result = worker.run("Read.")
    assert (result.stop_reason, len(result.steps)) == ("max_turns", 1)
    assert is_valid(result.messages)


def test_a_stream_has_the_output() -> None:
    worker, _ = agent("No.", GOOD, output_type=Invoice)
    with worker.stream("Read.") as stream:
        list(stream)
        assert stream.result.output == Invoice("A1")


# --- what is no output type ----------------------------------------------------------------------


class Listed(Struct, array_like=True):
    number: str


@dataclass
class Odd:
    value: complex


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (int, "output_type must be str, a dataclass"),
        (dict, "output_type must be"),
        (list[Invoice], "output_type must be"),
        (None, "output_type must be"),
        (Invoice("A1"), "output_type must be"),
        (Listed, "Listed must be an object"),
        (Odd, "Odd cannot be JSON"),
    ],
    ids=str,
)
def test_what_is_no_output_type(kind: Any, message: str) -> None:
    with pytest.raises(AgentError, match=message):
        agent("hello", output_type=kind)


def test_two_formats_are_one_too_many() -> None:
    form = {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}
    with pytest.raises(AgentError, match="two formats"):
        Agent(
            MODEL,
            provider=ScriptedProvider.of("x"),
            output_type=Invoice,
            request={"output_config": {"format": form}},
        )
