"""Images and documents: that they are what they say, and how large and how many they are.

Only the head of an image is read. What is not in the request, by address or file, is not fetched,
so nothing can be wrong with it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rookery.catalog.model import Model
from rookery.emulation.images import Damaged, Header, NotBase64Error, read_header, resized
from rookery.emulation.pdf import NotPdfError, read_pdf
from rookery.providers.base import Call
from rookery.rules import media as rules
from rookery.wire.blocks import (
    Base64Image,
    Base64Pdf,
    ContentSource,
    DocumentBlock,
    Image,
    ToolResult,
)
from rookery.wire.messages import CountRequest, MessagesRequest
from rookery.wire.shapes import Block

MAX_BYTES = 10 * 1024 * 1024
"""Of an image, as base64."""
MAX_SIDE = 8000
MAX_SIDE_OF_MANY = 2000
MANY = 20
"""Above this number of images the smaller limit of a side holds for each."""
MAX_MEDIA = 600
MAX_MEDIA_OF_SMALL = 100
SMALL_WINDOW = 1_000_000
"""A context window below this takes fewer images and pages."""


class Medium(NamedTuple):
    """An image or a document, and where it is: as faults of its source name it, and plainly."""

    block: Image | DocumentBlock
    at: str
    place: str


def media(body: CountRequest) -> Iterator[Medium]:
    """Yield the images and documents of a request, also those inside results and documents."""
    for index, message in enumerate(body.messages):
        if not isinstance(message.content, str):
            for position, block in enumerate(message.content):
                if _holds(block):  # few do, and the others must cost little
                    at = f"messages.{index}.content.{position}"
                    yield from _of(block, at, at)


def _holds(block: Block) -> bool:
    kind = type(block)
    if kind is ToolResult:
        return type(block.content) is list  # type: ignore[attr-defined]
    return kind is Image or kind is DocumentBlock


def _of(block: Block, at: str, place: str) -> Iterator[Medium]:
    if isinstance(block, Image | DocumentBlock):
        yield Medium(block, at, place)
    if isinstance(block, ToolResult) and isinstance(block.content, list):
        yield from _all(block.content, f"{at}.tool_result.content", f"{place}.content")
    elif isinstance(block, DocumentBlock) and isinstance(block.source, ContentSource):
        inner = block.source.content
        if not isinstance(inner, str):
            inside = f"{at}.document.source.content.content"
            yield from _all(inner, inside, f"{place}.source.content")


def _all(blocks: Sequence[Block], at: str, place: str) -> Iterator[Medium]:
    for position, block in enumerate(blocks):
        yield from _of(block, f"{at}.{position}", f"{place}.{position}")


def maximum(model: Model) -> int:
    """Return the most images, and the most pages, of one request."""
    return MAX_MEDIA if model.max_input_tokens >= SMALL_WINDOW else MAX_MEDIA_OF_SMALL


def check_media(body: CountRequest, model: Model, call: Call) -> None:
    """Check each image and document by itself, and the number of pages."""
    pages = 0
    for medium in media(body):
        source = medium.block.source
        if isinstance(medium.block, Image):
            _check_image(medium.block, medium, model)
        elif isinstance(source, Base64Pdf):
            at = f"{medium.at}.pdf.source.base64.data"
            pages += _pages(source, at)
            if pages > maximum(model):
                raise rules.PDF_PAGES.error(at, maximum=maximum(model))


def _check_image(block: Image, medium: Medium, model: Model) -> None:
    source = block.source
    chosen = block.transformations.oversized_image if block.transformations else None
    if not isinstance(source, Base64Image):
        return
    at = f"{medium.at}.image.source.base64"
    if not source.data:
        raise rules.IMAGE_EMPTY.error(at)
    try:
        header = read_header(source.data)
    except NotBase64Error as error:
        raise rules.IMAGE_NOT_BASE64.error(at) from error
    found = header.media_type
    if found is not None and found != source.media_type:
        raise rules.IMAGE_MEDIA_TYPE.error(at, given=source.media_type, found=found)
    if isinstance(header, Damaged):
        if chosen == "error":
            raise rules.IMAGE_OF_UNKNOWN_SIZE.error(medium.at)
        raise rules.IMAGE_DAMAGED.error()
    if chosen == "error" and model.image_tier is not None:
        to = resized(header.width, header.height, model.image_tier)
        if to != (header.width, header.height):
            raise rules.IMAGE_OVERSIZED.error(
                medium.at, width=header.width, height=header.height, to=f"{to[0]}x{to[1]}"
            )


def _pages(source: Base64Pdf, at: str) -> int:
    try:
        found = read_pdf(source.data)
    except NotPdfError as error:
        raise rules.PDF_INVALID.error(at) from error
    if found.encrypted:
        raise rules.PDF_ENCRYPTED.error(at)
    return found.pages


def check_media_limits(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check how many images there are and how large; a count of tokens passes without."""
    images: list[tuple[Medium, Header]] = []
    number = pages = 0
    for medium in media(body):
        source = medium.block.source
        number += isinstance(medium.block, Image)
        if isinstance(source, Base64Image):
            if len(source.data) > MAX_BYTES:
                raise rules.IMAGE_BYTES.error(
                    f"{medium.at}.image.source.base64",
                    megabytes=MAX_BYTES >> 20,
                    size=len(source.data),
                    maximum=MAX_BYTES,
                )
            header = read_header(source.data)
            if isinstance(header, Header):
                images.append((medium, header))
        elif isinstance(source, Base64Pdf):
            pages += read_pdf(source.data).pages
    if number + pages > maximum(model):
        raise rules.MEDIA_COUNT.error(pages=pages, images=number, maximum=maximum(model))
    _check_sides(images, many=number > MANY)


def _check_sides(images: list[tuple[Medium, Header]], *, many: bool) -> None:
    rule, most = (
        (rules.IMAGE_SIDE_OF_MANY, MAX_SIDE_OF_MANY) if many else (rules.IMAGE_SIDE, MAX_SIDE)
    )
    over = [medium for medium, header in images if max(header.width, header.height) > most]
    if over:
        raise rule.error(
            f"{over[0].at}.image.source.base64.data",
            details={"max_side_length_pixels": most, "paths": [medium.place for medium in over]},
            maximum=most,
        )
