"""The conformance kit passes a right server, and catches servers that are wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import rookery
from rookery.errors import AuthenticationError, ConnectionFailedError, NotFoundError
from rookery.providers.offline.provider import OfflineProvider
from rookery.server.local import LocalServer
from rookery.testing import conformance, provider_server, scripted_server
from rookery.testing.conformance import SECTIONS, Result, Target
from rookery.testing.conformance import report as reports
from rookery.wire.versions import V2023, V2026
from tests.testing import mutants
from tests.testing.mutants import Exchange, Mutation, answers, events, headers, refusals, replies

HAIKU = "claude-haiku-4-5"
OPUS = "claude-opus-5-5"
CITED = {
    "type": "char_location",
    "cited_text": "The tower of Vardo is 31 metres high.",
    "document_index": 0,
    "document_title": "The tower",
    "start_char_index": 0,
    "end_char_index": 37,
}
"""A citation of the document that the kit sends."""


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with provider_server(OfflineProvider()) as running:
        yield running


def only(name: str, url: str, key: str, model: str = HAIKU) -> Result:
    """Run one check."""
    section, _, check = name.partition(".")
    [one] = [one for one in conformance.chosen([section]) if one.name == check]
    return reports.run(Target(url, key, model), [one]).results[0]


@pytest.mark.parametrize(("model", "version"), [(HAIKU, V2023), (HAIKU, V2026), (OPUS, V2026)])
def test_the_offline_engine_passes(server: LocalServer, model: str, version: str) -> None:
    heard: list[Result] = []
    report = conformance.run(
        server.url, server.key, model=model, version=version, tell=heard.append
    )
    assert [(one.check.name, one.seen) for one in report.failed] == []
    assert heard == report.results
    assert list(report.counts()) == list(SECTIONS)
    skipped = {one.check.name for one in report.results if one.outcome == "skipped"}
    assert skipped - LARGE <= MAY_BE_SKIPPED


MAY_BE_SKIPPED = {
    "rate_limit_headers",  # no limits are configured
    "sampling_before",  # Opus 5.5 has no sampling
    "changed_tool_choice",  # nor can it be forced to call a tool
    "citations_of_a_document",  # the engine cites nothing
    "a_search_result",
    "thinking_comes_first",  # nor does it think
    "thinking_is_counted",
    "thinking_is_left_out",
}


LARGE = {
    "a_body_that_is_too_large",
    "image_bytes",
    "messages_too_many",
    "too_many_digits",
    "too_many_values",
}
"""What sends more than 1 MB."""


def test_a_section_costs_no_more_than_it_says(server: LocalServer) -> None:
    for name, section in SECTIONS.items():
        report = conformance.run(server.url, server.key, only=[name])
        traffic = report.target.traffic
        assert traffic.requests <= section.requests + 1, name  # and that of the preflight
        assert traffic.input_tokens + traffic.output_tokens <= section.tokens + 100, name
        assert traffic.requests > section.requests // 3, name


def test_large_bodies_are_sent_on_request(server: LocalServer) -> None:
    target = Target(server.url, server.key, HAIKU, large=True)
    checks = [one for one in conformance.CHECKS if one.name in LARGE]
    assert {one.outcome for one in reports.run(target, checks).results} == {"passed"}


def test_each_check_has_a_claim_and_a_source() -> None:
    assert all(one.claim and one.source for one in conformance.CHECKS)
    names = [(one.section, one.name) for one in conformance.CHECKS]
    assert len(set(names)) == len(names)


class Mutant(NamedTuple):
    """A check, and a server that it must not pass."""

    check: str
    mutation: Mutation
    model: str = HAIKU


def _set(name: str, value: Any) -> Mutation:
    return replies(lambda message, _: message.update({name: value}))


def _usage(**values: Any) -> Mutation:
    return replies(lambda message, _: message["usage"].update(values))


def _drop_usage(name: str) -> Mutation:
    return replies(lambda message, _: message["usage"].pop(name, None) and None)


def _says(text: str) -> Mutation:
    """Put words behind each text."""

    def change(message: dict[str, Any], _: dict[str, Any]) -> None:
        for block in message["content"]:
            if block["type"] == "text":
                block["text"] += text

    return replies(change)


def _data_only(seen: Exchange) -> Exchange:
    lines = [line for line in seen.data.splitlines(True) if not line.startswith(b"event:")]
    return seen._replace(data=b"".join(lines)) if b"event: message_start" in seen.data else seen


def _to(kind: str, **values: Any) -> Mutation:
    return events(lambda event, _: event.update(values) if event["type"] == kind else None)


def _usage_of_start(**values: Any) -> Mutation:
    def change(event: dict[str, Any], _: dict[str, Any]) -> None:
        if event["type"] == "message_start":
            event["message"]["usage"].update(values)

    return events(change)


def _nothing_cached(message: dict[str, Any], _: dict[str, Any]) -> None:
    usage = message["usage"]
    usage["input_tokens"] += usage["cache_creation_input_tokens"]
    usage.update(cache_creation_input_tokens=0, cache_read_input_tokens=0)


def _all_read(message: dict[str, Any], _: dict[str, Any]) -> None:
    usage = message["usage"]
    usage["cache_read_input_tokens"] += usage["input_tokens"]


def _has(*names: str) -> Mutation:
    """Take what has these fields, whatever it is refused for."""
    return mutants.accepts(lambda seen: any(name in (seen.body or {}) for name in names))


def _two_calls(message: dict[str, Any], _: dict[str, Any]) -> None:
    calls = [block for block in message["content"] if block["type"] == "tool_use"]
    message["content"] += [{**call, "id": "toolu_2"} for call in calls]


def _call(message: dict[str, Any], _: dict[str, Any]) -> None:
    message["content"].append({"type": "tool_use", "id": "toolu_1", "name": "x", "input": {}})


def _text_call(message: dict[str, Any], _: dict[str, Any]) -> None:
    message["content"] = [{"type": "text", "text": "get_weather(Oslo)"}]


def _reversed(answer: dict[str, Any], _: dict[str, Any]) -> None:
    answer["data"].reverse()


def _page(**values: Any) -> Mutation:
    return answers(lambda answer, _: answer.update(values), "/v1/models")


def _count(change: float) -> Mutation:
    def mutate(answer: dict[str, Any], _: dict[str, Any]) -> None:
        answer["input_tokens"] = int(answer["input_tokens"] * change)

    return answers(mutate, "count_tokens")


def _blind(answer: dict[str, Any], body: dict[str, Any]) -> None:
    if "image" in json.dumps(body):
        answer["input_tokens"] -= 50


def _forgetful(message: dict[str, Any], body: dict[str, Any]) -> None:
    if (body.get("thread") or {}).get("type") == "continue":
        message["usage"]["input_tokens"] = 5


MUTANTS = [
    Mutant("transport.no_key", refusals(type="invalid_request_error")),
    Mutant("transport.no_key", refusals(status=403)),
    Mutant("transport.a_wrong_key", mutants.accepts(lambda seen: seen.status == 401)),
    Mutant("transport.a_request_id_on_success", headers(request_id="req_always_the_same")),
    Mutant("transport.an_unknown_path", headers(request_id="req_other")),
    Mutant("transport.an_unknown_path", refusals(message="")),
    Mutant("transport.an_organization_id", headers(anthropic_organization_id="")),
    Mutant(
        "transport.rate_limit_headers",
        headers(
            anthropic_ratelimit_requests_limit="50",
            anthropic_ratelimit_requests_remaining="49",
            anthropic_ratelimit_requests_reset="in a minute",
        ),
    ),
    Mutant("transport.answers_are_json", headers(content_type="text/html")),
    Mutant("transport.a_body_that_is_not_json", refusals(status=500)),
    Mutant("transport.head_and_options", mutants.accepts(lambda s: s.method == "HEAD", 500)),
    Mutant("transport.a_gzip_body", mutants.accepts(lambda s: "content-encoding" in s.asked, 400)),
    Mutant("messages.the_shape_of_a_message", _set("id", "chatcmpl-1")),
    Mutant("messages.the_shape_of_a_message", _set("stop_reason", "stop")),
    Mutant("messages.the_shape_of_a_message", replies(lambda m, _: m.pop("stop_sequence"))),
    Mutant("messages.ids_differ", _set("id", "msg_always_the_same")),
    Mutant("messages.the_shape_of_usage", _usage(input_tokens=0)),
    Mutant("messages.the_shape_of_usage", _drop_usage("cache_read_input_tokens")),
    Mutant("messages.the_rest_of_usage", _drop_usage("cache_creation")),
    Mutant("messages.max_tokens_cuts", _set("stop_reason", "end_turn")),
    Mutant("messages.no_output_at_all", _set("content", [{"type": "text", "text": ""}])),
    Mutant("messages.a_stop_sequence", _says(" charlie")),
    Mutant("messages.a_stop_sequence", _set("stop_sequence", None)),
    Mutant("messages.a_system_prompt", _usage(input_tokens=9)),
    Mutant("messages.a_prefill", mutants.accepts(lambda s: s.status == 400), OPUS),
    Mutant("messages.an_unknown_field", _has("no_such_field")),
    Mutant("messages.an_unknown_model", refusals(type="invalid_request_error", status=400)),
    Mutant("messages.a_missing_field", refusals(message="bad request")),
    Mutant("versions.sampling_since_2026", _has("temperature", "top_p", "top_k")),
    Mutant("versions.both_are_served", mutants.accepts(lambda s: V2023 in s.asked.values(), 400)),
    Mutant("versions.no_other_is_served", mutants.accepts(lambda s: s.status == 400)),
    Mutant("streams.the_grammar", _data_only),
    Mutant("streams.the_grammar", mutants.streams(lambda found, _: found[:-1])),
    Mutant("streams.the_grammar", mutants.streams(lambda found, _: [*found, found[-1]])),
    Mutant("streams.the_grammar", mutants.streams(lambda found, _: found[1:])),
    Mutant("streams.the_grammar", _to("content_block_delta", index=1)),
    Mutant("streams.the_grammar", _to("content_block_delta", delta={"type": "thinking_delta"})),
    Mutant("streams.the_grammar", _to("message_delta", delta={})),
    Mutant("streams.the_grammar", _to("message_delta", usage={})),
    Mutant("streams.the_grammar", _usage_of_start(input_tokens=None)),
    Mutant("streams.the_content_type", headers(cache_control="")),
    Mutant("streams.the_message_at_the_start", events(lambda e, _: e.pop("message", {}).clear())),
    Mutant("streams.the_message_at_the_start", _usage_of_start(cache_read_input_tokens=None)),
    Mutant("streams.input_tokens_at_the_start", _usage_of_start(input_tokens=0)),
    Mutant("streams.a_refusal_is_plain_json", mutants.accepts(lambda s: s.status == 400)),
    Mutant("tools.a_call", replies(_text_call)),
    Mutant("tools.a_call", _set("stop_reason", "end_turn")),
    Mutant("tools.no_tool", replies(_call)),
    Mutant("tools.one_call_at_a_time", replies(_two_calls)),
    Mutant("tools.a_call_without_its_result", mutants.accepts(lambda s: s.status == 400)),
    Mutant("tools.a_streamed_call", _to("content_block_start", content_block={"type": "text"})),
    Mutant("tools.tools_cost_input_tokens", _usage(input_tokens=20)),
    Mutant("tools.any_tool", mutants.accepts(lambda s: s.status == 400), OPUS),
    Mutant("thinking.a_budget_below_the_least", mutants.accepts(lambda s: s.status == 400)),
    Mutant("thinking.modes_by_model", mutants.accepts(lambda s: s.status == 400)),
    Mutant("thinking.effort_by_model", mutants.accepts(lambda s: s.status == 400)),
    Mutant("thinking.structured_output", _says("!")),
    Mutant("counting.the_count_is_what_is_used", _count(2)),
    Mutant("counting.tools_and_system_count", _count(0.5)),
    Mutant("counting.max_tokens_is_no_part_of_it", mutants.accepts(lambda s: s.status == 400)),
    Mutant("media.images_by_formula", answers(_blind, "count_tokens")),
    Mutant("media.an_image_that_is_none", mutants.accepts(lambda s: s.status == 400)),
    Mutant("media.a_pdf", _usage(input_tokens=30)),
    Mutant("caching.written_then_read", replies(_nothing_cached)),
    Mutant("caching.a_changed_prefix_is_not_read", replies(_all_read)),
    Mutant("caching.too_short_is_no_error", replies(_all_read)),
    Mutant("caching.the_split_by_time_to_live", _usage(cache_creation={})),
    Mutant("caching.five_marks", refusals(message="too many")),
    Mutant("caching.a_stream_says_it_at_the_start", _usage_of_start(cache_creation_input_tokens=0)),
    Mutant("caching.a_diagnosis", _set("diagnostics", None)),
    Mutant("threads.the_conversation_is_kept", replies(_forgetful)),
    Mutant("threads.an_unknown_message", mutants.accepts(lambda s: s.status == 404)),
    Mutant("threads.without_the_beta", _has("thread")),
    Mutant("models.the_list", _page(last_id="other")),
    Mutant("models.newest_first", answers(_reversed, "/v1/models?limit=1000")),
    Mutant("models.pages_make_up_the_list", _page(has_more=False)),
    Mutant("refusals.tool_names", mutants.accepts(lambda s: s.status == 400)),
    Mutant("refusals.tool_names", refusals(message="Tool names must differ.")),
    Mutant("refusals.max_tokens", refusals(type="api_error")),
    Mutant("refusals.model_not_found", refusals(status=400)),
    Mutant("refusals.image_side", refusals(details={"error_code": "other"})),
    Mutant("refusals.thread_already_continued", refusals(details={})),
    Mutant("models.no_such_model", mutants.accepts(lambda s: s.status == 404)),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.check)
def test_a_wrong_server_is_caught(server: LocalServer, mutant: Mutant) -> None:
    assert only(mutant.check, server.url, server.key, mutant.model).outcome == "passed" or (
        mutant.check == "transport.rate_limit_headers"
    )
    with mutants.proxy(server.url, mutant.mutation) as url:
        result = only(mutant.check, url, server.key, mutant.model)
    assert result.outcome == "failed"
    assert result.seen
    assert "could not be read" not in result.seen


def test_a_proxy_that_changes_nothing_passes(server: LocalServer) -> None:
    with mutants.proxy(server.url, lambda seen: seen) as url:
        report = conformance.run(url, server.key, only=["messages", "streams", "threads"])
    assert report.failed == []


def test_each_section_has_a_mutant() -> None:
    assert {mutant.check.partition(".")[0] for mutant in MUTANTS} == set(SECTIONS)
    assert len(MUTANTS) > 70


@pytest.mark.parametrize(
    ("citation", "outcome"),
    [
        (CITED, "passed"),
        ({**CITED, "end_char_index": 36}, "failed"),
        ({**CITED, "document_index": 1}, "failed"),
        ({**CITED, "type": "page_location"}, "failed"),
    ],
)
def test_citations_are_looked_up(citation: dict[str, Any], outcome: str) -> None:
    block = {"type": "text", "text": "31 metres", "citations": [citation]}
    with scripted_server({"content": [block]}) as server:
        name = "media.citations_of_a_document"
        assert only(name, server.url, server.key).outcome == outcome


def test_words_that_nobody_gave_are_not_compared(server: LocalServer) -> None:
    other = refusals(message="In other words.")
    with mutants.proxy(server.url, other) as url:
        assert only("refusals.citations_mixed", url, server.key).outcome == "passed"


def test_a_server_without_the_models_of_the_cases_is_not_judged(server: LocalServer) -> None:
    def none(seen: Exchange) -> Exchange:
        error = {"type": "not_found_error", "message": f"model: {(seen.body or {}).get('model')}"}
        return seen._replace(status=404, data=json.dumps({"error": error}).encode())

    with mutants.proxy(server.url, none) as url:
        result = only("refusals.tool_names", url, server.key)
    assert (result.outcome, result.seen) == (
        "skipped",
        "the server does not serve claude-haiku-4-5",
    )


@pytest.mark.parametrize(("wait", "requests"), [("0", 4), ("3600", 1), ("", 1)])
def test_a_busy_server_is_asked_again(server: LocalServer, wait: str, requests: int) -> None:
    busy = mutants.accepts(lambda _: True, 529)
    told = headers(retry_after=wait)
    with mutants.proxy(server.url, lambda seen: told(busy(seen))) as url:
        target = Target(url, server.key, HAIKU)
        assert target.create().status == 529
    assert target.traffic.requests == requests


# --- before the first check ------------------------------------------------------------------


def test_a_wrong_key_ends_the_run(server: LocalServer) -> None:
    with pytest.raises(AuthenticationError, match="refuses the key: invalid x-api-key"):
        conformance.run(server.url, "sk-secret")
    with pytest.raises(AuthenticationError, match="a key is needed"):
        conformance.run(server.url, "")


def test_an_unknown_model_ends_the_run(server: LocalServer) -> None:
    with pytest.raises(NotFoundError, match="does not serve gpt; see --model"):
        conformance.run(server.url, server.key, model="gpt")


def test_another_kind_of_server_ends_the_run(server: LocalServer) -> None:
    with pytest.raises(NotFoundError, match="is this the base URL"):
        conformance.run(f"{server.url}/elsewhere", server.key)
    broken = mutants.accepts(lambda _: True, 503)
    with (
        mutants.proxy(server.url, broken) as url,
        pytest.raises(ConnectionFailedError, match="answers POST /v1/messages with 503"),
    ):
        conformance.run(url, server.key)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8420", "ftp://x", "http://", "file:///etc"])
def test_what_is_no_address_ends_the_run(url: str) -> None:
    with pytest.raises(ConnectionFailedError, match="is no address such as"):
        conformance.run(url, "sk-x")


def test_nobody_there_ends_the_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectionFailedError, match="does not answer"):
        conformance.run(f"http://127.0.0.1:{port}", "sk-x")


def test_addresses_may_end_as_clients_write_them(server: LocalServer) -> None:
    for url in (f"{server.url}/", f"{server.url}/v1", f"{server.url}/v1/"):
        assert Target(url, server.key, HAIKU).create().status == 200
    secret = Target(server.url.replace("//", "//user:secret@"), server.key, HAIKU)
    assert secret.url == server.url


# --- the command -----------------------------------------------------------------------------


def command(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rookery", "conformance", *arguments],
        cwd=home,
        env={"HOME": str(home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_reports(server: LocalServer, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    arguments = (server.url, "--key", server.key, "--section", "models", "--report", str(report))
    done = command(*arguments, home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "checks passed" in done.stdout
    written = json.loads(report.read_text())
    assert written["kit"] == rookery.__version__
    assert written["url"] == server.url
    assert (written["model"], written["version"]) == (HAIKU, V2026)
    assert written["sections"]["models"]["failed"] == 0
    assert written["cost"]["requests"] > len(written["results"])
    assert set(written["results"][0]) == {
        "section",
        "check",
        "claim",
        "source",
        "outcome",
        "seen",
    }
    assert server.key not in report.read_text() + done.stdout


def test_the_command_fails_with_a_check(server: LocalServer, tmp_path: Path) -> None:
    wrong = answers(lambda answer, _: answer.update(last_id=server.key), "/v1/models")
    with mutants.proxy(server.url, wrong) as url:
        done = command(url, "--key", server.key, "--section", "models", home=tmp_path)
    assert done.returncode == 1
    assert "FAILED models.the_list" in done.stdout
    assert server.key not in done.stdout + done.stderr  # the server echoed it


def test_the_command_has_no_verdict_without_a_server(server: LocalServer, tmp_path: Path) -> None:
    done = command(server.url, "--key", "sk-secret", home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "sk-secret" not in done.stdout + done.stderr
    assert command(server.url, "--section", "nothing", home=tmp_path).returncode == 2
    assert command(home=tmp_path).returncode == 2


def test_the_command_lists_what_it_would_check(tmp_path: Path) -> None:
    done = command("--list", home=tmp_path)
    assert done.returncode == 0
    assert all(one.name in done.stdout for one in conformance.CHECKS)
    some = command("--list", "--section", "models", home=tmp_path)
    assert "models" in some.stdout
    assert "transport" not in some.stdout
