"""Where a cited text is from: the citations of a text block that is handed back."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rookery.wire.shapes import Absent, Block, Natural, Record

DocumentTitle = Annotated[str, Meta(min_length=1, max_length=255)]


class Citations(Record, frozen=True):
    """Whether the model may cite a document."""

    enabled: Absent[bool] = None


class CharLocation(Block, tag="char_location"):
    """Characters of a text document. `file_id` is in replies, which are handed back as they are."""

    cited_text: str
    document_index: Natural
    document_title: DocumentTitle | None
    start_char_index: Natural
    end_char_index: int
    file_id: str | None = None


class PageLocation(Block, tag="page_location"):
    """Pages of a PDF, from 1."""

    cited_text: str
    document_index: Natural
    document_title: DocumentTitle | None
    start_page_number: Annotated[int, Meta(ge=1)]
    end_page_number: int
    file_id: str | None = None


class ContentBlockLocation(Block, tag="content_block_location"):
    """Blocks of a document that is made of blocks."""

    cited_text: str
    document_index: Natural
    document_title: DocumentTitle | None
    start_block_index: Natural
    end_block_index: int
    file_id: str | None = None


class SearchResultLocation(Block, tag="search_result_location"):
    """Blocks of a search result of the caller's."""

    cited_text: str
    search_result_index: Natural
    source: str
    title: str | None
    start_block_index: Natural
    end_block_index: int


class WebSearchResultLocation(Block, tag="web_search_result_location"):
    """A page that the web search found."""

    cited_text: str
    encrypted_index: str
    title: Annotated[str, Meta(min_length=1, max_length=512)] | None
    url: Annotated[str, Meta(min_length=1, max_length=2048)]


Citation = (
    CharLocation
    | PageLocation
    | ContentBlockLocation
    | SearchResultLocation
    | WebSearchResultLocation
)
