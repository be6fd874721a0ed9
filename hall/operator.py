"""One operator: all that makes the hall its own, read from its folder and checked (docs/operator.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hall.brand import Brand
from hall.bss.demo import records
from hall.bss.demo.records import Demo
from hall.catalogue import Catalogue
from hall.operator_files import DEMO, PHRASES, PREFIXES, OperatorFiles
from hall.policy import Policy
from hall.policy_file import File, PolicyError, list_of, mapping, perhaps, text

Variants = tuple[Mapping[str, Any], ...]  # of one answer, as bot/domain has them


@dataclass(frozen=True, slots=True)
class Phrases:
    """Answers in an operator's own words, by name, and the file that has them."""

    answers: Mapping[str, Variants]
    file: File

    def only(self, known: Collection[str]) -> Mapping[str, Variants]:
        """The answers, all of which must be known by name; raises PolicyError."""
        for name in self.answers:
            if name not in known:
                raise self.wrong(name, f"is no answer of bot/domain{perhaps(name, known)}")
        return self.answers

    def wrong(self, name: str, why: str) -> PolicyError:
        """The error that one of the answers is wrong."""
        return self.file.error(f"responses.{name}", why)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's brand, rules, catalogue and words. `people`: a demonstration's, None when it has none to show."""

    brand: Brand
    policy: Policy
    catalogue: Catalogue
    phrases: Phrases
    number_prefixes: Path
    people: Demo | None

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Operator:
        """Read and check an operator's folder, None for the demonstration's; raises PolicyError."""
        files = OperatorFiles.at(folder)
        return cls(
            brand=Brand.of(files),
            policy=Policy.of(files),
            catalogue=Catalogue.of(files),
            phrases=_phrases(files),
            number_prefixes=files.path(PREFIXES),
            people=_people(files),
        )


@cache
def demonstrations() -> Operator:
    """The demonstration's operator."""
    return Operator.load()


def problems(folder: Path | str | None = None) -> list[str]:
    """What is wrong with an operator's folder, a line each with file, line and hint; the first of each part."""
    files = OperatorFiles(Path(folder).resolve() if folder else None)
    return list(dict.fromkeys([*map(str, files.strangers()), *_first_of_each(files)]))


def _first_of_each(files: OperatorFiles) -> Iterator[str]:
    parts: tuple[Callable[[OperatorFiles], object], ...] = (Brand.of, Policy.of, Catalogue.of, _phrases, _people)
    for part in parts if files.own is None or files.own.is_dir() else ():
        try:
            part(files)
        except PolicyError as error:
            yield str(error)


def _phrases(files: OperatorFiles) -> Phrases:
    """The answers of phrases.yml; whether there are such answers is known where they are said."""
    file = files.file(PHRASES)
    file.source()
    answers = {name: file.get(f"responses.{name}", _variants) for name in _named(file)}
    file.finish()
    return Phrases(answers, file)


def _named(file: File) -> tuple[str, ...]:
    return tuple(map(str, file.get("responses", mapping)))


def _variants(value: Any) -> Variants:
    found = list_of(mapping)(value)
    for variant in found:
        text(variant.get("text"))
    return found


def _people(files: OperatorFiles) -> Demo | None:
    """The people of a demonstration. An operator that is none has no business with invented ones."""
    if Brand.of(files).demonstration:
        return records.load(files)
    if files.has_own(DEMO):
        raise PolicyError(str(files.path(DEMO)), "", "is only for an operator whose brand.yml says demonstration: true")
    return None
