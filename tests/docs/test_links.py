"""Every relative link and every path that the pages name leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.settings import ROOT

PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bot").rglob("*.md"))
    if path.name != "CHANGELOG.md"  # it tells what was, too
)
TOP = ("actions", "benchmarks", "bot", "channels", "data", "deploy", "docs", "hall", "testing", "tests", "yingting")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
NAMED = re.compile(rf"`((?:{'|'.join(TOP)})/[\w./-]*)`")
NOT_YET = ("invoice", "voucher", "/new_", "NAME")  # what a reader is told to write himself


def test_every_relative_link_leads_to_a_file_and_its_heading() -> None:
    dead = [f"{page.relative_to(ROOT)}: {link}" for page in PAGES for link in _links(page) if not _leads(page, link)]
    assert not dead


def test_every_path_that_is_named_exists() -> None:
    gone = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in NAMED.findall(page.read_text("utf-8"))
        if not (ROOT / name).exists() and not any(mark in name for mark in NOT_YET)
    ]
    assert not gone


def test_every_module_that_is_named_by_its_file_alone_exists() -> None:
    files = {path.name for top in TOP for path in (ROOT / top).rglob("*.*")}
    gone = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in re.findall(r"`([a-z_]+\.(?:py|tsv))`", page.read_text("utf-8"))
        if name not in files and not any(mark in name for mark in NOT_YET)
    ]
    assert not gone


def test_every_page_can_be_reached_from_the_index() -> None:
    seen, queue = set(), [ROOT / "docs" / "index.md"]
    while queue:
        page = queue.pop().resolve()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        queue += [page.parent / link.partition("#")[0] for link in _links(page) if not link.startswith(("http", "#"))]
    assert not [str(page.relative_to(ROOT)) for page in PAGES if page.resolve() not in seen]


def _links(page: Path) -> Iterator[str]:
    for markdown, html in LINK.findall(_without_code(page.read_text("utf-8"))):
        yield markdown or html


def _leads(page: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them, and those that it gives itself."""
    text = page.read_text("utf-8")
    titles = re.findall(r"^#+ (.+)$", _without_code(text), re.M)
    made = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    return made | set(re.findall(r"<a name=\"([^\"]+)\"", text))


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
