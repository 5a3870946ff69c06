"""Citations: documents and search results are cited all or none, and not in structured output."""

from __future__ import annotations

from rookery.rules import prompt as rules
from rookery.wire.blocks import DocumentBlock, SearchResult
from rookery.wire.messages import CountRequest


class Citations:
    """Whether the sources that were read are to be cited."""

    __slots__ = ("_documents", "_results")

    def __init__(self) -> None:
        self._documents: bool | None = None
        self._results: bool | None = None

    def document(self, block: DocumentBlock, at: str) -> None:
        """Take a document of a user."""
        cited = block.citations is not None and bool(block.citations.enabled)
        if self._documents not in (None, cited):
            raise rules.CITATIONS_MIXED.error(at)
        self._documents = cited

    def search_result(self, block: SearchResult, at: str) -> None:
        """Take a search result."""
        cited = block.citations is not None and bool(block.citations.enabled)
        if self._results not in (None, cited):
            raise rules.SEARCH_CITATIONS_MIXED.error(at)
        self._results = cited

    def end(self, body: CountRequest) -> None:
        """Check them against the rest of the request."""
        if self._results is False and any(
            str(tool.get("type")).startswith("web_search_") for tool in body.tools or ()
        ):
            raise rules.SEARCH_CITATIONS_NEEDED.error()
        formatted = body.output_config is not None and body.output_config.format is not None
        if formatted and (self._documents or self._results):
            raise rules.CITATIONS_WITH_FORMAT.error()
