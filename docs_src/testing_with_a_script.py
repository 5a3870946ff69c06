"""A test of software that calls Claude: a real server on localhost that gives exact replies."""

import anthropic

from rookery.testing import scripted_server


def weather_report(client: anthropic.Anthropic) -> str:
    """The software under test."""
    reply = client.messages.create(
        model="claude-sonnet-4-6",
        max_tokens=100,
        messages=[{"role": "user", "content": "The weather in Oslo?"}],
    )
    return "".join(block.text for block in reply.content if block.type == "text")


def test_the_report_is_what_the_model_says() -> None:
    overloaded = {"error": {"type": "overloaded_error", "headers": {"retry-after-ms": "1"}}}
    with (
        scripted_server(overloaded, "Rain, 4 degrees.") as server,
        anthropic.Anthropic(base_url=server.url, api_key=server.key) as client,
    ):
        assert weather_report(client) == "Rain, 4 degrees."
