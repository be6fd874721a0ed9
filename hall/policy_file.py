"""Reading a file of an operator so that a mistake in it is named: file, line, key and reason."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from hall import yaml_file
from hall.errors import HallError, OfTheHouse
from hall.yaml_file import Keys, YamlError, shown

T = TypeVar("T")


class PolicyError(OfTheHouse, HallError):
    """A rule that cannot be read: which file, which line and key where known, and why."""

    def __init__(self, file: str, key: str, why: str, line: int | None = None) -> None:
        where = f"{file} line {line}" if line else file
        super().__init__(f"{where}: {key}: {why}" if key else f"{where}: {why}")
        self.file, self.key, self.why, self.line = file, key, why, line


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, and as of when."""

    document: str
    date: date


@dataclass(frozen=True, slots=True)
class File:
    """A YAML mapping whose values are asked for by key (`a.b`, `a[2].c`) and kind.

    What was never asked for is a mistake, too: see `finish`. Where one file lies over another
    (hall/operator_files.py), `inherited` names the other file by the keys that come from it.
    """

    name: str
    data: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> File:
        """The file at `path`; raises PolicyError."""
        name = shown(path)
        try:
            document = yaml_file.read(path)
        except YamlError as error:
            raise PolicyError(name, "", error.what, error.line) from error
        except (OSError, ValueError) as error:
            raise PolicyError(name, "", str(error)) from error
        if not isinstance(document.data, dict):
            raise PolicyError(name, "", "must be a mapping")
        return cls(name, document.data, {_joined(keys): line for keys, line in document.lines.items()})

    def get(self, key: str, check: Callable[[Any], T]) -> T:
        """The value at `key` as `check` returns it; a ValueError of `check` says what is wrong."""
        self._asked.add(key)
        return self._checked(key, check)

    def at(self, key: str) -> Mapping[str, Any]:
        """The mapping at `key`, without asking for what is in it; the whole for no key."""
        return self._checked(key, mapping) if key else self.data

    def has(self, key: str) -> bool:
        """Whether there is such a key."""
        return key in self.lines

    def items(self, key: str) -> list[str]:
        """The keys of the entries of the list at `key`, which must have some."""
        return [f"{key}[{index}]" for index in range(len(self._checked(key, list_of(mapping))))]

    def keys(self, key: str) -> tuple[str, ...]:
        """The names of the entries of the mapping at `key`, which must have some."""
        names = tuple(self._checked(key, mapping))
        if not names or not all(isinstance(name, str) for name in names):
            raise self.error(key, "must have entries with names")
        return names

    def source(self, key: str = "") -> Source:
        """The source of the rule at `key`: by its name in `sources`; without a key, of the whole file."""
        if not key:
            return Source(self.get("source", text), self.get("date", day))
        name = self.get(f"{key}.source", text)
        if not self.has(f"sources.{name}"):
            raise self.error(f"{key}.source", f"names none of the sources, not {name!r}")
        return Source(self.get(f"sources.{name}.document", text), self.get(f"sources.{name}.date", day))

    def finish(self) -> None:
        """Raise PolicyError for the first key of this file that nobody asked for: misspelt, or of no effect."""
        known = {prefix for key in self._asked for prefix in _prefixes(key)}
        for key in self.lines:
            if key not in known and key not in self.inherited and not any(_within(key, asked) for asked in self._asked):
                raise self.error(key, f"is no rule that the hall knows{perhaps(key, known)}")

    def _checked(self, key: str, check: Callable[[Any], T]) -> T:
        value: Any = self.data
        for part in re.findall(r"[^.\[\]]+", key):
            known = part in value if isinstance(value, dict) else isinstance(value, list) and int(part) < len(value)
            if not known:
                raise self.error(key, "is missing")
            value = value[part] if isinstance(value, dict) else value[int(part)]
        try:
            return check(value)
        except ValueError as error:
            raise self.error(key, f"{error}, not {value!r}") from error

    def error(self, key: str, why: str) -> PolicyError:
        """A PolicyError at `key`, or at the nearest key above it that is in the file."""
        above = key
        while above and above not in self.lines:
            above = above[: max(above.rfind("."), above.rfind("["), 0)]
        return PolicyError(self.inherited.get(above, self.name), key, why, self.lines.get(above))


