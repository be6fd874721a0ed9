"""Guides: what is told of business that is not done here, guides/*.yml of the operator's folder.

An entry has a title, keywords, conditions that the hall checks for the customer's line, and facts by topic of a
question. A fact may differ by case and line (`variants`), and name values that differ by carrier (`values`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from hall.policy_file import File, Source, count, list_of, mapping, text, text_or_none

Block = Literal["real_name", "arrears", "contract", "days", "state", "service"]  # keeps the customer from it
Note = Literal["owes", "is_lost", "company", "has_service"]  # is only told
Check = Block | Note
BLOCKS: tuple[Block, ...] = get_args(Block)
CHECKS: tuple[Check, ...] = (*BLOCKS, *get_args(Note))
WHEN = ("case", "carrier", "tier", "city", "is")
OTHER = "other"  # the value for whom no value is named
RULES = ("suspend_fee", "suspend_months", "family_fee", "family_most", "family_minutes")  # values of policy/line.yml
SUMMARY = "summary"  # the fact that is told to who asks for nothing in particular

_words = list_of(text, empty=True)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact in words, for the web and for one SMS."""

    text: str
    sms: str

    def filled(self, values: Mapping[str, str]) -> Told:
        """With its gaps filled."""
        return Told(self.text.format(**values), self.sms.format(**values))


@dataclass(frozen=True, slots=True)
class Condition:
    """What is checked for the line: one of CHECKS; `days` and `code` (of a service) where the check needs one."""

    check: Check
    days: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """Facts of who fits: of each of WHEN that is named, one of the words must be the customer's."""

    when: Mapping[str, frozenset[str]]
    facts: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class Guide:
    """One entry; its name is the flow's. `cases`, `asks`: words that people use, by case and by fact."""

    name: str
    title: str
    keywords: tuple[str, ...]
    facts: Mapping[str, Told]
    source: Source
    conditions: tuple[Condition, ...] = ()
    loses: bool = False  # whether it is told what the line loses by it
    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # name → carrier → word
    next: tuple[str, ...] = ()  # flows that are offered, by intent or name

    def fact(self, topic: str, fits: Mapping[str, frozenset[str]], rules: Mapping[str, str]) -> Told | None:
        """What is told of a topic to the customer whom `fits` describes, by WHEN; None where nothing is known.

        `rules`: the values of RULES.
        """
        found = (one.facts[topic] for one in self.variants if topic in one.facts and _fit(one.when, fits))
        told = next(found, self.facts.get(topic))
        if told is None:
            return None
        carrier = next(iter(fits.get("carrier", ())), OTHER)
        return told.filled({**rules, **{name: by.get(carrier, by[OTHER]) for name, by in self.values.items()}})


Guides = Mapping[str, Guide]


def guide(name: str, file: File) -> Guide:
    """Check one file of guides/; raises PolicyError."""
    values = {key: _value(file, f"values.{key}") for key in _names(file, "values")}
    variants = file.items("variants") if file.has("variants") else []
    made = Guide(
        name=name,
        title=file.get("title", text),
        keywords=file.get("keywords", list_of(text)),
        facts=_facts(file, "facts", values),
        source=file.source(),
        conditions=_conditions(file),
        loses=file.has("loses") and file.get("loses", bool),
        cases={key: file.get(f"cases.{key}", list_of(text)) for key in _names(file, "cases")},
        asks={key: file.get(f"asks.{key}", list_of(text)) for key in _names(file, "asks")},
        variants=tuple(_variant(file, key, values) for key in variants),
        values=values,
        next=file.get("next", _words) if file.has("next") else (),
    )
    for topic in made.asks:
        if topic not in made.facts:
            raise file.error(f"asks.{topic}", "no fact has this name")
    file.finish()
    return made


def _names(file: File, key: str) -> tuple[str, ...]:
    return file.keys(key) if file.has(key) else ()


def _value(file: File, key: str) -> Mapping[str, str]:
    value = file.get(key, _text_or_mapping)
    found = {OTHER: value} if isinstance(value, str) else {str(name): text(word) for name, word in value.items()}
    if OTHER not in found:
        raise file.error(key, f"needs a value for {OTHER}")
    return found


def _text_or_mapping(value: Any) -> str | dict[str, Any]:
    return text(value) if isinstance(value, str) else mapping(value)


def _facts(file: File, key: str, values: Mapping[str, Mapping[str, str]]) -> Mapping[str, Told]:
    gaps = dict.fromkeys((*values, *RULES), "")

    def told(value: Any) -> Told:
        found = mapping({"text": value, "sms": value} if isinstance(value, str) else value)
        made = Told(text(found.get("text")), text(found.get("sms", found.get("text"))))
        try:
            made.filled(gaps)
        except (KeyError, IndexError) as error:
            raise ValueError(f"names a value that is not there ({error})") from None
        return made

    return {name: file.get(f"{key}.{name}", told) for name in file.keys(key)}


def _conditions(file: File) -> tuple[Condition, ...]:
    def condition(value: Any) -> Condition:
        found = mapping(value)
        if found.get("check") not in CHECKS or set(found) - {"check", "days", "code"}:
            raise ValueError(f"must be a check of {', '.join(CHECKS)}")
        return Condition(found["check"], count(found["days"]) if "days" in found else 0, str(found.get("code", "")))

    return file.get("conditions", list_of(condition, empty=True)) if file.has("conditions") else ()


def _variant(file: File, key: str, values: Mapping[str, Mapping[str, str]]) -> Variant:
    names = file.keys(f"{key}.when")
    if unknown := set(names) - set(WHEN):
        raise file.error(f"{key}.when", f"knows {', '.join(WHEN)}, not {', '.join(sorted(unknown))}")
    when = {name: frozenset(file.get(f"{key}.when.{name}", list_of(text_or_none))) for name in names}
    return Variant(when, _facts(file, f"{key}.facts", values))


def _fit(when: Mapping[str, frozenset[str]], fits: Mapping[str, frozenset[str]]) -> bool:
    return all(fits.get(name, frozenset()) & wanted for name, wanted in when.items())
