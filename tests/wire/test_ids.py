from __future__ import annotations

import re

from rookery.wire.ids import Ids


def test_ids_have_the_api_s_form() -> None:
    ids = Ids()
    for prefix in ("msg", "toolu", "req", "msgbatch"):
        assert re.fullmatch(rf"{prefix}_01[a-zA-Z0-9]{{22}}", ids.new(prefix))


def test_ids_are_unique() -> None:
    ids, others = Ids(), Ids()
    assert len({source.new("msg") for source in (ids, others) for _ in range(5000)}) == 10_000


def test_a_seed_gives_the_same_ids_again() -> None:
    def three(seed: int) -> list[str]:
        ids = Ids(seed)
        return [ids.new("msg") for _ in range(3)]

    assert three(7) == three(7)
    assert not set(three(7)) & set(three(8))
