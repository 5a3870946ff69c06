from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.emulation import pdf
from rookery.emulation.pdf import NotPdfError, Pdf, read_pdf


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def stream(dictionary: bytes, body: bytes) -> bytes:
    packed = zlib.compress(body)
    head = dictionary + b" /Filter /FlateDecode /Length %d" % len(packed)
    return b"9 0 obj << " + head + b" >>\nstream\n" + packed + b"\nendstream\nendobj\n"


def page(text: bytes) -> bytes:
    shown = b"BT /F1 12 Tf 72 720 Td (" + text + b") Tj ET"
    return b"5 0 obj << /Type /Page /Parent 2 0 R >> endobj\n" + stream(b"", shown)


def document(*parts: bytes, count: int | None = None) -> bytes:
    tree = b"2 0 obj << /Type /Pages /Kids [] /Count %d >> endobj\n"
    return b"%PDF-1.7\n" + tree % (len(parts) if count is None else count) + b"".join(parts)


def test_pages_and_their_text_are_found() -> None:
    found = read_pdf(encoded(document(page(b"Hello world"), page(b"and more"))))
    assert found == Pdf(2, b" Hello world   and more ", False)


def test_pages_in_object_streams_are_found() -> None:
    objects = stream(
        b"/Type /ObjStm /N 3", b"<< /Type /Page >> << /Type/Page >> << /Type /Pages /Count 2 >>"
    )
    assert read_pdf(encoded(b"%PDF-1.7\n" + objects)).pages == 2


def test_pages_that_were_replaced_do_not_count_twice() -> None:
    updated = document(page(b"old"), page(b"new"), count=1)
    assert read_pdf(encoded(updated)).pages == 1


def test_a_count_alone_is_believed_only_where_no_page_is_found() -> None:
    assert read_pdf(encoded(document(page(b"a"), count=900))).pages == 1
    assert read_pdf(encoded(document(count=7))).pages == 7


def test_text_is_found_in_its_forms() -> None:
    shown = rb"BT [(Hel) -20 (lo) -250 (w\(o\)rld)] TJ <00410042> Tj ET"
    body = (
        b"%PDF-1.4 4 0 obj << /Type /Page >> endobj 5 0 obj << >> stream\n" + shown + b"\nendstream"
    )
    assert read_pdf(encoded(body)).text == b"Hello waoarldaa "


def test_images_and_unknown_filters_are_no_text() -> None:
    image = b"6 0 obj << /Subtype /Image >> stream\nBT (x) Tj ET\nendstream\n"
    other = b"7 0 obj << /Filter /LZWDecode >> stream\nBT (x) Tj ET\nendstream\n"
    broken = b"8 0 obj << /Filter /FlateDecode >> stream\nBT (x) Tj ET\nendstream\n"
    assert read_pdf(encoded(document(page(b"a"), image, other, broken, count=1))).text == b" a "


def test_encryption_is_seen() -> None:
    locked = document(page(b"a")) + b"trailer << /Root 1 0 R /Encrypt 12 0 R >>"
    assert read_pdf(encoded(locked)).encrypted
    assert not read_pdf(encoded(document(page(b"/Encrypt")))).encrypted


@pytest.mark.parametrize(
    "text", ["", "QUJD", "%PDF-1.4", "\u00e9", encoded(b"x" * 2000 + b"%PDF-")]
)
def test_what_is_no_pdf_is_refused(text: str) -> None:
    with pytest.raises(NotPdfError):
        read_pdf(text)


def test_the_work_is_bounded() -> None:
    bomb = document(page(b"a" * 100), stream(b"", b"BT (" + bytes(200_000_000) + b") Tj ET"))
    assert len(read_pdf(encoded(bomb)).text) <= pdf.MAX_INFLATED
    endless = b"%PDF-1.7 " + b"stream\n" * 100_000 + b"/Type/Pages /Count " * 20_000
    assert read_pdf(encoded(endless)).pages == 1
    open_strings = b"1 0 obj << >> stream\nBT " + b"(<" * 200_000 + b"\nendstream"
    assert read_pdf(encoded(b"%PDF-1.7 " + open_strings)).pages == 1


def test_few_documents_are_remembered_and_none_is_kept_whole() -> None:
    for number in range(100):
        read_pdf(encoded(document(page(b"%d" % number))))
    remembered = pdf._remembered
    assert len(remembered) <= 32
    assert all(isinstance(part, int) for key in remembered for part in key)


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_header_are_read_without_harm(data: bytes) -> None:
    found = read_pdf(encoded(b"%PDF-1.4" + data))
    assert found.pages >= 1
