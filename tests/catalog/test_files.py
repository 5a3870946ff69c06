"""A user's own rows lie over the built-in ones, and bad ones are named."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from rookery.catalog.cost import cost
from rookery.catalog.lookup import Catalog
from rookery.errors import SettingsError
from rookery.wire.usage import Usage
from tests.catalog.conftest import Overlay

AT = datetime(2026, 11, 22, tzinfo=UTC)
MTOK = Usage(input_tokens=1_000_000, output_tokens=1_000_000)

OWN_MODEL = """
[models."qwen3:8b"]
display_name = "Qwen 3 8B"
max_input_tokens = 32_768
max_tokens = 8_192
"""


def test_a_model_of_ones_own_needs_three_fields_and_is_unpriced(overlay: Overlay) -> None:
    catalog = overlay(OWN_MODEL)
    model = catalog.get("qwen3:8b")
    assert (model.max_tokens, model.line, model.features) == (8_192, None, frozenset())
    assert cost(MTOK, "qwen3:8b", AT, catalog=catalog).unpriced == ("input", "output")
    assert catalog.get("claude-opus-5-5") == Catalog.builtin().get("claude-opus-5-5")


def test_a_price_of_ones_own_may_be_zero(overlay: Overlay) -> None:
    catalog = overlay(OWN_MODEL + '[[prices]]\nmodels = ["qwen3:8b"]\ninput = "0"\noutput = "0"\n')
    found = cost(MTOK, "qwen3:8b", AT, catalog=catalog)
    assert found.total == 0
    assert found.priced


def test_a_row_replaces_only_the_fields_it_names(overlay: Overlay) -> None:
    catalog = overlay("[models.claude-opus-5-5]\ncache_minimum = 1024\n")
    assert catalog.get("claude-opus-5-5").cache_minimum == 1024
    assert catalog.get("claude-opus-5-5").max_tokens == 128_000
    assert Catalog.builtin().get("claude-opus-5-5").cache_minimum == 512


def test_a_price_row_replaces_the_kind_it_names_from_its_day_on(overlay: Overlay) -> None:
    catalog = overlay('[[prices]]\nmodels = ["claude-opus-5-5"]\nfrom = 2027-01-01\ninput = "3"\n')
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert cost(MTOK, "claude-opus-5-5", AT, catalog=catalog).total == Decimal(24)
    assert cost(MTOK, "claude-opus-5-5", later, catalog=catalog).total == Decimal(23)


def test_a_contract_price_replaces_the_row_of_the_same_key(overlay: Overlay) -> None:
    catalog = overlay('[[prices]]\nmodels = ["claude-opus-5-5"]\ninput = "3.5"\n')
    assert cost(MTOK, "claude-opus-5-5", AT, catalog=catalog).total == Decimal("23.5")
    assert cost(MTOK, "claude-opus-5-5", AT, tier="batch", catalog=catalog).total == Decimal(
        "11.75"
    )


def test_later_prices_without_bands_end_the_bands(overlay: Overlay) -> None:
    catalog = overlay(
        '[[prices]]\nmodels = ["claude-haiku-5-5"]\nfrom = 2026-11-01\ninput = "0.2"\n'
    )
    (line, output) = cost(MTOK, "claude-haiku-5-5", AT, catalog=catalog).lines
    assert (line.price, output.price) == (Decimal("0.2"), Decimal("2.5"))


def test_a_mode_of_ones_own_prices_a_tier(overlay: Overlay) -> None:
    mode = '[[modes]]\nname = "priority"\nfactor = "1"\nmodels = ["claude-opus-5-5"]\n'
    found = cost(MTOK, "claude-opus-5-5", AT, tier="priority", catalog=overlay(mode))
    assert found.total == Decimal(24)


def test_a_mode_that_starts_later_is_unpriced_before(overlay: Overlay) -> None:
    mode = '[[modes]]\nname = "eu"\nfactor = "6/5"\nfrom = 2027-01-01\nmodels = ["claude-opus-5"]\n'
    catalog = overlay(mode)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert not cost(MTOK, "claude-opus-5", AT, geo="eu", catalog=catalog).priced
    assert cost(MTOK, "claude-opus-5", later, geo="eu", catalog=catalog).total == Decimal(36)


def test_a_mode_named_twice_in_a_request_is_unpriced(overlay: Overlay) -> None:
    assert not cost(MTOK, "claude-opus-5", AT, tier="us", geo="us", catalog=overlay("")).priced


def test_an_alias_of_ones_own_may_replace_one(overlay: Overlay) -> None:
    catalog = overlay('[aliases]\nclaude-opus-4-20250514 = "claude-opus-5-5"\n')
    assert catalog.get("claude-opus-4-20250514").id == "claude-opus-5-5"
    assert catalog.get("claude-opus-4-6").aliases == ()


def test_a_catalog_may_leave_the_builtin_rows_out(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN_MODEL)
    catalog = Catalog.from_files(path, builtin=False)
    assert [model.id for model in catalog.models()] == ["qwen3:8b"]


PRICE = '[[prices]]\nmodels = ["claude-opus-5"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models = [", "mine.toml: "),
        ("[modles.x]\n", "modles: not a table of a catalog"),
        ("[models]\nx = 1\n", "models.x: expected a table"),
        ("[models.x]\nmax_tokens = 1\n", "models.x: Object missing required field"),
        ("[models.claude-opus-5]\nmax_token = 1\n", "models.claude-opus-5: .*unknown field"),
        ('[models.claude-opus-5]\nmax_tokens = "1"\n', r"models.claude-opus-5: .*\$.max_tokens"),
        ('[models.claude-opus-5]\nimage_tier = "huge"\n', r"there is no \[image_tiers.huge\]"),
        ('[features]\nall = ["flying"]\n', "mine.toml: features.all: .*flying"),
        ('[aliases]\nopus = "claude-opus-9"\n', "aliases.opus: 'claude-opus-9' is not the id"),
        ('[aliases]\nclaude-opus-5 = "claude-opus-5-5"\n', "aliases.claude-opus-5: there is a"),
        (PRICE + "input = 5.0\n", r"prices row 1: Expected `str \| null`, got `float`"),
        (PRICE + 'input = "five"\n', "prices row 1: 'five' is not a price"),
        (PRICE + 'input = "-5"\n', "prices row 1: '-5' is not a price"),
        (PRICE + 'input = "5"\n' + PRICE + 'input = "6"\n', "prices row 2: an earlier row"),
        (PRICE + 'above = -1\ninput = "5"\n', "prices row 1: `above` must not be negative"),
        (PRICE + 'from = 2027-01-01\nabove = 9\ninput = "5"\n', "mine.toml: prices: claude-opus-5"),
        ('[[prices]]\nmodels = ["opus"]\ninput = "5"\n', "prices row 1: 'opus' is not the id"),
        ('[[modes]]\nname = "x"\nfactor = "a"\nmodels = []\n', "modes row 1: factor 'a'"),
        ('[[modes]]\nname = "x"\nfactor = "1/3"\nmodels = []\n', "modes row 1: factor '1/3'"),
        ('[tools.x]\nprice = "1"\nper = 0\n', "tools.x: `per` must be at least 1"),
    ],
)
def test_a_bad_row_is_named_with_its_file(overlay: Overlay, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        overlay(text)
    assert ".toml: " in caught.value.message


def test_the_data_is_not_read_by_an_import() -> None:
    code = (
        "import rookery.catalog.cost, rookery.catalog.lookup as l; print(l._builtin.cache_info())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "currsize=0" in ran.stdout


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml"):
        Catalog.from_files(tmp_path / "none.toml")
