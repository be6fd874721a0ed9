"""Common words of Chinese: a span that is one of them is not a slip."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from bot.nlu import sentences

OFTEN = 3  # occurrences in our sentences from which a pair of characters counts as common
# Read the keys as text: importing the modules builds a list for each reading, which takes a second and 100 MB.
_MODULES = re.compile(r"cc_cedict_\d+\.py")
_KEY = re.compile(r"'([\u4e00-\u9fff]{2,4})': ")


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """Words of two to four characters of CC-CEDICT, as pypinyin-dict holds it."""
    found: set[str] = set()
    for file in resources.files("pypinyin_dict.phrase_pinyin_data").iterdir():
        if _MODULES.fullmatch(file.name):
            found.update(_KEY.findall(file.read_text(encoding="utf-8")))
    if not found:
        raise RuntimeError("pypinyin-dict holds no CC-CEDICT where it is looked for")
    return frozenset(found)


def is_pair(pair: str) -> bool:
    """Whether two characters are a word or often stand together."""
    return len(pair) == 2 and (pair in words() or sentences.pairs()[pair] >= OFTEN)
