"""The tree of errors: as drawn, as documented, and as the wire has it."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator
from typing import TypeVar

import pytest

from rookery import errors
from rookery.errors import BY_STATUS, BY_TYPE, APIError, RookeryError, RunError

OF_THE_SHEET = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Types and statuses of platform.claude.com, "Errors"."""


T = TypeVar("T", bound=BaseException)


def subclasses(kind: type[T]) -> list[type[T]]:
    """Return the direct subclasses that the module of a class defines, in its order."""
    return [child for child in kind.__subclasses__() if child.__module__ == kind.__module__]


def walk(kind: type[T]) -> list[type[T]]:
    """Return a class and all below it in its module."""
    return [kind, *(below for child in subclasses(kind) for below in walk(child))]


def draw(kind: type[BaseException]) -> str:
    """Draw a class and all below it in its module, as the head of the module shows them."""
    return "\n".join([kind.__name__, *_branches(kind, "")])


def _branches(kind: type[BaseException], indent: str) -> Iterator[str]:
    children = subclasses(kind)
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'`' if last else '|'}-- {child.__name__}"
        yield from _branches(child, indent + ("    " if last else "|   "))


ALL = walk(RookeryError)


def test_the_drawing_shows_the_classes() -> None:
    assert f"\n\n{draw(RookeryError)}\n\n" in inspect.cleandoc(errors.__doc__ or "")


def test_every_exception_of_the_module_is_in_the_tree() -> None:
    found = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert found == set(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_the_docstring_is_the_default_message(kind: type[RookeryError]) -> None:
    documented = vars(kind)["__doc__"]
    assert documented
    assert "\n" not in documented
    assert kind().message == str(kind()) == documented
    assert kind("").message == documented
    assert str(kind("other")) == kind("other").message == "other"


@pytest.mark.parametrize("kind", ALL)
def test_an_error_can_be_copied_and_sent_to_another_process(kind: type[RookeryError]) -> None:
    error = kind("why")
    error.__dict__["note"] = {"a": 1}
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(again) is kind
        assert (str(again), again.__dict__) == ("why", error.__dict__)


def test_the_table_of_types_is_that_of_the_api() -> None:
    assert {kind: error.status for kind, error in BY_TYPE.items()} == OF_THE_SHEET
    assert all(error.type == kind for kind, error in BY_TYPE.items())


def test_the_table_of_statuses_holds_each_class_under_its_own() -> None:
    assert {kind.status: kind for kind in APIError.__subclasses__()} == BY_STATUS
    assert set(OF_THE_SHEET.values()) | {405, 502} == set(BY_STATUS)


@pytest.mark.parametrize("kind", walk(APIError))
def test_every_class_has_a_type_of_the_api(kind: type[APIError]) -> None:
    assert kind.type in OF_THE_SHEET


def test_what_an_error_carries() -> None:
    error = errors.RateLimitError(details={"error_code": "x"}, headers={"retry-after": "2"})
    assert (error.status, error.details, error.headers) == (
        429,
        {"error_code": "x"},
        {"retry-after": "2"},
    )
    assert errors.InternalServerError(status=503).status == 503
    assert errors.InternalServerError().status == 500


def test_no_two_errors_share_their_headers() -> None:
    first = APIError()
    first.headers["retry-after"] = "1"
    assert APIError().headers == {}


def test_a_run_error_holds_what_was_reached() -> None:
    assert RunError().result is None
    assert RunError("why", result=[1]).result == [1]
