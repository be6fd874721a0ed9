"""Everything that is wrong with the files that people write, told at once and without a trained model.

`yingting check` prints it; training and the start of a server refuse with the same words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bot import named_in_code
from bot.answers import check
from bot.dialogue import flow_file, registry
from bot.engine import domain
from bot.nlu import encoder
from bot.nlu.examples import examples
from hall.problems import Mistakes, Problem
from hall.yaml_file import ROOT, YamlError


def problems(root: Path = ROOT) -> list[Problem]:
    """Mistakes in flows, answers and sentences, each with file, line and hint; by file and line."""
    found = [*flow_file.read(root / "data" / "flows").problems, *_from(registry.intents, root), *_data(root)]
    found += [] if found else _from(domain.compose, root)
    found += [] if found else _names(root)
    found += encoder_problems()
    return sorted(set(found))


def refuse() -> None:
    """Raise Mistakes when anything is wrong."""
    if found := problems():
        raise Mistakes(found)


def encoder_problems() -> Iterator[Problem]:
    """Files of the encoder that are not what its card says."""
    if encoder.wanted():
        try:
            encoder.check()
        except encoder.EncoderError as error:
            yield Problem(encoder.FOLDER / encoder.CARD, 1, str(error))


def _data(root: Path) -> Iterator[Problem]:
    """What is wrong with sentences and word lists."""
    folder = root / "data" / "nlu"
    for path in sorted(folder.glob("*.yml")):
        yield from _from(_read_examples, path)
    for path in sorted(folder.glob("*.tsv")):
        yield from _uneven_rows(path)


def _read_examples(path: Path) -> None:
    for _ in examples(path):
        pass


def _uneven_rows(path: Path) -> Iterator[Problem]:
    """Rows of a list with another number of columns than most: a tab is missing or one too many."""
    rows = enumerate(path.read_text("utf-8").splitlines(), start=1)
    widths = {line: row.count("\t") + 1 for line, row in rows if row and not row.startswith("#")}
    if widths:
        usual = Counter(widths.values()).most_common(1)[0][0]
        for line, width in widths.items():
            if width != usual:
                yield Problem(path, line, f"{width} columns instead of {usual}", "columns are parted by one tab")


def _names(root: Path) -> Iterator[Problem]:
    """What flows name and does not exist, what is said twice, and answers that cannot be rendered."""
    flows = registry.flows(root)
    files = flow_file.read(root / "data" / "flows")
    known = domain.known(domain.compose(root))
    yield from flow_file.problems(files, flows, known)
    yield from named_in_code.problems(root / "actions", known)
    for intent in registry.intents(root).values():
        flow = flows.starting_at(intent.name)
        if flow is not None and not flow.rest and (intent.title or intent.codes):
            what = f"{intent.name} is served by {flow.name}: its title and codes stand there"
            yield Problem(intent.path, intent.line, what, "remove the metadata here")
    yield from check.problems(domain.answers(root))


def _from(read: Callable[[Path], object], path: Path) -> Iterable[Problem]:
    """The mistakes that reading something raises."""
    try:
        read(path)
    except Mistakes as mistakes:
        return mistakes.problems
    except YamlError as error:
        return [Problem(error.path, error.line, error.what)]
    return []
