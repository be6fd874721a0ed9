"""A busy desk in a real browser: two hundred conversations in the list, thirty of them one's own, messages that arrive.

`python -m benchmarks.desk` prints a table. Server and page share the machine, as they do not in a call centre.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from channels.desk import api
from hall import handoff
from testing.browser import CHROMIUM, SWITCHES
from testing.chat_server import served
from testing.desk_office import PASSWORD, desk_office, says, waits

CONVERSATIONS, MINE, OTHERS = 200, 30, 20
MESSAGES, KEYS = 20, 60
WATCH = """() => {
  window.seen = { long: [], keys: [], rows: [], bytes: 0, reads: 0 };
  new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.long.push(one.duration); })
    .observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => { for (const one of list.getEntries()) {
    if (one.name.includes("/api/queue")) { seen.reads += 1; seen.bytes += one.encodedBodySize; } } })
    .observe({ type: "resource" });
  addEventListener("keydown", (event) => {
    const at = event.timeStamp;
    requestAnimationFrame(() => setTimeout(() => seen.keys.push(performance.now() - at)));
  }, true);
}"""
ROW = """([id, words]) => new Promise((done) => {
  const row = document.querySelector(`#rows [data-key="${id}"]`), began = performance.now();
  const look = new MutationObserver(() => {
    if (!row.textContent.includes(words)) return;
    look.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  });
  look.observe(row, { childList: true, subtree: true, characterData: true, attributes: true });
})"""


@dataclass
class Result:
    """Milliseconds, but for the counts."""

    first_paint: float = 0.0  # of the page, signed in
    list_after: float = 0.0  # from the address to the whole list
    rows: list[float] = field(default_factory=list)  # from a message in the database to its row on the screen
    keys: list[float] = field(default_factory=list)  # from a key to the next frame, nothing arriving
    busy_keys: list[float] = field(default_factory=list)  # … while messages arrive
    long_tasks: list[float] = field(default_factory=list)  # of the page, while messages arrive
    reads: int = 0  # of the queue, for the messages
    kilobytes: float = 0.0  # of one


async def measure(folder: Path) -> Result:
    """Fill a desk, sign in, and let things happen."""
    async with desk_office(folder) as app, served(app, api.blueprint) as host, async_playwright() as playwright:
        keys = await _fill(app)
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        page = await (await browser.new_context(viewport={"width": 1440, "height": 900})).new_page()
        result = await _watched(app, page, f"http://{host}/desk", keys)
        await browser.close()
    return result


async def _fill(app: Any) -> list[tuple[str, str]]:
    """Hand-offs and conversations of the agent's own."""
    made = [(await waits(app, number), number) for number in range(CONVERSATIONS)]
    for at, (found, _) in enumerate(made[: MINE + OTHERS]):
        await handoff.take_over(app.hall, found, "demo" if at < MINE else "anna")
    known = {item.id: item.conversation for item in await handoff.queue(app.hall)}
    return [(found, known[found]) for found, _ in made[:MINE]]


async def _watched(app: Any, page: Page, url: str, mine: list[tuple[str, str]]) -> Result:
    result = Result()
    await page.goto(url)
    await page.get_by_label("工号").fill("demo")
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.locator("#rows .entry").nth(CONVERSATIONS - 1).wait_for()
    await page.goto("about:blank")
    await page.goto(url)
    await page.locator("#rows .entry").nth(CONVERSATIONS - 1).wait_for()
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    result.first_paint, result.list_after = await page.evaluate(f"[{paint}, performance.now()]")
    await page.locator(f'#rows [data-key="{mine[0][0]}"] button').click()
    box = page.get_by_role("textbox", name="回复客户")
    await box.wait_for()
    await page.evaluate(WATCH)
    await page.wait_for_timeout(1000)
    result.keys = await _type(page, KEYS)
    await page.evaluate("seen.long = []; seen.keys = []; seen.bytes = seen.reads = 0;")
    for number in range(MESSAGES):
        found, key = mine[1 + number % (len(mine) - 1)]
        words = f"这是第{number}次问了"
        drawn = asyncio.create_task(page.evaluate(ROW, [found, words]))
        await asyncio.sleep(0.5)  # an hour's messages, not a second's
        began = asyncio.get_running_loop().time()
        await says(app, key, f"还没有到账，{words}")
        await drawn
        result.rows.append((asyncio.get_running_loop().time() - began) * 1000)
    typing = asyncio.create_task(_type(page, KEYS))
    for number in range(MESSAGES):
        await says(app, mine[1 + number % (len(mine) - 1)][1], f"在吗{number}")
        await asyncio.sleep(0.05)
    result.busy_keys = await typing
    seen = await page.evaluate("seen")
    result.long_tasks, result.reads = seen["long"], seen["reads"]
    result.kilobytes = seen["bytes"] / max(seen["reads"], 1) / 1000
    return result


async def _type(page: Page, many: int) -> list[float]:
    await page.evaluate("seen.keys = []")
    await page.get_by_role("textbox", name="回复客户").focus()
    for _ in range(many):
        await page.keyboard.press("a")
        await asyncio.sleep(0.03)
    return list(await page.evaluate("seen.keys"))


def table(result: Result) -> str:
    """The figures as Markdown."""

    def both(values: list[float]) -> str:
        ordered = sorted(values)
        return f"{statistics.median(ordered):.0f} / {ordered[int(len(ordered) * 0.95) - 1]:.0f} ms" if ordered else "–"

    longest = f"{max(result.long_tasks):.0f} ms" if result.long_tasks else "none"
    rows = [
        ("first paint, signed in", f"{result.first_paint:.0f} ms"),
        ("the whole list drawn", f"{result.list_after:.0f} ms"),
        ("a message until its row shows it, median / p95", both(result.rows)),
        ("a key until the next frame, nothing arrives", both(result.keys)),
        (f"… while {MESSAGES} messages arrive in a second", both(result.busy_keys)),
        ("tasks of the page over 50 ms meanwhile", f"{len(result.long_tasks)}, longest {longest}"),
        (f"readings of the list for {2 * MESSAGES} messages", f"{result.reads}, {result.kilobytes:.0f} KB each"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(table(await measure(Path(folder))))


if __name__ == "__main__":
    asyncio.run(_main())