def table(path: Path) -> Iterator[tuple[int, File]]:
    """The rows of a tab-separated file with a head, each with its line; lines that begin with # are remarks."""
    kept = [(number, line) for number, line in _numbered(path) if line and not line.startswith("#")]
    for (number, _), row in zip(kept[1:], csv.DictReader((line for _, line in kept), delimiter="\t"), strict=True):
        yield number, File(shown(path), row, dict.fromkeys([*row, ""], number))


def table_source(path: Path) -> Source:
    """The source of a whole table: its remarks `# source: …` and `# date: YYYY-MM-DD`."""
    found = (_REMARK.fullmatch(line) for _, line in _numbered(path))
    remarks = {match[1]: match[2] for match in found if match}
    try:
        return Source(text(remarks.get("source")), date.fromisoformat(remarks.get("date", "")))
    except ValueError:
        raise PolicyError(shown(path), "", "must begin with `# source: …` and `# date: YYYY-MM-DD`", 1) from None


def perhaps(word: str, known: Collection[str]) -> str:
    """`, perhaps X`, when a known word is close to one that is not; else nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.75)
    return f", perhaps {near[0]}" if near else ""


_REMARK = re.compile(r"#\s*(source|date):\s*(.*)")


def _numbered(path: Path) -> list[tuple[int, str]]:
    try:
        return list(enumerate(path.read_text("utf-8").splitlines(), start=1))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(shown(path), "", str(error)) from error


def _joined(keys: Keys) -> str:
    """`("a", 2, "b")` → `a[2].b`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _prefixes(key: str) -> Iterator[str]:
    """`a.b[2].c` → itself, `a.b[2]`, `a.b`, `a` and the whole."""
    while key:
        yield key
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    yield ""


def _within(key: str, above: str) -> bool:
    return key.startswith((f"{above}.", f"{above}["))


def count(value: Any) -> int:
    """A whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number above 0")
    return value


def number_text(value: Any) -> int:
    """The same, written in a table."""
    if not isinstance(value, str) or not value.isdecimal() or int(value) < 1:
        raise ValueError("must be a whole number above 0")
    return int(value)


def amount_text(value: Any) -> int:
    """A whole number from 0 on, written in a table."""
    if not isinstance(value, str) or not value.isdecimal():
        raise ValueError("must be a whole number")
    return int(value)


def words_text(value: Any) -> tuple[str, ...]:
    """Words in a table, comma separated; `-` for none."""
    return () if value == "-" else tuple(word.strip() for word in text(value).split(","))


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text")
    return value.strip()


def text_or_none(value: Any) -> str:
    """A text, "" for none."""
    if not isinstance(value, str):
        raise ValueError('must be a text, "" for none')
    return value.strip()


def truth(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def day(value: Any) -> date:
    """A date."""
    if type(value) is not date:
        raise ValueError("must be a date, YYYY-MM-DD")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """A mapping."""
    if not isinstance(value, dict):
        raise ValueError("must be a mapping")
    return value


def pair(value: Any) -> tuple[int, int]:
    """Two whole numbers, the lower first."""
    low, high = list_of(count)(value) if isinstance(value, list) and len(value) == 2 else (2, 1)
    if low > high:
        raise ValueError("must be two numbers, the lower first")
    return low, high


def one_of(*allowed: str) -> Callable[[Any], str]:
    """One of these words."""

    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return check


def only(allowed: bool) -> Callable[[Any], bool]:
    """This truth value and no other."""

    def check(value: Any) -> bool:
        if value is not allowed:
            raise ValueError(f"must be {str(allowed).lower()}: the hall knows no other rule")
        return bool(value)

    return check


def list_of[T](check: Callable[[Any], T], *, empty: bool = False) -> Callable[[Any], tuple[T, ...]]:
    """A list of what `check` takes."""

    def check_all(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not (value or empty):
            raise ValueError("must be a list")
        return tuple(check(item) for item in value)

    return check_all
