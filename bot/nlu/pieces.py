"""Cuts a text into the pieces that the encoder knows: the likeliest way by a unigram model (Viterbi).

As the tokenizer of multilingual-e5-small does (SentencePiece, unigram): a blank before the text, blanks written as
`▁`, a character that no piece begins with is the unknown piece, far below the rarest known one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

BLANK = "\u2581"
FAR_BELOW = 10.0
MOST = 62  # pieces of a text; of a longer one, beginning and end are read
PLACES = MOST + 2


@dataclass(frozen=True)
class Pieces:
    """Pieces with their scores (logarithms of their shares); how single characters are written first."""

    numbers: dict[str, int]
    scores: list[float]
    written: dict[str, str]
    begin: int
    end: int
    unknown: int
    longest: int = field(init=False)  # characters of a piece
    worst: float = field(init=False)  # score of the unknown piece

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest", max(map(len, self.numbers)))
        object.__setattr__(self, "worst", min(self.scores) - FAR_BELOW)

    def ids(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, between those of its beginning and its end."""
        inner = self._best(self._plain(text))
        if len(inner) > MOST:
            inner = inner[: MOST // 2] + inner[-MOST // 2 :]
        return [self.begin, *inner, self.end]

    def _plain(self, text: str) -> str:
        plain = "".join(self.written.get(char, char) for char in text)
        while "  " in plain:
            plain = plain.replace("  ", " ")
        return (plain if plain.startswith(" ") else " " + plain).replace(" ", BLANK)

    def _best(self, text: str) -> list[int]:
        """The likeliest pieces: for each place the best score that reaches it, by which piece, from where."""
        size, longest, worst = len(text), self.longest, self.worst
        numbers, scores = self.numbers, self.scores
        best = [0.0] + [float("-inf")] * size
        piece, start = [self.unknown] * (size + 1), [0] * (size + 1)
        for here in range(size):
            so_far = best[here]
            if so_far + worst > best[here + 1]:
                best[here + 1], piece[here + 1], start[here + 1] = so_far + worst, self.unknown, here
            for there in range(here + 1, min(size, here + longest) + 1):
                number = numbers.get(text[here:there])
                if number is not None and so_far + scores[number] > best[there]:
                    best[there], piece[there], start[there] = so_far + scores[number], number, here
        found = []
        while size:
            found.append(piece[size])
            size = start[size]
        return found[::-1]

    def save(self, path: Path) -> None:
        """Write one file of JSON."""
        told = {
            "pieces": list(self.numbers),
            "scores": [round(score, 4) for score in self.scores],
            "written": self.written,
            "special": [self.begin, self.end, self.unknown],
        }
        path.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Pieces:
        """The reverse of `save`."""
        told = json.loads(path.read_text("utf-8"))
        numbers = {piece: number for number, piece in enumerate(told["pieces"])}
        return cls(numbers, told["scores"], told["written"], *told["special"])
