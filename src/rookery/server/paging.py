"""Pages by `after_id`, `before_id` and `limit` (platform.claude.com, "Pagination")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from rookery.rules import endpoints as rules

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000


class HasId(Protocol):
    """What a page holds."""

    @property
    def id(self) -> str:
        """The cursor of the item."""
        ...


T = TypeVar("T", bound=HasId)


class Page(NamedTuple):
    """Which part of a list is asked for."""

    limit: int = DEFAULT_LIMIT
    after_id: str | None = None
    before_id: str | None = None


def read_page(query: Mapping[str, str]) -> Page:
    """Read the three parameters. Raises InvalidRequestError."""
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit()):
        raise rules.LIMIT_INTEGER.error()
    size = int(limit.lstrip("0")[:9] or "0")
    if size < 1:
        raise rules.LIMIT_LEAST.error(bound=1)
    if size > MAX_LIMIT:
        raise rules.LIMIT_MOST.error(bound=MAX_LIMIT)
    after, before = query.get("after_id"), query.get("before_id")
    if after and before:
        raise rules.CURSORS_BOTH.error()
    return Page(size, after, before)


def take(items: Sequence[T], page: Page) -> tuple[list[T], bool]:
    """Return the items of a page, and whether more follow in its direction.

    Raises InvalidRequestError for a cursor that is not in the list.
    """
    positions = {item.id: index for index, item in enumerate(items)}
    cursor = page.after_id or page.before_id
    if cursor and cursor not in positions:
        name = "after_id" if page.after_id else "before_id"
        raise rules.CURSOR_UNKNOWN.error(name=name, cursor=cursor)
    if page.before_id:
        end = positions[page.before_id]
        start = max(0, end - page.limit)
        return list(items[start:end]), start > 0
    start = positions[page.after_id] + 1 if page.after_id else 0
    end = start + page.limit
    return list(items[start:end]), end < len(items)
