"""docs/orders.md, made of the table in saga.py: `python -m hall.topup.diagram > docs/orders.md`."""

from __future__ import annotations

import inspect
import re

from hall.topup import saga

MEANS = {
    saga.DRAFT: "shown to the customer; its key is made here",
    saga.CONFIRMED: "the customer said yes; one order a key, whatever device says it",
    saga.AWAIT_PAY: "waits for its payment, until it expires",
    saga.PAID: "a verified notice or query vouches for exactly its price",
    saga.SUBMITTING: "written before the supplier is called",
    saga.PROCESSING: "the supplier has it, or may have it: asked with growing pauses, after 72 h a person looks",
    saga.SUCCEEDED: "delivered: complete, never refunded",
    saga.FAILED: "the supplier refused it; the money goes back by itself",
    saga.PARTIAL: "a part arrived; the rest of the money goes back by itself",
    saga.REFUNDING: "the provider is asked under the order's one refund number until it says done",
    saga.REFUNDED: "the money is back",
    saga.REFUND_STUCK: "the provider refuses or stays silent: a person hands it in again or pays by hand",
    saga.EXPIRED: "not paid in time; the provider was asked first",
    saga.CANCELLED: "given up by the customer before paying",
}


def document() -> str:
    """The whole page, Markdown with a Mermaid diagram."""
    moves = [f"    {before} --> {after}: {cause}" for (before, cause), after in saga.MOVES.items()]
    ends = [f"    {state} --> [*]" for state in saga.RESTING]
    states = [f"| {state} | {MEANS[state]} |" for state in saga.STATES]
    why = _reasons()
    table = [f"| {b} | {cause} | {a} | {why[b, cause]} |" for (b, cause), a in saga.MOVES.items()]
    return "\n".join(
        [
            "# The life of an order",
            "",
            "Made of the table in `hall/topup/saga.py` by `python -m hall.topup.diagram > docs/orders.md`.",
            "A move is guarded by the order's version, leaves a row in `order_events` with who, when and why, and",
            "books its money in the same transaction; the database refuses a step that is not in the table.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {saga.FIRST}",
            *moves,
            *ends,
            "```",
            "",
            "| state | means |",
            "|---|---|",
            *states,
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
    return {(before, cause): remark.strip() for before, cause, remark in line.findall(inspect.getsource(saga))}


if __name__ == "__main__":
    print(document(), end="")
