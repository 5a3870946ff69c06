"""Models by id, alias and day, and what each row says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from rookery.catalog.lookup import Catalog
from rookery.errors import UnknownModelError


@pytest.mark.parametrize(
    ("alias", "model"),
    [
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("claude-opus-4-5", "claude-opus-4-5-20251101"),
        # the seed document's ids
        ("claude-sonnet-4-20250514", "claude-sonnet-4-6"),
        ("claude-haiku-4-20250514", "claude-haiku-4-5-20251001"),
        ("claude-opus-4-20250514", "claude-opus-4-6"),
    ],
)
def test_an_alias_is_its_model(catalog: Catalog, alias: str, model: str) -> None:
    assert catalog.get(alias) is catalog.get(model)
    assert catalog.get(alias).id == model
    assert alias in catalog.get(model).aliases


def test_an_unknown_model_is_named_in_the_error(catalog: Catalog) -> None:
    assert catalog.find("gpt-17") is None
    with pytest.raises(UnknownModelError, match="gpt-17"):
        catalog.get("gpt-17")


def test_the_builtin_catalog_is_read_once() -> None:
    assert Catalog.builtin() is Catalog.builtin()


@pytest.mark.parametrize(
    ("model", "day", "state"),
    [
        ("claude-sonnet-4-5", date(2026, 9, 30), "active"),
        ("claude-sonnet-4-5", date(2026, 11, 29), "deprecated"),
        ("claude-sonnet-4-5", date(2026, 11, 30), "retired"),
        ("claude-mythos-preview", date(2026, 6, 30), "retired"),
        ("claude-sonnet-4-0", date(2026, 6, 15), "retired"),
        ("claude-opus-5-5", date(2030, 1, 1), "active"),
    ],
)
def test_the_lifecycle_follows_from_the_day(
    catalog: Catalog, model: str, day: date, state: str
) -> None:
    assert catalog.get(model).lifecycle(day) == state


def test_the_day_of_a_time_is_its_day_in_utc(catalog: Catalog) -> None:
    sonnet = catalog.get("claude-sonnet-4-5")
    midnight_in_tokyo = datetime(2026, 11, 30, tzinfo=timezone(timedelta(hours=9)))
    assert sonnet.lifecycle(midnight_in_tokyo) == "deprecated"
    assert sonnet.lifecycle(datetime(2026, 11, 30, tzinfo=UTC)) == "retired"


def test_retired_models_are_listed_only_on_request(catalog: Catalog, today: datetime) -> None:
    available = {model.id for model in catalog.models(today)}
    retired = {model.id for model in catalog.models(today, lifecycle=frozenset(["retired"]))}
    assert retired == {
        "claude-mythos-preview",
        "claude-opus-4-1-20250805",
        "claude-opus-4-0",
        "claude-sonnet-4-0",
        "claude-3-7-sonnet-20250219",
    }
    assert available.isdisjoint(retired)
    assert {model.id for model in catalog.models()} == available | retired


def test_models_are_listed_newest_first(catalog: Catalog, today: datetime) -> None:
    listed = catalog.models(today)
    assert [model.created_at for model in listed] == sorted(
        (model.created_at for model in listed), reverse=True
    )
    assert listed[0].id == "claude-fable-5-2"


def test_the_limits_of_the_4_5_models_are_smaller(catalog: Catalog, today: datetime) -> None:
    small = {"claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"}
    for model in catalog.models(today):
        limits = (model.max_input_tokens, model.max_tokens)
        expected = (200_000, 64_000) if small & set(model.aliases) else (1_000_000, 128_000)
        assert limits == expected, model.id


def test_the_shortest_cached_prefix_of_each_model(catalog: Catalog) -> None:
    # the sheet of wire facts, section 4
    for minimum, names in {
        512: "opus-5 fable-5 mythos-5",
        1024: "opus-4-8 sonnet-5 sonnet-4-6 sonnet-4-5",
        2048: "opus-4-7",
        4096: "opus-4-6 opus-4-5 haiku-4-5",
    }.items():
        for name in names.split():
            assert catalog.get(f"claude-{name}").cache_minimum == minimum, name


@pytest.mark.parametrize(
    ("name", "auto_none", "any_tool"),
    [  # the sheet of wire facts, section 5
        ("opus-5", 286, 406),
        ("opus-4-8", 290, 410),
        ("opus-4-7", 675, 804),
        ("opus-4-6", 497, 589),
        ("sonnet-4-6", 497, 589),
        ("opus-4-5", 496, 588),
        ("sonnet-4-5", 496, 588),
        ("haiku-4-5", 496, 588),
        ("sonnet-5", 354, 474),
    ],
)
def test_the_tokens_that_tools_add(
    catalog: Catalog, name: str, auto_none: int, any_tool: int
) -> None:
    prompt = catalog.get(f"claude-{name}").tool_prompt
    assert (prompt.auto_none, prompt.any_tool) == (auto_none, any_tool)


def test_the_newer_tokenizer_goes_with_larger_images_and_dearer_bash(catalog: Catalog) -> None:
    for name, factor, edge, image, bash in [
        ("claude-opus-4-7", 1.4, 2576, 4784, 325),
        ("claude-haiku-5-5", 1.4, 2576, 4784, 325),
        ("claude-opus-4-6", 1.0, 1568, 1568, 244),
        ("claude-haiku-4-5", 1.0, 1568, 1568, 244),
    ]:
        model = catalog.get(name)
        assert model.image_tier is not None
        assert (model.image_tier.long_edge, model.image_tier.max_tokens) == (edge, image)
        assert (model.tokenizer.factor, model.typed_tools["bash"]) == (factor, bash)


def test_thinking_cannot_be_turned_off_on_fable_mythos_and_opus_5_5(
    catalog: Catalog, today: datetime
) -> None:
    ways_off = {"disabled", "between_tools"}
    always = {m.id for m in catalog.models(today) if ways_off.isdisjoint(m.thinking.types)}
    assert always == {
        model.id
        for model in catalog.models(today)
        if model.line in {"fable", "mythos"} or model.id == "claude-opus-5-5"
    }


def test_forced_tool_choice_is_refused_by_the_newest_large_models_and_mythos(
    catalog: Catalog,
) -> None:
    assert {model.id for model in catalog.models() if not model.forced_tool_choice} == {
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-fable-5-1",
        "claude-fable-5-2",
        "claude-mythos-5-1",
        "claude-mythos-5-2",
        "claude-mythos-preview",
    }


def test_a_default_is_one_of_the_values_a_model_takes(catalog: Catalog) -> None:
    for model in catalog.models():
        assert model.thinking.default in model.thinking.types
        assert model.effort.default in (model.effort.levels or (None,))
        ceiling = model.thinking.disabled_max_effort
        assert ceiling is None or ceiling in model.effort.levels


def test_the_capabilities_tree_is_the_one_of_the_models_endpoint(catalog: Catalog) -> None:
    tree = catalog.get("claude-sonnet-5-5").capabilities
    yes, no = {"supported": True}, {"supported": False}
    assert tree["thinking"] == {
        "supported": True,
        "types": {"adaptive": yes, "between_tools": yes, "disabled": no, "enabled": no},
    }
    assert tree["effort"] == {
        "supported": True, "low": yes, "medium": yes, "high": yes, "xhigh": yes, "max": yes,
    }  # fmt: skip
    assert tree["context_management"]["compact_20260112"] == yes
    assert sorted(tree) == [
        "batch", "citations", "code_execution", "context_management", "effort", "image_input",
        "pdf_input", "server_tools", "structured_outputs", "thinking",
    ]  # fmt: skip
    haiku = catalog.get("claude-haiku-4-5").capabilities
    assert haiku["effort"]["supported"] is False
    assert haiku["context_management"]["compact_20260112"] == no
