"""Draws a page of text as PDF (A4): each line says its size and place, so that the layout is a template, too.

The font is one that PDF readers have by themselves (Adobe's STSong-Light), so that no font file is needed.
"""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
LEFT, RIGHT = 15 * mm, 195 * mm  # of a rule
RULE, MARK = "=", "!"
MARK_SIZE, MARK_AT, MARK_TURN = 44, (105 * mm, 200 * mm), 30  # points; middle; degrees


def drawn(text: str, title: str) -> bytes:
    """The PDF. Raises ValueError for a line that is none of `size | x | y | text`, `= y` and `! mark`."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1)
    canvas.setTitle(title)
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith(MARK):
            _mark(canvas, line[1:].strip())
        elif line.startswith(RULE):
            height = A4[1] - float(line[1:]) * mm
            canvas.line(LEFT, height, RIGHT, height)
        else:
            size, left, top, said = (part.strip() for part in line.split("|", 3))
            canvas.setFont(FONT, float(size))
            canvas.drawString(float(left) * mm, A4[1] - float(top) * mm, said)
    canvas.save()
    return out.getvalue()


def _mark(canvas: Canvas, said: str) -> None:
    canvas.saveState()
    canvas.setFillGray(0.82)
    canvas.setFont(FONT, MARK_SIZE)
    canvas.translate(*MARK_AT)
    canvas.rotate(MARK_TURN)
    canvas.drawCentredString(0, 0, said)
    canvas.restoreState()
