"""Trees of questions about what does not work, and known outages: faults/faults.yml of the operator's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hall.policy_file import File, count, list_of, text

REPAIR = "repair"
END = "end"


@dataclass(frozen=True, slots=True)
class Node:
    """A question (`asks`) whose answers lead to other nodes, or something to try: worked is the end of it."""

    text: str
    asks: bool
    yes: str
    no: str
    yes_words: tuple[str, ...] = ()
    no_words: tuple[str, ...] = ()
    done: tuple[str, ...] = ()  # words that tell that it was tried already


@dataclass(frozen=True, slots=True)
class Kind:
    """What does not work. `visit`: a fitter comes."""

    key: str
    name: str
    words: tuple[str, ...]
    first: str
    nodes: Mapping[str, Node]
    visit: bool = False
    weak: tuple[str, ...] = ()  # words that name it only where no kind is named by its own: 家里宽带断网


@dataclass(frozen=True, slots=True)
class KnownOutage:
    """Something that is down for everybody of a carrier in a city, or in one district of it."""

    carrier: str
    city: str
    district: str
    kinds: frozenset[str]
    what: str
    began_hours: int
    lasts_hours: int


@dataclass(frozen=True, slots=True)
class FaultRules:
    """All trees, and the outages of the demonstration."""

    kinds: tuple[Kind, ...] = ()
    outages: tuple[KnownOutage, ...] = ()
    visits: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # words that say that something does work: 有信号

    def kind(self, key: str) -> Kind | None:
        """The kind of that key."""
        return next((one for one in self.kinds if one.key == key), None)

    def named(self, said: str) -> tuple[str, ...]:
        """The kinds that a text names, as they stand in it; of words within each other the longer one."""
        low = said.lower()
        for word in self.ignored:
            low = low.replace(word, " ")
        return self._by(low, lambda one: one.words) or self._by(low, lambda one: one.weak)

    def _by(self, low: str, words: Callable[[Kind], tuple[str, ...]]) -> tuple[str, ...]:
        found = dict[str, tuple[int, int]]()
        spans = [
            (low.find(word), low.find(word) + len(word), one.key)
            for one in self.kinds
            for word in words(one)
            if word in low
        ]
        for start, end, key in sorted(spans, key=lambda span: span[0] - span[1]):
            if all(end <= first or start >= last for first, last in found.values()) and key not in found:
                found[key] = (start, end)
        return tuple(sorted(found, key=lambda key: found[key]))


NO_FAULTS = FaultRules()


def faults(file: File) -> FaultRules:
    """Read and check the trees; raises PolicyError."""
    file.source()
    most = file.get("most_questions", count)
    kinds = tuple(_kind(file, key, most) for key in file.keys("kinds"))
    outages = tuple(_outage(file, key) for key in file.items("outages")) if file.has("outages") else ()
    visits = file.get("visits", list_of(text))
    ignored = file.get("ignored", list_of(text)) if file.has("ignored") else ()
    file.finish()
    return FaultRules(kinds, outages, visits, ignored)


def _kind(file: File, key: str, most: int) -> Kind:
    at = f"kinds.{key}"
    nodes = {name: _node(file, f"{at}.steps.{name}") for name in file.keys(f"{at}.steps")}
    first = file.get(f"{at}.first", text)
    for name, node in nodes.items():
        if unknown := {first, node.yes, node.no} - {*nodes, REPAIR, END}:
            raise file.error(f"{at}.steps.{name}", f"leads to {', '.join(unknown)}, which is no step")
    if _longest(nodes, first, frozenset()) > most:
        raise file.error(f"{at}.steps", f"asks more than {most} things")
    visit = file.get(f"{at}.visit", bool) if file.has(f"{at}.visit") else False
    weak = file.get(f"{at}.weak", list_of(text)) if file.has(f"{at}.weak") else ()
    return Kind(key, file.get(f"{at}.name", text), file.get(f"{at}.words", list_of(text)), first, nodes, visit, weak)


def _node(file: File, at: str) -> Node:
    if file.has(f"{at}.ask"):
        said = {k: file.get(f"{at}.{k}", list_of(text)) for k in ("yes_words", "no_words") if file.has(f"{at}.{k}")}
        return Node(file.get(f"{at}.ask", text), True, file.get(f"{at}.yes", text), file.get(f"{at}.no", text), **said)
    done = file.get(f"{at}.done", list_of(text)) if file.has(f"{at}.done") else ()
    return Node(file.get(f"{at}.try", text), False, END, file.get(f"{at}.failed", text), done=done)


def _longest(nodes: Mapping[str, Node], at: str, seen: frozenset[str]) -> int:
    """How much is asked and tried from a node on; a circle is too long."""
    if at not in nodes:
        return 0
    if at in seen:
        return len(nodes) + 99
    return 1 + max(_longest(nodes, to, seen | {at}) for to in (nodes[at].yes, nodes[at].no))


def _outage(file: File, at: str) -> KnownOutage:
    words: dict[str, Any] = {name: file.get(f"{at}.{name}", text) for name in ("carrier", "city", "what")}
    return KnownOutage(
        **words,
        district=file.get(f"{at}.district", str),
        kinds=frozenset(file.get(f"{at}.kinds", list_of(text))),
        began_hours=file.get(f"{at}.began_hours", count),
        lasts_hours=file.get(f"{at}.lasts_hours", count),
    )
