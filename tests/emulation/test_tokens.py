from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.catalog.lookup import Catalog
from rookery.emulation.prompt import count_prompt
from rookery.emulation.text import count_text, fitting
from rookery.emulation.tokens import count_block, measure_tool
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.wire.messages import CountTokensRequest, MessagesRequest, Request

CATALOG = Catalog.builtin()
MODEL = CATALOG.get("claude-sonnet-5")
SMALL = CATALOG.get("claude-haiku-4-5")
CALL = Call("req_1")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
words = texts.filter(lambda text: bool(text.strip()))
models = st.sampled_from([MODEL, SMALL])
text_blocks = st.builds(lambda text: {"type": "text", "text": text}, words)


def png(width: int, height: int) -> dict[str, Any]:
    """Return the source of an image; its pixels are left out."""
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + bytes(4)
    return {"type": "base64", "media_type": "image/png", "data": base64.b64encode(head).decode()}


image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
pdf = {
    "type": "document",
    "source": {
        "type": "base64",
        "media_type": "application/pdf",
        "data": base64.b64encode(b"%PDF-1.4 /Type /Page BT (a page) Tj ET ").decode(),
    },
}
documents = st.builds(
    lambda text: {
        "type": "document",
        "title": "a",
        "source": {"type": "content", "content": [{"type": "text", "text": text}, image]},
    },
    texts,
)
found = {
    "type": "search_result",
    "source": "a",
    "title": "b",
    "content": [{"type": "text", "text": "c"}],
}
blocks = st.lists(
    text_blocks | documents | st.sampled_from([image, pdf, found]), min_size=1, max_size=4
)
contents = words | blocks
tools = st.lists(
    st.builds(
        lambda text: {"description": text, "input_schema": {"type": "object"}},
        texts,
    ),
    max_size=3,
).map(lambda found: [{"name": f"tool_{index}", **tool} for index, tool in enumerate(found)])


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A prompt: turns, of which some call a tool, tools, and a system prompt."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": draw(contents)}]
    for index in range(draw(st.integers(0, 3))):
        name = f"toolu_{index}"
        call = {"type": "tool_use", "id": name, "name": "look", "input": {"a": draw(texts)}}
        result = {"type": "tool_result", "tool_use_id": name, "content": draw(texts)}
        messages.append({"role": "assistant", "content": [call]})
        messages.append({"role": "user", "content": [result, *draw(blocks)]})
    request: dict[str, Any] = {"model": draw(models).id, "messages": messages}
    if draw(st.booleans()):
        request["system"] = draw(texts | st.lists(text_blocks, max_size=2))
    if found := draw(tools):
        request["tools"] = found
    return request


def count(request: dict[str, Any]) -> int:
    body = CountTokensRequest(json.dumps(request).encode()).body
    return count_prompt(body, CATALOG.get(body.model))


@given(requests())
@settings(max_examples=60, deadline=None)
async def test_the_count_of_a_prompt_is_the_usage_of_its_message(request: dict[str, Any]) -> None:
    provider = OfflineProvider()
    prompt = CountTokensRequest(json.dumps(request).encode())
    counted = await provider.count_tokens(prompt, CALL)
    reply = await provider.create(Request(json.dumps({**request, "max_tokens": 50}).encode()), CALL)
    usage = reply.body.usage
    assert usage.input_tokens == counted.input_tokens > 0
    assert usage.prompt_tokens == usage.input_tokens
    assert usage.output_tokens <= 50


@given(requests())
@settings(max_examples=60, deadline=None)
def test_the_same_prompt_always_has_the_same_count(request: dict[str, Any]) -> None:
    respelled = json.dumps(request, ensure_ascii=False, indent=1).encode()
    assert count(request) == count(request)
    body = CountTokensRequest(respelled).body
    assert count_prompt(body, CATALOG.get(body.model)) == count(request)


@given(requests(), words)
@settings(max_examples=60, deadline=None)
def test_more_of_anything_never_counts_less(request: dict[str, Any], more: str) -> None:
    before = count(request)
    longer = {**request, "messages": [*request["messages"], {"role": "assistant", "content": more}]}
    assert count(longer) > before
    extra = {"name": "more", "description": more, "input_schema": {"type": "object"}}
    assert count({**request, "tools": [*request.get("tools", []), extra]}) > before
    if isinstance(request.get("system"), str):
        assert count({**request, "system": request["system"] + more}) >= before


@given(texts, texts, models)
def test_a_longer_text_never_counts_less(one: str, two: str, model: Any) -> None:
    whole = count_text(one + two, model)
    assert max(count_text(one, model), count_text(two, model)) <= whole
    assert whole <= count_text(one, model) + count_text(two, model)
    assert (count_text(one, model) == 0) is (one == "")


