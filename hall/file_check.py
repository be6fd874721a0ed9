"""What a file from outside really is, whatever it calls itself; and a copy without what nobody needs.

Pictures are read and written anew: what is hidden in them or behind them does not come through, nor where they were
taken. A PDF with a program, a form or another file in it is refused.
"""

from __future__ import annotations

import io
import re
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from hall.errors import HallError

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000  # of a picture: more is a bomb, or a poster
LONGEST_SIDE = 2400  # pixels of the copy
JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
_PICTURES = {b"\xff\xd8\xff": ("JPEG", JPEG), b"\x89PNG\r\n\x1a\n": ("PNG", PNG)}
_ENDS_WITHIN = 2048  # bytes from the end, for a PDF's mark
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|Encrypt)\b")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")  # a letter of a name in a PDF, written by its number


class BadFile(HallError):
    """A file that is not taken. `code`: bad_type, bad_content or too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked(content: bytes) -> tuple[str, bytes]:
    """Its kind, and the content that is kept. Takes a moment of a core: call it in a thread. Raises BadFile."""
    if len(content) > MOST_BYTES:
        raise BadFile("too_large")
    if content.startswith(b"%PDF-"):
        return PDF, _pdf(content)
    return _picture(content)


def _pdf(content: bytes) -> bytes:
    plain = _HEX.sub(lambda found: bytes([int(found[1], 16)]), content)
    if b"%%EOF" not in content[-_ENDS_WITHIN:] or _ACTIVE.search(plain):
        raise BadFile("bad_content")
    return content


def _picture(content: bytes) -> tuple[str, bytes]:
    name, kind = next((found for start, found in _PICTURES.items() if content.startswith(start)), ("", ""))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        name, kind = "WEBP", JPEG
    if not name:
        raise BadFile("bad_type")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=(name,)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise BadFile("too_large")
                return kind, _anew(picture, kind)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError, Warning):
        raise BadFile("bad_content") from None


def _anew(picture: Image.Image, kind: str) -> bytes:
    """The same picture, upright, without anything but its pixels."""
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = upright.convert("RGBA" if kind == PNG and upright.has_transparency_data else "RGB")
    plain.info.clear()
    out = io.BytesIO()
    plain.save(out, "PNG" if kind == PNG else "JPEG", **({} if kind == PNG else {"quality": 88}))
    return out.getvalue()
