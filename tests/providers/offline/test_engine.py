"""The engine's rules, one by one, over whole requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rookery.providers.offline
from rookery.providers.offline.engine import compose
from rookery.wire.ids import Ids
from tests.providers.offline.kit import FILES, KIT, flag, integer, number, text, tool
from tests.providers.offline.score import ask, calls, drive, request

SAVINGS = [
    tool(
        "calculate_investment_return", "Calculate ROI for an investment", "principal rate years",
        principal=number("Initial investment"),
        rate=number("Annual interest rate (%)"),
        years=integer("Investment period"),
    ),
    tool(
        "fetch_stock_price", "Get current stock price", "ticker",
        ticker=text("Stock ticker (e.g., AAPL)"),
    ),
]  # fmt: skip
QUESTION = "If I invest $10k at 7% for 5 years, what's my return? Also fetch AAPL stock price."


def test_independent_requests_are_called_in_one_reply() -> None:
    assert calls(ask(QUESTION, tools=SAVINGS)) == [
        ("calculate_investment_return", {"principal": 10000, "rate": 7, "years": 5}),
        ("fetch_stock_price", {"ticker": "AAPL"}),
    ]


def test_the_answer_has_the_results_with_thousands_separators() -> None:
    results = {
        "calculate_investment_return": "Return: $14025.52",
        "fetch_stock_price": "AAPL price: $150.25",
    }
    rounds, answer = drive(QUESTION, SAVINGS, lambda name, _: results[name])
    assert len(rounds) == 1
    assert answer == "Return: $14,025.52\nAAPL price: $150.25"


def test_a_follow_up_question_takes_the_other_values_from_the_call_before() -> None:
    earlier = {"principal": 10000, "rate": 7, "years": 5}
    use = {"type": "tool_use", "id": "t", "name": SAVINGS[0]["name"], "input": earlier}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "Return: $14025.52"}
    messages = [
        {"role": "user", "content": "What do I get?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": "Return: $14,025.52"},
        {"role": "user", "content": "And for 10 years?"},
    ]
    draft = compose(request(messages=messages, tools=SAVINGS), Ids(seed=1).new)
    assert calls(draft) == [(SAVINGS[0]["name"], {**earlier, "years": 10})]


def test_a_missing_value_is_named_and_nothing_is_called() -> None:
    draft = ask("What's the weather like?", tools=KIT)
    assert draft.stop_reason == "end_turn"
    assert "`city`" in draft.content[0]["text"]


# --- tool_choice ----------------------------------------------------------------------------------


def test_none_calls_nothing() -> None:
    assert not calls(ask("Weather in Rome", tools=KIT, tool_choice={"type": "none"}))


def test_any_calls_even_where_nothing_fits() -> None:
    made = calls(ask("Hello", tools=KIT[:1], tool_choice={"type": "any"}))
    assert made == [("get_weather", {"city": ""})]


def test_any_prefers_the_tool_that_fits() -> None:
    made = calls(ask("Weather in Rome", tools=KIT, tool_choice={"type": "any"}))
    assert made == [("get_weather", {"city": "Rome"})]


def test_a_named_tool_is_called_whatever_it_does() -> None:
    choice = {"type": "tool", "name": "bash"}
    made = calls(ask("Run the tests with `make test`", tools=FILES, tool_choice=choice))
    assert made == [("bash", {"command": "make test"})]


def test_parallel_calls_can_be_switched_off() -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    rounds, answer = drive(
        "Weather in Rome and Oslo",
        KIT,
        lambda _, args: f"{args['city']}: sunny",
        tool_choice=choice,
    )
    assert [len(made) for made in rounds] == [1, 1]
    assert answer == "Rome: sunny\nOslo: sunny"


@pytest.mark.parametrize(
    "name", ["bash", "run_query", "send_email", "write_file", "delete_user", "create_ticket",
             "update_record", "get_or_create", "exec"],
)  # fmt: skip
def test_tools_that_act_are_not_called_unless_named(name: str) -> None:
    acting = tool(name, "Do it for a city", "city", city=text("City"))
    draft = ask(f"Use {name} for the city Paris", tools=[acting])
    assert not calls(draft)
    assert f"`{name}`" in draft.content[0]["text"]


@pytest.mark.parametrize("name", ["get_order", "list_runs", "search_posts", "view_schedule"])
def test_tools_that_read_are_called(name: str) -> None:
    reading = tool(name, "Look at a city", "city", city=text("City"))
    assert calls(ask(f"Use {name} for the city Paris", tools=[reading])) == [
        (name, {"city": "Paris"})
    ]


# --- without tools --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("What is 2+2?", "2+2 = 4"),
        ("What is 10/4?", "10/4 = 2.5"),
        ("2^10", "2^10 = 1024"),
        ("What is 7 times 8?", "7 * 8 = 56"),
        ("0.1 + 0.2", "0.1 + 0.2 = 0.3"),
        ("Reply with exactly: OK", "OK"),
        ("Reply with exactly the word PONG", "PONG"),
        ("Say hi", "hi"),
        ("Thanks!", "You are welcome."),
    ],
)
def test_plain_answers(prompt: str, answer: str) -> None:
    assert ask(prompt).content == [{"type": "text", "text": answer}]


@pytest.mark.parametrize(
    "prompt",
    ["What is the capital of France?", "Write a poem about the sea.", "2**100000", "1/0", "?"],
)
def test_what_it_cannot_answer_it_says(prompt: str) -> None:
    assert "not a language model" in ask(prompt).content[0]["text"]


def test_a_document_is_quoted_with_title_and_line() -> None:
    document = {
        "type": "document", "title": "Handbook",
        "source": {"type": "text", "media_type": "text/plain",
                   "data": "# Leave\nEmployees get 25 days of leave.\nSick days do not count."},
    }  # fmt: skip
    question = {"type": "text", "text": "How many days of leave do employees get?"}
    messages = [{"role": "user", "content": [document, question]}]
    draft = compose(request(messages=messages), Ids(seed=1).new)
    assert draft.content[0]["text"] == "Handbook:2: Employees get 25 days of leave."


REMINDER = (
    "<reminder>\n" + "Use run_command to build. The office is in Bern.\n" * 220 + "</reminder>"
)


def blocks(*texts: str) -> list[dict[str, Any]]:
    """Return one user's turn of several texts."""
    return [{"role": "user", "content": [{"type": "text", "text": text} for text in texts]}]


