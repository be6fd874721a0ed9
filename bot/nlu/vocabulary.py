"""The word lists of data/nlu, read once a process. Lines: name, tab, comma-separated variants.

What an operator calls its plans and services is added from its catalogue (`use`); training always takes the
demonstration's, so that a model is of no operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hall import catalogue
from hall.catalogue import Catalogue

FOLDER = Path(__file__).resolve().parents[2] / "data" / "nlu"
C = TypeVar("C", bound=Any)

_catalogue: Catalogue | None = None
_derived: list[Any] = []


def use(known: Catalogue) -> None:
    """From now on, this process knows the plans and services of that operator and no other's."""
    global _catalogue
    if known != (_catalogue or catalogue.demonstrations()):
        for cached in _derived:
            cached.cache_clear()
    _catalogue = known


def derived[C: Any](cached: C) -> C:
    """Marks a cached function whose results depend on an operator's names, to be forgotten with them."""
    _derived.append(cached)
    return cached


def rows(file: str) -> Iterator[list[str]]:
    """The tab-separated rows of a list, without comments and blank lines; then those of the folder of its name.

    In `cues/` and `topics/` a capability keeps what only its own flows name, in a file of its word.
    """
    for path in files(FOLDER / file):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                yield line.split("\t")


def files(path: Path) -> list[Path]:
    """A list, and the files of the folder of its name."""
    return [path, *sorted(path.with_suffix("").glob("*.tsv"))]


@derived
@cache
def names(file: str) -> dict[str, str]:
    """Every way to write a name, in small letters → the name itself; `-` stands for no other way.

    The operator's own come first.
    """
    known = _catalogue or catalogue.demonstrations()
    own: dict[str, Iterable[catalogue.Plan | catalogue.Service]] = {
        "plans.tsv": known.plans,
        "services.tsv": known.services,
    }
    found: dict[str, str] = {}
    for one in own.get(file, ()):
        for written in (one.name, *one.said_as):
            found.setdefault(written.lower(), one.name)
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


@derived
@cache
def dictionary() -> frozenset[str]:
    """The words of the domain: data/nlu/dictionary and all names."""
    words = {
        line.split()[0]
        for path in (FOLDER / "dictionary").glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    }
    for file in ("services.tsv", "plans.tsv", "documents.tsv"):
        words |= set(names(file))
    return frozenset(words)
