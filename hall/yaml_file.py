"""The one reader of YAML files: plain data, and the line on which each part of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hall.errors import OfTheHouse

Keys = tuple[str | int, ...]
ROOT = Path(__file__).resolve().parent.parent
_BOOL = "tag:yaml.org,2002:bool"


class YamlError(OfTheHouse, ValueError):
    """A file that is no YAML, or says a key twice. `path:line: what` is its message."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{shown(path)}:{line}: {what}")
        self.path, self.line, self.what = path, line, what


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2 in its words: only true and false are booleans, `on` and `no` are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


@dataclass(frozen=True)
class Document:
    """A file's data, and the line of each of its keys and items by the way to it: `("steps", 0, "collect")`."""

    path: Path
    data: Any
    lines: Mapping[Keys, int]

    def line(self, *keys: str | int) -> int:
        """Where a part stands; of one that is not there, the nearest part around it."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


def read(path: Path) -> Document:
    """Read a file of one document. Raises YamlError, OSError."""
    try:
        return parse(path.read_text("utf-8"), path)
    except UnicodeDecodeError as error:
        raise YamlError(path, 1, f"is not UTF-8 (byte {error.start})") from error


def parse(text: str, path: Path) -> Document:
    """Read a document from a text; `path` names it in errors. Raises YamlError."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(path, None, {})
        lines = dict(_lines(node, (), path))
        return Document(path, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(path, mark.line + 1 if mark else 1, what) from error
    except yaml.YAMLError as error:
        raise YamlError(path, 1, str(error).splitlines()[0]) from error
    finally:
        loader.dispose()


def shown(path: Path) -> str:
    """A path as it is told: relative to the repository where it lies in it."""
    resolved = path.resolve()
    return str(resolved.relative_to(ROOT)) if resolved.is_relative_to(ROOT) else str(path)


def _lines(node: yaml.Node, keys: Keys, path: Path) -> Iterator[tuple[Keys, int]]:
    yield keys, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*keys, index), path)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(path, line, "a key must be a plain text")
            if key.value in seen:
                raise YamlError(path, line, f"{key.value} is there twice")
            seen.add(key.value)
            yield from _lines(value, (*keys, key.value), path)
            yield (*keys, key.value), line
