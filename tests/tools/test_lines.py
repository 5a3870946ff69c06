from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from rookery.tools import lines
from rookery.tools.lines import is_binary, read_lines, skip_lines
from tests.tools.conftest import quick

content = st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"bcd" * 5])).map(b"".join)


def split(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return [part.removesuffix(b"\r") for part in (parts if parts[-1] else parts[:-1])]


@quick
@given(content)
def test_lines_are_what_lies_between_line_ends(data: bytes) -> None:
    assert list(read_lines(io.BytesIO(data), 10_000)) == split(data)


@quick
@given(content, st.integers(1, 20))
def test_long_lines_are_cut(data: bytes, keep: int) -> None:
    assert list(read_lines(io.BytesIO(data), keep)) == [line[:keep] for line in split(data)]


@quick
@given(content, st.integers(0, 12))
def test_skipping_lines_is_reading_them(data: bytes, count: int) -> None:
    file = io.BytesIO(data)
    assert skip_lines(file, count) == min(count, len(split(data)))
    assert list(read_lines(file, 10_000)) == split(data)[count:]


def test_skipping_goes_over_chunks() -> None:
    data = b"x" * (lines._CHUNK - 1) + b"\n" + b"y" * lines._CHUNK + b"\nlast"
    file = io.BytesIO(data)
    assert skip_lines(file, 2) == 2
    assert file.read() == b"last"
    file.seek(0)
    assert skip_lines(file, 9) == 3


def test_a_byte_order_mark_is_no_text() -> None:
    assert list(read_lines(io.BytesIO(b"\xef\xbb\xbfa\nb"), 9)) == [b"a", b"b"]


def test_a_nul_byte_makes_a_file_binary() -> None:
    file = io.BytesIO(b"PNG\0")
    assert is_binary(file)
    assert file.tell() == 0
    assert not is_binary(io.BytesIO("é\n".encode()))