def test_the_last_text_of_a_turn_is_the_task() -> None:
    draft = compose(request(messages=blocks(REMINDER, "What is 2+2?"), tools=[*FILES, *KIT]),
                    Ids(seed=1).new)  # fmt: skip
    assert draft.content == [{"type": "text", "text": "2+2 = 4"}]


def test_earlier_texts_of_a_turn_are_quoted() -> None:
    draft = compose(request(messages=blocks(REMINDER, "Where is the office?")), Ids(seed=1).new)
    assert draft.content[0]["text"] == "Use run_command to build. The office is in Bern."


def test_a_text_in_a_tag_beside_results_is_no_part_of_the_task() -> None:
    use = {"type": "tool_use", "id": "t", "name": "get_time", "input": {"city": "Lima"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "It is 3 pm in Lima."}
    aside = {"type": "text", "text": "<note>The weather in Oslo may be asked for.</note>"}
    messages = [
        {"role": "user", "content": "What time is it in Lima?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result, aside]},
    ]
    draft = compose(request(messages=messages, tools=KIT), Ids(seed=1).new)
    assert draft.content == [{"type": "text", "text": "It is 3 pm in Lima."}]


@pytest.mark.parametrize(
    "prompt", ["What is 2+2?", "What is an email?", "Is the sea blue?", "Thanks for the email!"]
)
def test_what_bars_a_call_is_said_only_where_the_call_is_asked_for(prompt: str) -> None:
    assert "tool_choice" not in ask(prompt, tools=[*FILES, *KIT]).content[0]["text"]


def test_arguments_have_the_order_of_the_schema() -> None:
    made = calls(ask('Search lib/a.py for "x y", ignore case', tools=KIT))
    assert list(made[0][1]) == ["pattern", "path", "ignore_case"]
    made = calls(ask("Fly on 2025-05-20 to Rome from Oslo, search flights", tools=KIT))
    assert list(made[0][1]) == ["origin", "destination", "date"]


def test_earlier_turns_and_the_system_prompt_are_quoted() -> None:
    system = "You help customers of Acme. The refund window is 30 days. Be brief."
    assert ask("What is the refund window?", system=system).content[0]["text"] == (
        "The refund window is 30 days."
    )


def test_images_are_not_seen() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    content = [image, {"type": "text", "text": "What is in this image?"}]
    draft = compose(request(messages=[{"role": "user", "content": content}]), Ids(seed=1).new)
    assert "cannot see" in draft.content[0]["text"]


def test_structured_output_is_filled_from_the_text() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": text("Full name"), "email": text("Email"), "demo_requested": flag(),
            "date": text("", format="date"),
        },
        "required": ["name", "email", "demo_requested", "date"],
    }  # fmt: skip
    draft = ask(
        "Extract: John Smith (john@example.com) wants a demo on March 3, 2025.",
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    assert draft.content[0]["text"] == (
        '{"name":"John Smith","email":"john@example.com","demo_requested":true,"date":"2025-03-03"}'
    )


def test_the_source_names_no_example() -> None:
    folder = Path(rookery.providers.offline.__file__).parent
    words = (
        "incident", "root cause", "deploy", "invest", "principal", "stock", "aapl", "timeline",
        "ticker", "tenant", "outage", "14025", "150.25",
    )  # fmt: skip
    for path in folder.glob("*.py"):
        source = path.read_text().lower()
        assert not [word for word in words if word in source], path.name
