"""The word lists of data/nlu, read once a process. Lines: name, tab, comma-separated other ways to write it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "data" / "nlu"


def rows(file: str) -> Iterator[list[str]]:
    """The tab-separated rows of a list, without comments and blank lines."""
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def names(file: str) -> dict[str, str]:
    """Every way to write a name, in small letters → the name itself; `-` stands for no other way."""
    found: dict[str, str] = {}
    for name, others in rows(file):
        for written in (name, *others.split(",")):
            if written and written != "-":
                found.setdefault(written.lower(), name)
    return found


@cache
def places() -> dict[str, str]:
    """Places as customers write them → the same name; provinces, cities and districts alike."""
    found: dict[str, str] = {}
    for province, cities in rows("places.tsv"):
        found |= {place: place for place in (province, *cities.split(",")) if place != "-"}
    return found


@cache
def dictionary() -> frozenset[str]:
    """The words of the domain: the tokenizer's dictionary and all names."""
    words = {
        line.split()[0]
        for path in (FOLDER / "dictionary").glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    }
    for file in ("services.tsv", "plans.tsv", "documents.tsv"):
        words |= set(names(file))
    return frozenset(words)
