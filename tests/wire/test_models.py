from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from rookery.wire import versions
from rookery.wire.models import ModelInfo, ModelList

INFO = ModelInfo(
    id="claude-fable-5-2",
    display_name="Claude Fable 5.2",
    created_at=datetime(2026, 10, 1, tzinfo=UTC),
    lifecycle="active",
    deprecated_at=None,
    retires_at=None,
    line="fable",
    max_input_tokens=1_000_000,
    max_tokens=128_000,
    capabilities={"batch": {"supported": True}},
)


def test_a_model_has_every_field_of_the_api_also_where_it_is_null() -> None:
    assert msgspec.to_builtins(INFO) == {
        "type": "model",
        "id": "claude-fable-5-2",
        "display_name": "Claude Fable 5.2",
        "created_at": "2026-10-01T00:00:00Z",
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": "fable",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "capabilities": {"batch": {"supported": True}},
    }


def test_an_empty_page_names_no_ids() -> None:
    page = ModelList(data=[], has_more=False, first_id=None, last_id=None)
    expected = {"data": [], "has_more": False, "first_id": None, "last_id": None}
    assert msgspec.to_builtins(page) == expected


def test_the_latest_version_is_the_newest() -> None:
    assert max(versions.VERSIONS) == versions.LATEST == versions.V2026 == "2026-10-21"
    assert versions.V2023 == "2023-06-01"
