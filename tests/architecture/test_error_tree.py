"""The tree of errors is drawn at the top of errors.py, and drawn right."""

from __future__ import annotations

from rookery import errors
from rookery.errors import RookeryError
from tests.test_errors import draw


def test_the_drawing_is_the_classes() -> None:
    assert draw(RookeryError) in (errors.__doc__ or "")
