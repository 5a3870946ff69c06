from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.catalog.model import ImageTier
from rookery.emulation.images import (
    Damaged,
    Header,
    NotBase64Error,
    image_tokens,
    read_header,
    resized,
    tokens_of_size,
)

HIGH = ImageTier(long_edge=2576, max_tokens=4784)
STANDARD = ImageTier(long_edge=1568, max_tokens=1568)
sides = st.integers(1, 8000)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def png(width: int, height: int) -> bytes:
    header = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    body = b"IHDR" + header
    crc = struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + body + crc


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(3)


def jpeg(width: int, height: int, marker: int = 0xC0, before: bytes = b"") -> bytes:
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 17, 8, height, width, 3) + bytes(9)
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return start + before + frame


def segment(marker: int, size: int) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, size + 2) + b"\xff" * size


def riff(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + body


def webp_lossy(width: int, height: int) -> bytes:
    return riff(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height))


def webp_lossless(width: int, height: int) -> bytes:
    return riff(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(8))


def webp_extended(width: int, height: int) -> bytes:
    size = [(side - 1).to_bytes(3, "little") for side in (width, height)]
    return riff(b"VP8X", bytes(4) + b"".join(size))


MAKERS = [png, gif, jpeg, webp_lossy, webp_lossless, webp_extended]
TYPES = ["image/png", "image/gif", "image/jpeg", *["image/webp"] * 3]


# --- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "kind"), list(zip(MAKERS, TYPES, strict=True)))
def test_the_size_is_in_the_header(make: object, kind: str) -> None:
    for width, height in [(1, 1), (640, 480), (8000, 3)]:
        data = make(width, height)  # type: ignore[operator]
        assert read_header(encoded(data)) == Header(kind, width, height)  # type: ignore[arg-type]
        assert read_header(encoded(data + bytes(3000))) == Header(kind, width, height)  # type: ignore[arg-type]


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xCA, 0xCE])
def test_frames_of_a_jpeg_are_of_many_kinds(marker: int) -> None:
    assert read_header(encoded(jpeg(300, 200, marker))) == Header("image/jpeg", 300, 200)


def test_a_jpeg_may_have_profiles_tables_and_fill_bytes_before_its_size() -> None:
    before = segment(0xE2, 65000) + segment(0xE1, 40000) + b"\xff\xff" + segment(0xDB, 65)
    before += segment(0xC4, 30) + b"\xff\xd0"
    assert read_header(encoded(jpeg(300, 200, before=before))) == Header("image/jpeg", 300, 200)


@pytest.mark.parametrize("make", MAKERS)
def test_a_header_that_is_cut_off_is_damaged(make: object) -> None:
    whole = make(640, 480)  # type: ignore[operator]
    for size in range(6, len(whole)):
        found = read_header(encoded(whole[:size]))
        assert isinstance(found, Damaged) or (found.width, found.height) == (640, 480)
    assert isinstance(read_header(encoded(whole[:9])), Damaged)


@pytest.mark.parametrize("make", [png, gif, webp_lossy])
def test_no_width_is_no_image(make: object) -> None:
    assert isinstance(read_header(encoded(make(0, 480))), Damaged)  # type: ignore[operator]


@pytest.mark.parametrize("data", [b"", b"BM" + bytes(60), b"%PDF-1.7" + bytes(60), b"<svg/>" * 9])
def test_what_is_no_image_has_no_type(data: bytes) -> None:
    assert read_header(encoded(data)) == Damaged(None)


@pytest.mark.parametrize(
    "text",
    ["abc", "ab!d", "data:image/png;base64,iVBORw0K", "iVBOR\nw0KGgoA", "\u00e9abc", "====="],
)
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(NotBase64Error):
        read_header(text)


def test_the_data_is_not_decoded() -> None:
    """Junk behind the header is never looked at, up to the last four characters."""
    data = encoded(png(10, 10) + bytes(30))[:60] + "!" * 4000 + "AAAA"
    assert read_header(data) == Header("image/png", 10, 10)


@given(
    st.binary(max_size=80), st.sampled_from([b"", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"GIF89a"])
)
def test_any_bytes_are_read_without_harm(data: bytes, magic: bytes) -> None:
    assert isinstance(read_header(encoded(magic + data)), Damaged | Header)


# --- what they cost ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "standard", "high"),
    [
        # platform.claude.com, "Vision", resolution and token cost
        ((200, 200), ((200, 200), 64), ((200, 200), 64)),
        ((1000, 1000), ((1000, 1000), 1296), ((1000, 1000), 1296)),
        ((1092, 1092), ((1092, 1092), 1521), ((1092, 1092), 1521)),
        ((1920, 1080), ((1456, 819), 1560), ((1920, 1080), 2691)),
        # The page's table has 1269; its algorithm, which wins here, has 1270. The tokens agree.
        ((2000, 1500), ((1270, 952), 1564), ((2000, 1500), 3888)),
        ((3840, 2160), ((1456, 819), 1560), ((2576, 1449), 4784)),
        # "Coordinates and bounding boxes": a page at 130 dpi
        ((1075, 1520), ((924, 1307), 1551), ((1075, 1520), 2145)),
    ],
)
def test_the_documented_sizes(
    size: tuple[int, int],
    standard: tuple[tuple[int, int], int],
    high: tuple[tuple[int, int], int],
) -> None:
    for tier, expected in ((STANDARD, standard), (HIGH, high)):
        assert (resized(*size, tier), image_tokens(*size, tier)) == expected


@given(sides, sides, st.sampled_from([STANDARD, HIGH]))
@settings(max_examples=300)
def test_no_image_costs_more_than_its_tier_and_none_is_enlarged(
    width: int, height: int, tier: ImageTier
) -> None:
    small = resized(width, height, tier)
    assert 1 <= image_tokens(width, height, tier) <= tier.max_tokens
    assert max(small) <= tier.long_edge
    assert small[0] <= width
    assert small[1] <= height
    assert resized(*small, tier) == small
    assert resized(height, width, tier) == small[::-1]
    if tokens_of_size(width, height) <= tier.max_tokens and max(width, height) <= tier.long_edge:
        assert small == (width, height)


@given(sides, sides, st.sampled_from([STANDARD, HIGH]))
@settings(max_examples=200)
def test_a_larger_size_of_the_same_shape_would_not_fit(
    width: int, height: int, tier: ImageTier
) -> None:
    """The definition, tried one edge at a time."""
    long, short = max(width, height), min(width, height)
    edge = max(resized(width, height, tier))
    if edge < long:
        larger = edge + 1, max(1, round((edge + 1) / (long / short)))
        padded = -(-larger[0] // 28) * 28
        assert padded > tier.long_edge or tokens_of_size(*larger) > tier.max_tokens
