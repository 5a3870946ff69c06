"""The prompt cache by the examples of platform.claude.com, "Prompt caching" (October 2026)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rookery.emulation.entries import Entries, Entry
from tests.emulation.tiny import HOUR, MARK, MODELS, OPENING, Api, Texts, blocks, told


@pytest.fixture
def api() -> Api:
    return Api()


# --- where a breakpoint looks: "Example: Lookback in a growing conversation" ---------------------


def growing(count: int, *marks: int) -> dict[str, Any]:
    return blocks([10] * count, dict.fromkeys(marks, MARK))


def test_a_growing_conversation_reads_what_the_turn_before_wrote(api: Api) -> None:
    assert api.send(growing(10, 10)) == (0, 100, 0, 0)
    assert api.send(growing(15, 15)) == (100, 50, 0, 0)
    # Block 15 is one position outside of the window, which is blocks 35 to 16.
    assert api.send(growing(35, 35)) == (0, 350, 0, 0)


def test_a_second_breakpoint_has_a_window_of_its_own(api: Api) -> None:
    api.send(growing(10, 10))
    api.send(growing(15, 15))
    assert api.send(growing(35, 15, 35)) == (150, 200, 0, 0)


def test_the_window_is_20_positions_with_the_breakpoint(api: Api) -> None:
    api.send(growing(15, 15))
    assert api.send(growing(34, 34)) == (150, 190, 0, 0)


def test_a_breakpoint_on_what_always_changes_never_reads(api: Api) -> None:
    """ "Common mistake: Breakpoint on content that changes every request"."""
    sizes = [100] * 5 + [20]
    assert api.send(blocks(sizes, {6: MARK}, b6="a")) == (0, 520, 0, 0)
    assert api.send(blocks(sizes, {6: MARK}, b6="b")) == (0, 520, 0, 0)
    # "Move cache_control to block 5."
    assert api.send(blocks(sizes, {5: MARK}, b6="c")) == (0, 500, 0, 20)
    assert api.send(blocks(sizes, {5: MARK}, b6="d")) == (500, 0, 0, 20)


def tool_turn(calls: int) -> list[dict[str, Any]]:
    used = [{"type": "tool_use", "id": f"t{n}", "name": "look", "input": {}} for n in range(calls)]
    results = [{"type": "tool_result", "tool_use_id": f"t{n}"} for n in range(calls)]
    return [{"role": "assistant", "content": used}, {"role": "user", "content": results}]


@pytest.mark.parametrize(
    ("turns", "calls", "reads"), [(9, 1, True), (10, 1, False), (9, 30, True), (10, 30, False)]
)
def test_a_run_of_calls_or_of_results_is_one_position(
    api: Api, turns: int, calls: int, reads: bool
) -> None:
    first = {"role": "user", "content": [{"type": "text", "text": "Hi.", "cache_control": MARK}]}
    api.send({"messages": [first]})
    more = [message for _ in range(turns) for message in tool_turn(calls)]
    more[-1]["content"][-1]["cache_control"] = MARK
    plain = {"role": "user", "content": "Hi."}
    assert (api.send({"messages": [plain, *more]})[0] > 0) is reads


# --- what is billed ------------------------------------------------------------------------------


def test_a_cached_prompt_of_100_000_tokens(api: Api) -> None:
    """ "Understanding the token breakdown": 100,000 tokens cached, 50 in the user message."""
    body = with_system(100_000, 50)
    assert api.send(body) == (0, 100_000, 0, 50)
    assert api.send(body) == (100_000, 0, 0, 50)


def test_a_cached_document_of_200k_tokens(api: Api) -> None:
    """FAQ, "How do I calculate total input tokens": 200,000 and 50."""
    body = with_system(200_000, 50)
    api.send(body)
    assert api.send(body) == (200_000, 0, 0, 50)
    assert sum(api.open(body).cache) == 200_050


def with_system(system: int, user: int, mark: dict[str, str] = MARK) -> dict[str, Any]:
    make = Texts()
    return {
        "system": [{"type": "text", "text": make(system), "cache_control": mark}],
        "messages": [{"role": "user", "content": make(user, opens=True)}],
    }


def test_the_usage_of_a_request_with_both_times_to_live(api: Api) -> None:
    """ "1-hour cache duration": 1,800 read, 248 written, of which 148 for 5m and 100 for 1h."""
    sizes = [1_800, 100, 148, 2_048]
    api.send(blocks(sizes, {1: HOUR}))
    usage = api.message(blocks(sizes, {1: HOUR, 2: HOUR, 3: MARK})).usage
    assert usage.input_tokens == 2_048
    assert usage.cache_read_input_tokens == 1_800
    assert usage.cache_creation_input_tokens == 248
    assert usage.cache_creation is not None
    assert usage.cache_creation.ephemeral_5m_input_tokens == 148
    assert usage.cache_creation.ephemeral_1h_input_tokens == 100


@pytest.mark.parametrize(
    ("written", "use"),
    [
        ({}, (0, 30, 300, 7)),  # nothing is cached: A = 0, B = 300, C = 330
        ({1: HOUR}, (100, 30, 200, 7)),  # A = 100
        ({2: HOUR}, (300, 30, 0, 7)),  # A = B
        ({3: MARK}, (330, 0, 0, 7)),  # A = B = C
        ({2: MARK}, (300, 30, 0, 7)),  # a hit is one whatever its time
    ],
)
def test_the_three_billing_places(
    api: Api, written: dict[int, dict[str, str]], use: tuple[int, ...]
) -> None:
    """ "Mixing different TTLs": read A, write B - A for 1h and C - B for 5m."""
    sizes = [100, 200, 30, 7]
    api.send(blocks(sizes, written))
    assert api.send(blocks(sizes, {1: HOUR, 2: HOUR, 3: MARK})) == use


def test_more_breakpoints_cost_no_more(api: Api) -> None:
    """ "Understanding cache breakpoint costs"."""
    one, many = blocks([50] * 8, {8: MARK}), blocks([50] * 8, dict.fromkeys((2, 4, 6, 8), MARK))
    assert api.send(one, workspace="a") == api.send(many, workspace="b") == (0, 400, 0, 0)


def test_multiple_breakpoints(api: Api) -> None:
    """ "Putting it all together": tools, instructions, documents, and the conversation."""
    tools = [tool("search_documents"), {**tool("get_document"), "cache_control": MARK}]

    def ask(documents: str, *questions: str) -> tuple[int, int, int, int]:
        said: list[dict[str, Any]] = [{"role": "user", "content": text} for text in questions]
        said[-1]["content"] = [{"type": "text", "text": questions[-1], "cache_control": MARK}]
        answers = {"role": "assistant", "content": "Found."}
        messages = [m for one in said for m in (one, answers)][:-1]
        parts = ["Instructions." * 9, documents]
        system = [{"type": "text", "text": part, "cache_control": MARK} for part in parts]
        return api.send({"tools": tools, "system": system, "messages": messages})

    first = ask("Mars." * 50, "Rovers?")
    assert (first[0], first[3]) == (0, 0)
    second = ask("Mars." * 50, "Rovers?", "Perseverance?")
    assert second[0] == first[1] > 0
    assert 0 < second[1] < 30
    # "If you update the RAG documents": the first two segments are reused.
    third = ask("Moon." * 50, "Rovers?")
    assert 0 < third[0] < first[1]
    # "If you change the conversation": the first three.
    fourth = ask("Mars." * 50, "Orbits?")
    assert third[0] < fourth[0] < first[1]
    assert fourth[0] + fourth[1] == first[1]


def tool(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "description": "d" * 100, "input_schema": {"type": "object"}, **fields}


# --- how long, and from when ---------------------------------------------------------------------

SAID = blocks([50, 50], {2: MARK})
LONG = blocks([50, 50], {2: HOUR})
MISS, HIT = (0, 100, 0, 0), (100, 0, 0, 0)


@pytest.mark.parametrize(("body", "minutes"), [(SAID, 5), (LONG, 60)])
def test_an_entry_lives_from_the_start_of_its_request(
    api: Api, body: dict[str, Any], minutes: int
) -> None:
    for left, reads in ((1, 0), (0.99, 100)):
        turn = api.open(body)
        api.clock.minutes(minutes - 1)  # "if a response takes 4 minutes": one is left
        turn.begin()
        api.clock.minutes(left)
        assert api.open(body).cache.read == reads
    for wait, reads in ((minutes - 0.01, 100), (minutes, 0)):
        api.clock.minutes(wait)
        assert api.open(body).cache.read == reads


def test_a_hit_refreshes_for_nothing_whoever_makes_it(api: Api) -> None:
    api.send(SAID)
    for _ in range(5):
        api.clock.minutes(4)
        assert api.send(SAID) == HIT
    api.clock.minutes(4)
    assert api.send(blocks([50, 50, 50], {3: MARK})) == (100, 50, 0, 0)
    api.clock.minutes(4)
    assert api.send(SAID) == HIT


def test_a_hit_refreshes_the_parts_that_were_read(api: Api) -> None:
    both = blocks([50, 50], {1: MARK, 2: MARK})
    api.send(both)
    for _ in range(2):
        api.clock.minutes(4)
        assert api.send(both) == HIT
    assert api.send(blocks([50], {1: MARK})) == (50, 0, 0, 0)


def test_an_entry_for_an_hour_is_refreshed_for_an_hour_by_any_hit(api: Api) -> None:
    api.send(LONG)
    api.clock.minutes(59)
    assert api.send(SAID) == HIT
    api.clock.minutes(59)
    assert api.send(SAID) == HIT


def test_parallel_requests_all_miss_until_the_first_response_begins(api: Api) -> None:
    """ "A cache entry only becomes available after the first response begins"."""
    turns = [api.open(SAID) for _ in range(3)]
    turns[0].begin()
    assert api.open(SAID).cache.read == 100
    for turn in turns:
        turn.begin()
    assert [told(turn) for turn in turns] == [MISS] * 3


def test_a_request_that_fails_before_its_response_writes_nothing(api: Api) -> None:
    api.open(SAID)
    assert api.send(SAID) == MISS


# --- what can be cached --------------------------------------------------------------------------


def test_a_prompt_below_the_minimum_is_not_cached_and_no_error(api: Api) -> None:
    """ "Cache limitations": both counters are 0."""
    short = {"model": "minimum", **blocks([60, 39], {1: MARK, 2: MARK})}
    for _ in range(2):
        assert api.send(short) == (0, 0, 0, 99)
    exact = {"model": "minimum", **blocks([60, 40], {1: HOUR, 2: MARK})}
    assert api.send(exact) == MISS
    assert api.send(exact) == HIT


def test_nothing_is_cached_without_being_asked(api: Api) -> None:
    body = blocks([500], {})
    for _ in range(2):
        assert api.send(body) == (0, 0, 0, 500)
    assert len(api.emulator.entries) == 0


def test_entries_are_apart_by_workspace_and_by_model(api: Api) -> None:
    """ "Cache storage and sharing"."""
    assert api.send(SAID, workspace="a") == MISS
    assert api.send(SAID, workspace="b") == MISS
    assert api.send(SAID, workspace="a") == HIT
    assert api.send({**SAID, "model": "old"}, workspace="a") == MISS
    assert api.send({**SAID, "model": "alias"}, workspace="a") == HIT


def test_a_match_is_exact(api: Api) -> None:
    def ask(value: dict[str, Any], image: str) -> int:
        used = {"type": "tool_use", "id": "t", "name": "look", "input": value}
        source = {"type": "base64", "media_type": "image/png", "data": image}
        picture = {"type": "image", "source": source, "cache_control": MARK}
        result = {"type": "tool_result", "tool_use_id": "t", "content": "seen"}
        messages = [
            {"role": "user", "content": "Look."},
            {"role": "assistant", "content": [used]},
            {"role": "user", "content": [result, picture]},
        ]
        return api.send({"messages": messages})[0]

    assert ask({"a": 1, "b": 2}, "AAAA") == 0
    assert ask({"a": 1, "b": 2}, "AAAA") > 0
    assert ask({"b": 2, "a": 1}, "AAAA") == 0  # "stable ordering" of the keys
    assert ask({"a": 1, "b": 2}, "AAAB") == 0
    # A key of this name is a mark only where marks are.
    assert ask({"a": 1, "cache_control": MARK}, "AAAA") == 0
    assert ask({"a": 1, "cache_control": HOUR}, "AAAA") == 0


def test_marks_and_spelling_are_no_part_of_a_prompt(api: Api) -> None:
    inner = [{"type": "text", "text": "seen"}]
    result = {"type": "tool_result", "tool_use_id": "t", "content": inner}
    used = {"type": "tool_use", "id": "t", "name": "look", "input": {}}

    def ask(first: Any, *rest: Any, mark: bool) -> tuple[int, int, int, int]:
        marked = {"cache_control": MARK} if mark else {}
        content = [{**result, "content": [{**inner[0], **marked}], "cache_control": MARK}]
        messages = [
            {"role": "user", "content": first},
            *rest,
            {"role": "assistant", "content": [{**used, **marked}]},
            {"role": "user", "content": content},
        ]
        system = [{"type": "text", "text": "Be brief.", **marked}]
        tools = [tool("look", **marked)]
        return api.send({"tools": tools, "system": system, "messages": messages})

    written = ask("Hi.", mark=False)[1]
    texts = [{"type": "text", "text": "Hi."}]
    assert ask("Hi.", mark=True) == ask(texts, mark=True) == (written, 0, 0, 0)
    assert ask([*texts, *texts], mark=False)[0] == 0
    more = ask([*texts, *texts], mark=False)
    # Two messages of one role are one turn.
    assert ask("Hi.", {"role": "user", "content": "Hi."}, mark=False) == more


def test_thinking_is_cached_with_what_comes_after_it(api: Api) -> None:
    """ "Example with tool use", for models that keep thinking and for older ones."""

    def three(model: str) -> list[tuple[int, int, int, int]]:
        thought = {"type": "thinking", "thinking": "t" * 360, "signature": "s"}
        used = {"type": "tool_use", "id": "t", "name": "weather", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "t", "cache_control": MARK}
        first = {"role": "user", "content": "What's the weather in Paris?"}
        second = [
            first,
            {"role": "assistant", "content": [thought, used]},
            {"role": "user", "content": [result]},
        ]
        said = {"type": "text", "text": "And in Rome?", "cache_control": MARK}
        answer = {"role": "assistant", "content": [thought, {"type": "text", "text": "Fine."}]}
        third = [*second, answer, {"role": "user", "content": [said]}]
        return [api.send({"model": model, "messages": messages}) for messages in (second, third)]

    (_, written, _, _), (read, _, _, _) = three("tiny")
    assert read == written > 100
    (_, written, _, _), (read, stripped, _, _) = three("old")
    assert (read, written > 100) == (0, True)
    assert stripped < written


# --- automatic caching ---------------------------------------------------------------------------


def test_automatic_caching_follows_the_conversation(api: Api) -> None:
    """ "How automatic caching works in multi-turn conversations"."""
    turns = [
        {"role": "user", "content": "My name is Alex. I work on machine learning."},
        {"role": "assistant", "content": "Nice to meet you, Alex!"},
        {"role": "user", "content": "What did I say I work on?"},
        {"role": "assistant", "content": "Machine learning."},
        {"role": "user", "content": "Thanks."},
    ]
    system = "You are a helpful assistant that remembers our conversation."
    cached = 0
    for count in (1, 3, 5):
        body = {"cache_control": MARK, "system": system, "messages": turns[:count]}
        read, written, _, rest = api.send(body)
        assert (read, rest) == (cached, 0)
        assert written > 0
        cached += written


def test_automatic_caching_for_an_hour(api: Api) -> None:
    assert api.send({"cache_control": HOUR, **blocks([70], {})}) == (0, 0, 70, 0)


def test_automatic_caching_beside_a_mark(api: Api) -> None:
    """ "Combining with block-level caching", and the first of "Edge cases"."""
    body = {**with_system(40, 30), "cache_control": MARK}
    assert api.send(body) == (0, 70, 0, 0)
    assert api.send(with_system(40, 31)) == (40, 0, 0, 31)
    once = blocks([50, 50], {2: MARK})
    assert api.send({**once, "cache_control": MARK}, workspace="b") == MISS
    assert len(api.emulator.entries) == 3


def test_automatic_caching_walks_back_to_a_block_that_can_be_marked(api: Api) -> None:
    thought = {"type": "thinking", "thinking": "t" * 99, "signature": "s"}
    asked = {"role": "user", "content": "Hi."}
    body = {
        "cache_control": MARK,
        "messages": [asked, {"role": "assistant", "content": [thought]}],
    }
    read, written, _, rest = api.send(body)
    assert (read, OPENING < written < OPENING + 5, rest > 20) == (0, True, True)
    assert api.send({"cache_control": MARK, "messages": [asked]})[0] == written


def test_automatic_caching_with_nothing_to_mark_is_skipped(api: Api) -> None:
    thought = {"type": "thinking", "thinking": "t" * 99, "signature": "s"}
    body = {"cache_control": MARK, "messages": [{"role": "assistant", "content": [thought]}]}
    for _ in range(2):
        assert api.send(body)[:3] == (0, 0, 0)


# --- "What invalidates the cache" ----------------------------------------------------------------

SYSTEM = "s" * 360
BASE: dict[str, Any] = {
    "tools": [tool("look"), tool("find", cache_control=MARK)],
    "system": [{"type": "text", "text": SYSTEM, "cache_control": MARK}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "m" * 360, "cache_control": MARK}]}
    ],
}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
DOCUMENT = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "d"},
}
CITED = {**DOCUMENT, "citations": {"enabled": True}}


def then(*more: Any) -> dict[str, Any]:
    """Return the messages with more blocks after those that are cached."""
    return {"messages": [*BASE["messages"], {"role": "user", "content": list(more)}]}


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "messages"),
    "tool definitions": ({"tools": [tool("look"), tool("search", cache_control=MARK)]}, ""),
    "the order of tools": ({"tools": [BASE["tools"][1], BASE["tools"][0]]}, ""),
    "model": ({"model": "other"}, ""),
    "web search": (
        {"tools": [*BASE["tools"], {"type": "web_search_20260318", "name": "web_search"}]},
        "tools",
    ),
    "web fetch": (
        {"tools": [{"type": "web_fetch_20260318", "name": "web_fetch"}, *BASE["tools"]]},
        "tools",
    ),
    "citations": (then(CITED), "tools"),
    "a document without": (then(DOCUMENT), "messages"),
    "speed": ({"speed": "fast"}, "tools"),
    "speed, as it is": ({"speed": "standard"}, "messages"),
    "output format": (
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
        "tools",
    ),
    "system": ({"system": "Be brief."}, "tools"),
    "tool choice": ({"tool_choice": {"type": "any"}}, "system"),
    "tool choice, as it is": ({"tool_choice": {"type": "auto"}}, "messages"),
    "parallel tool use": (
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        "system",
    ),
    "an image": (then(IMAGE), "system"),
    "an image in a result": (
        then({"type": "tool_result", "tool_use_id": "t", "content": [IMAGE]}),
        "system",
    ),
    "thinking": ({"thinking": {"type": "adaptive"}}, "system"),
    "thinking, as it is": ({"thinking": {"type": "disabled"}}, "messages"),
    "effort": ({"output_config": {"effort": "low"}}, "system"),
    "effort, as it is": ({"output_config": {"effort": "high"}}, "messages"),
    "a deferred tool": ({"tools": [*BASE["tools"], tool("late", defer_loading=True)]}, "messages"),
    "what is not the prompt": ({"max_tokens": 99, "stop_sequences": ["x"]}, "messages"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_loses_its_level_and_those_after_it(api: Api, change: str) -> None:
    changed, kept = CHANGES[change]
    api.send(BASE)
    upto: dict[str, dict[str, Any]]
    upto = {"tools": {"system": [], "messages": []}, "system": {"messages": []}, "messages": {}}
    read = sum(api.open({**BASE, **upto[kept]}).cache) if kept else 0
    assert api.open({**BASE, **changed}).cache.read == read


@pytest.mark.parametrize(
    "changed", [{"thinking": {"type": "adaptive"}}, {"output_config": {"effort": "low"}}]
)
def test_models_with_thinking_before_the_tools_lose_all(api: Api, changed: dict[str, Any]) -> None:
    body = {**BASE, "model": "first"}
    api.send(body)
    assert api.send({**body, **changed})[0] == 0


def test_the_budget_of_thinking_counts(api: Api) -> None:
    def thinking(budget: int) -> dict[str, Any]:
        return {**SAID, "thinking": {"type": "enabled", "budget_tokens": budget}}

    reads = [api.send(thinking(budget))[0] > 0 for budget in (1024, 1024, 2048)]
    assert reads == [False, True, False]


def test_a_demanded_tool_adds_its_prompt_to_the_messages(api: Api) -> None:
    prompt = MODELS["other"].tool_prompt
    auto = {**BASE, "model": "other"}
    forced = {**auto, "tool_choice": {"type": "any"}}
    kept = api.send(auto)
    read, written, _, _ = api.send(forced)
    assert read + written - kept[1] == prompt.any_tool - prompt.auto_none
    assert read == sum(api.open({**auto, "messages": []}).cache)


# --- pre-warming ---------------------------------------------------------------------------------


def test_a_request_for_no_tokens_warms_the_cache(api: Api) -> None:
    """ "Pre-warming the cache": 5,120 tokens written, 8 of the placeholder."""
    warm = {**with_system(5_120, 8), "max_tokens": 0}
    message = api.message(warm)
    assert (message.content, message.stop_reason) == ([], "max_tokens")
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens) == (8, 0)
    assert (usage.cache_creation_input_tokens, usage.cache_read_input_tokens) == (5_120, 0)
    assert usage.cache_creation is not None
    assert usage.cache_creation.ephemeral_5m_input_tokens == 5_120
    assert api.send(with_system(5_120, 77)) == (5_120, 0, 0, 77)


# --- bounds --------------------------------------------------------------------------------------


def test_what_has_expired_leaves(api: Api) -> None:
    for number in range(30):
        api.send(SAID, workspace=str(number))
    api.send(LONG, workspace="long")
    assert len(api.emulator.entries) == 31
    api.clock.minutes(5)
    api.send(SAID)
    assert len(api.emulator.entries) == 2
    api.clock.minutes(55)
    api.open(SAID)
    assert len(api.emulator.entries) == 0


def test_of_too_many_entries_those_go_that_would_expire_first() -> None:
    entries = Entries(limit=4)
    entries.write([Entry(b"hour", "1h"), Entry(b"a", "5m"), Entry(b"b", "5m")], 0)
    entries.refresh([b"a"], 10)
    entries.write([Entry(b"c", "5m"), Entry(b"d", "5m")], 20)
    assert len(entries) == 4
    assert [entries.first([name], 20) for name in (b"hour", b"a", b"b", b"c", b"d")] == [
        b"hour",
        b"a",
        None,
        b"c",
        b"d",
    ]


def test_an_hour_that_is_nearly_over_goes_before_five_minutes() -> None:
    entries = Entries(limit=2)
    entries.write([Entry(b"hour", "1h")], 0)
    entries.write([Entry(b"a", "5m"), Entry(b"b", "5m")], 3_400)
    found = [entries.first([name], 3_500) for name in (b"hour", b"a", b"b")]
    assert found == [None, b"a", b"b"]


def test_threads_share_entries_and_keep_the_bound() -> None:
    entries = Entries(limit=20)

    def work(number: int) -> int:
        name = b"%d" % (number % 40)
        entries.write([Entry(name, "1h" if number % 2 else "5m")], number)
        entries.refresh([name], number)
        found = entries.first([b"none", name], number)
        assert found in {None, name}
        return len(entries)

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(work, range(4_000))) <= 21  # a write may be on its way
    assert len(entries) <= 20


def test_a_late_write_of_an_early_request_shortens_nothing() -> None:
    entries = Entries()
    entries.write([Entry(b"a", "5m")], 100)
    entries.write([Entry(b"a", "5m")], 50)
    assert entries.first([b"a"], 399) == b"a"
    assert entries.first([b"a"], 400) is None