@given(st.text(max_size=80), st.integers(0, 60), models)
def test_a_beginning_fits_and_no_longer_one_does(text: str, tokens: int, model: Any) -> None:
    text = text.encode("utf-8", "ignore").decode()
    cut = fitting(text, tokens, model)
    assert text.startswith(cut)
    assert count_text(cut, model) <= tokens
    if cut != text:
        assert count_text(text[: len(cut) + 1], model) > tokens


@pytest.mark.parametrize("text", ["\U0001f426" * 5, "\u00e9" * 9, "a\u20acb" * 4])
def test_a_cut_never_splits_a_character(text: str) -> None:
    for tokens in range(count_text(text, MODEL) + 1):
        assert set(fitting(text, tokens, MODEL)) <= set(text)


def test_a_newer_tokenizer_counts_letters_more_and_nothing_else() -> None:
    assert count_text("x" * 1000, SMALL) == 227
    assert count_text("x" * 1000, MODEL) == 318
    for text in ("1" * 1000, " " * 1000, "{}" * 500, "\u4f60" * 1000, "\u0436" * 1000):
        assert count_text(text, SMALL) == count_text(text, MODEL)


def test_tools_add_their_system_prompt_once_and_by_the_choice() -> None:
    tool = {"name": "look", "input_schema": {"type": "object"}}
    base: dict[str, Any] = {
        "model": SMALL.id,
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [tool],
    }
    auto = count(base)
    assert count({**base, "tool_choice": {"type": "none"}}) == auto
    forced = SMALL.tool_prompt.any_tool - SMALL.tool_prompt.auto_none
    assert count({**base, "tool_choice": {"type": "any"}}) == auto + forced
    assert count({**base, "tool_choice": {"type": "tool", "name": "look"}}) == auto + forced
    two = count({**base, "tools": [tool, {**tool, "name": "find"}]})
    assert two - auto < SMALL.tool_prompt.auto_none


def with_block(block: dict[str, Any], model: str) -> int:
    """Return the tokens that a block adds."""
    turn = {"role": "user", "content": [block, {"type": "text", "text": "hi"}]}
    plain = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
    one, other = ({"model": model, "messages": [it]} for it in (turn, plain))
    return count(one) - count(other)


def test_an_image_by_address_counts_as_the_largest_of_its_tier() -> None:
    assert with_block(image, SMALL.id) == 1568
    assert with_block(image, MODEL.id) == 4784


def test_an_image_counts_by_its_size_wherever_it_is() -> None:
    large = {"type": "image", "source": png(3840, 2160)}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [large]}
    inside = {"type": "document", "source": {"type": "content", "content": [large]}}
    for block in (large, inside):
        assert (with_block(block, SMALL.id), with_block(block, MODEL.id)) == (1560, 4784)
    call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": [call]}]
    empty = {**result, "content": []}
    one, other = (
        count({"model": SMALL.id, "messages": [*turns, {"role": "user", "content": [it]}]})
        for it in (result, empty)
    )
    assert one - other == 1560


def test_a_document_by_address_counts_as_one_page() -> None:
    address = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    assert with_block(address, SMALL.id) == 2250


@pytest.mark.parametrize(
    ("model", "kind", "tokens"),
    [
        # platform.claude.com, "Pricing", specific tool pricing
        ("claude-opus-4-7", "bash_20250124", 325),
        ("claude-opus-4-6", "bash_20250124", 244),
        ("claude-haiku-5-5", "text_editor_20250728", 974),
        ("claude-haiku-4-5", "text_editor_20250728", 745),
    ],
)
def test_tools_of_the_api_have_the_documented_tokens(model: str, kind: str, tokens: int) -> None:
    tool = {"type": kind, "name": "a"}
    assert measure_tool(tool, b"{}", CATALOG.get(model)) == (b"", tokens)


def test_a_tool_of_the_caller_has_the_weight_of_its_definition() -> None:
    text, tokens = measure_tool({"name": "bash", "input_schema": {}}, b"{}", SMALL)
    assert text == b"{}"
    assert tokens == 0


def test_blocks_of_a_reply_are_counted_by_what_they_say() -> None:
    assert count_block({"type": "text", "text": "x" * 36}, SMALL) == 9
    assert count_block({"type": "thinking", "thinking": "x" * 36, "signature": "y"}, SMALL) == 9
    assert count_block({"type": "tool_use", "id": "a", "name": "b", "input": {}}, SMALL) > 8


def test_the_id_of_a_call_is_none_of_its_tokens() -> None:
    call = {"type": "tool_use", "name": "b", "input": {}}
    counts = {count_block({**call, "id": name}, SMALL) for name in ("", "toolu_01AZ")}
    assert len(counts) == 1


def test_a_large_prompt_is_counted() -> None:
    message = {"role": "user", "content": "wide \u00e9 " * 70_000}
    body = MessagesRequest(model=MODEL.id, max_tokens=1, messages=[])
    assert count_prompt(body, MODEL) == 0
    assert count({"model": MODEL.id, "messages": [message]}) > 100_000
