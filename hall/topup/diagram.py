"""docs/orders.md, made of the table in states.py: `python -m hall.topup.diagram > docs/orders.md`."""

from __future__ import annotations

import inspect
import re

from hall.topup import states

MEANS = {
    states.DRAFT: "shown to the customer; its key is made here",
    states.CONFIRMED: "the customer said yes; one order a key, whatever device says it",
    states.AWAIT_PAY: "waits for its payment, until it expires",
    states.PAID: "a verified notice or query vouches for exactly its price",
    states.SUBMITTING: "written before the supplier is called",
    states.PROCESSING: "the supplier has it, or may have it: asked with growing pauses, after 72 h a person looks",
    states.SUCCEEDED: "delivered: complete, never refunded",
    states.FAILED: "the supplier refused it; the money goes back by itself",
    states.PARTIAL: "a part arrived; the rest of the money goes back by itself",
    states.REFUNDING: "the provider is asked under the order's one refund number until it says done",
    states.REFUNDED: "the money is back",
    states.REFUND_STUCK: "the provider refuses or stays silent: a person hands it in again or pays by hand",
    states.EXPIRED: "not paid in time; the provider was asked first",
    states.CANCELLED: "given up by the customer before paying",
}


def document() -> str:
    """The whole page, Markdown with a Mermaid diagram."""
    moves = [f"    {before} --> {after}: {cause}" for (before, cause), after in states.MOVES.items()]
    ends = [f"    {state} --> [*]" for state in states.RESTING]
    rows = [f"| {state} | {MEANS[state]} |" for state in states.STATES]
    why = _reasons()
    table = [f"| {b} | {cause} | {a} | {why[b, cause]} |" for (b, cause), a in states.MOVES.items()]
    return "\n".join(
        [
            "# The life of an order",
            "",
            "Made of the table in `hall/topup/states.py` by `python -m hall.topup.diagram > docs/orders.md`.",
            "A move is guarded by the order's version, leaves a row in `order_events` with who, when and why, and",
            "books its money in the same transaction; the database refuses a step that is not in the table.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {states.FIRST}",
            *moves,
            *ends,
            "```",
            "",
            "| state | means |",
            "|---|---|",
            *rows,
            "",
            "| from | cause | to | when |",
            "|---|---|---|---|",
            *table,
            "",
        ]
    )


def _reasons() -> dict[tuple[str, str], str]:
    """The remark beside each move, from the table's own source."""
    line = re.compile(r'^    \((\w+), +"(\w+)"\): +\w+, +# (.+)$', re.MULTILINE)
    return {(before, cause): remark.strip() for before, cause, remark in line.findall(inspect.getsource(states))}


if __name__ == "__main__":
    print(document(), end="")
