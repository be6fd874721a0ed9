"""Files from outside: what they are, not what they call themselves, and nothing hidden in what is kept."""

from __future__ import annotations

import io
import zlib
from typing import Any

import pytest
from PIL import Image

from hall import file_check
from hall.file_check import JPEG, PDF, PNG, BadFile, checked
from hall.files import name_of

PLAIN = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "kept"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", JPEG)])
def test_pictures_are_written_anew(kind: str, kept: str) -> None:
    found, content = checked(picture(kind) + b"<script>alert(1)</script>")
    assert found == kept
    assert b"script" not in content
    with Image.open(io.BytesIO(content)) as copy:
        assert copy.size == (60, 40)


def test_where_a_picture_was_taken_does_not_come_through_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A phone"  # turned by 90°, its maker
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 0.0)  # where
    with Image.open(io.BytesIO(checked(picture(exif=exif.tobytes()))[1])) as copy:
        assert copy.size == (40, 60)
        assert not dict(copy.getexif())


def test_a_plain_pdf_is_kept_as_it_is() -> None:
    assert checked(PLAIN) == (PDF, PLAIN)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_type"),
        (b"MZ\x90\x00", "bad_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "bad_type"),
        (b"GIF89a" + b"\0" * 20, "bad_type"),
        (b"PK\x03\x04" + b"\0" * 20, "bad_type"),
        (b"\xff\xd8\xff<script>alert(1)</script>", "bad_content"),
        (picture()[:200], "bad_content"),
        (b"\x89PNG\r\n\x1a\n" + zlib.compress(b"0" * 99), "bad_content"),
        (b"%PDF-1.7\nno end", "bad_content"),
        (PLAIN.replace(b"/Type", b"/OpenAction <</S /JavaScript /JS (x)>> /Type"), "bad_content"),
        (PLAIN.replace(b"/Type", b"/OpenAction <</S /J#61vaScript>> /Type"), "bad_content"),
        (PLAIN.replace(b"/Type", b"/S /Launch /Type"), "bad_content"),
        (PLAIN.replace(b"/Type", b"/EmbeddedFiles 2 0 R /Type"), "bad_content"),
        (b"%PDF-" + b"0" * file_check.MOST_BYTES, "too_large"),
        (picture("PNG", (9000, 9000)), "too_large"),
    ],
)
def test_anything_else_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(BadFile) as refused:
        checked(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("发票 10月.PDF", "发票 10月.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\temp\\a.exe", "a.jpg"),
        ("账单13800138000.png", "账单138****8000.jpg"),
        ('a"\r\nSet-Cookie: x.jpg', "a Set-Cookie x.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("", "file.jpg"),
        ("长" * 200, "长" * 60 + ".jpg"),
    ],
)
def test_names_are_harmless_and_of_their_own_kind(name: str, kept: str) -> None:
    assert name_of(name, JPEG) == kept
