"""`yingting new NAME`: the files of a capability, from sentence to record, with a dialogue that passes."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

from bot.dialogue import registry
from bot.dialogue.flow import Flows
from bot.dialogue.registry import Intent
from bot.dialogue.sms_code import Code
from bot.settings import ROOT

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "capability"
FILES = {  # by template: where it goes
    "flow.yml": "data/flows/{name}.yml",
    "nlu.yml": "data/nlu/{name}.yml",
    "answers.yml": "bot/domain/{name}.yml",
    "action.py": "actions/{name}.py",
    "hall.py": "hall/{name}.py",
    "bss.py": "hall/bss/{name}.py",
    "demo.py": "hall/bss/demo/{name}.py",
    "conversations.yml": "tests/conversations/{name}.yml",
    "test_hall.py": "tests/hall/test_{name}.py",
}
SENTENCES = "nlu.yml"
NEXT = """
{name} is there. Make it yours, file by file: docs/tutorials/capability.md leads through it. Then
  .venv/bin/yingting check
  .venv/bin/python -m pytest tests/hall/test_{name}.py tests/conversations -k {name}"""


class Taken(ValueError):
    """The name cannot be used; the message says why."""


@dataclass(frozen=True)
class Capability:
    """What the files are made of."""

    name: str
    title: str
    intent: str
    codes: tuple[Code, ...] = ()
    sentences: Path | None = None  # the file of data/nlu that has them already

    def text(self, template: str) -> str:
        """A file's text."""
        named = "".join(part.title() for part in self.name.split("_"))
        codes = ", ".join(f"{_quoted(code.code)}: {code.argument}" for code in self.codes)
        source = (TEMPLATES / f"{template}.txt").read_text("utf-8")
        facts = {"name": self.name, "Name": named, "fact": named.lower(), "title": self.title}
        text = Template(source).substitute(facts, intent=self.intent, codes=f"  code: {{{codes}}}\n" if codes else "")
        return re.sub(r"(?:^from hall[\w. ]* import .*\n)+", _in_order, text, flags=re.M)


def _in_order(imports: re.Match[str]) -> str:
    """Lines of imports by module: where a new word comes among them depends on the word."""
    return "".join(sorted(imports[0].splitlines(keepends=True), key=lambda line: line.split()[1]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one word that names it in every folder, and what customers call it."""
    parser.add_argument("name", help="one word, as invoice: its files are named by it")
    parser.add_argument("--title", default="", help="what it is called to customers, as 开发票")


def run(options: argparse.Namespace) -> None:
    """Write the files and say what to do with them."""
    try:
        for path in write(options.name, options.title):
            print(f"  {path.relative_to(ROOT)}")
    except Taken as error:
        sys.exit(f"yingting: {error}")
    print(NEXT.format(name=options.name))


def write(name: str, title: str, root: Path = ROOT) -> list[Path]:
    """Write the files of a capability; sentences that nothing serves yet keep their file. Raises Taken, Mistakes."""
    capability = _planned(name, title, root)
    files = {template: root / place.format(name=name) for template, place in FILES.items()}
    if capability.sentences:
        del files[SENTENCES]
    if there := [path for path in files.values() if path.exists()]:
        raise Taken(f"{there[0].relative_to(root)} is there already")
    for template, path in files.items():
        path.write_text(capability.text(template), "utf-8")
    if capability.sentences:
        _take_over(capability.sentences)
    return [*files.values(), *([capability.sentences] if capability.sentences else [])]


def _planned(name: str, title: str, root: Path) -> Capability:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise Taken(f"{name!r} is no name: small letters, digits and _")
    intents, flows = registry.intents(root), registry.flows(root)
    if name in flows:
        raise Taken(f"there is a flow {name} already")
    sentences = root / FILES[SENTENCES].format(name=name)
    waiting = _waiting(sentences, intents, frozenset(_unserved(flows)))
    if waiting:
        return Capability(name, title or waiting.title, waiting.name, waiting.codes, sentences)
    if sentences.exists() or f"check_{name}" in intents:
        raise Taken(f"check_{name} means something already: choose another word")
    return Capability(name, title or name, f"check_{name}")


def _unserved(flows: Flows) -> tuple[str, ...]:
    return tuple(intent for flow in flows if flow.rest for intent in flow.intents)


def _waiting(sentences: Path, intents: dict[str, Intent], unserved: frozenset[str]) -> Intent | None:
    """The only intent of a file of sentences, if no flow serves it yet."""
    found = [intent for intent in intents.values() if intent.path == sentences]
    return found[0] if len(found) == 1 and found[0].name in unserved else None


def _quoted(code: str) -> str:
    """A code as YAML writes it: digits would be read as a number."""
    return f'"{code}"' if code.isdigit() else code


def _take_over(sentences: Path) -> None:
    """Title and codes stand in the flow from now on."""
    text = sentences.read_text("utf-8")
    sentences.write_text(re.sub(r"^  metadata:\n(?:    .*\n)+", "", text, count=1, flags=re.M), "utf-8")
