"""Rules on images and documents: what they are, how large, and how many."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ISSUES

# --- one image -------------------------------------------------------------------------------

IMAGE_EMPTY = Rule("image_empty", "image cannot be empty", "seen", ISSUES + "12750, 9007")
IMAGE_NOT_BASE64 = Rule(
    "image_not_base64",
    "invalid base64 data",
    "seen",
    "github.com/anthropics/anthropic-sdk-typescript/issues/603",
)
IMAGE_MEDIA_TYPE = Rule(
    "image_media_type",
    "The image was specified using the {given} media type, but the image appears to be a {found} "
    "image",
    "seen",
    "github.com/BerriAI/litellm/issues/24900",
)
IMAGE_DAMAGED = Rule("image_damaged", "Could not process image", "seen", ISSUES + "60920, 56511")
IMAGE_BYTES = Rule(
    "image_bytes",
    "image exceeds {megabytes} MB maximum: {size} bytes > {maximum} bytes",
    "seen",
    ISSUES + '19631, of 5 MB; docs: "Vision" has 10 MB since',
)
IMAGE_SIDE = Rule(
    "image_side",
    "At least one of the image dimensions exceed max allowed size: {maximum} pixels",
    "seen",
    ISSUES + "4778, 5147; the code: official package 2.12.0",
    code="image_dimensions_too_large",
)
IMAGE_SIDE_OF_MANY = Rule(
    "image_side_of_many",
    "At least one of the image dimensions exceed max allowed size for many-image requests: "
    "{maximum} pixels",
    "seen",
    ISSUES + "52220, 24630; the code: official package 2.12.0",
    code="image_dimensions_too_large",
)
IMAGE_OVERSIZED = Rule(
    "image_oversized",
    "image dimensions {width}x{height} exceed the maximum image size of a model named on this "
    "request and would be downsized to {to}; scale the image to at most {to} or set the image's "
    'oversized_image setting to "downsize"',
    "docs",
    'docs: "Coordinates and bounding boxes", "Turn resizing into an error"',
)
IMAGE_OF_UNKNOWN_SIZE = Rule(
    "image_of_unknown_size",
    "the source dimensions of the image could not be determined",
    "own",
    'docs: "Coordinates and bounding boxes", on `oversized_image`',
)
# --- documents -------------------------------------------------------------------------------

PDF_INVALID = Rule("pdf_invalid", "The PDF specified was not valid.", "seen", ISSUES + "5174")
PDF_ENCRYPTED = Rule(
    "pdf_encrypted", "The PDF specified is password protected.", "seen", ISSUES + "19013"
)
PDF_PAGES = Rule(
    "pdf_pages", "A maximum of {maximum} PDF pages may be provided.", "seen", ISSUES + "6231, 16136"
)

NOT_DOWNLOADED = Rule(
    "not_downloaded",
    "Unable to download the file. Please verify the URL and try again.",
    "seen",
    "several public clients quote it",
)

# --- all together ----------------------------------------------------------------------------

MEDIA_COUNT = Rule(
    "media_count",
    "Too much media: {pages} document pages + {images} images > {maximum}",
    "seen",
    ISSUES + "3397, 19822",
)

# --- token counting --------------------------------------------------------------------------

COUNT_SOURCE = Rule(
    "count_source",
    "a `{source}` source cannot be counted. Send the data as base64.",
    "own",
    'docs: "Token counting", "How to count message tokens"',
)
COUNT_SERVER_TOOL = Rule(
    "count_server_tool",
    "token counting does not support the server tool `{type}`",
    "own",
    'docs: "Token counting", "How to count message tokens"',
)
COUNT_MCP = Rule(
    "count_mcp",
    "token counting does not support MCP servers",
    "own",
    'docs: "Token counting", "How to count message tokens"',
)
