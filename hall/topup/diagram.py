"""Writes docs/orders.md from the table in states.py: `python -m hall.topup.diagram > docs/orders.md`."""

from __future__ import annotations

from hall.topup import states

MEANS = {
    states.DRAFT: "shown to the customer; its confirmation key is made here",
    states.CONFIRMED: "the customer said yes; one order for each key, from whatever device",
    states.AWAIT_PAY: "waits for its payment, until it expires",
    states.PAID: "a verified notice or query vouches for exactly its price",
    states.SUBMITTING: "committed before the supplier is called",
    states.PROCESSING: "the supplier has it, or may have it: asked with growing pauses, after 72 h a person looks",
    states.SUCCEEDED: "delivered: complete, never refunded",
    states.FAILED: "the supplier refused it; the refund starts by itself",
    states.PARTIAL: "a part arrived; the refund of the rest starts by itself",
    states.REFUNDING: "the provider is asked under the order's one refund number until it says done",
    states.REFUNDED: "the money is back",
    states.REFUND_STUCK: "the provider refuses or stays silent: an agent asks for it again or pays by hand",
    states.EXPIRED: "not paid in time; the provider was asked first",
    states.CANCELLED: "cancelled by the customer before paying",
}


def document() -> str:
    """The whole page, Markdown with a Mermaid diagram."""
    moves = [f"    {move.before} --> {move.after}: {move.cause}" for move in states.TABLE]
    ends = [f"    {state} --> [*]" for state in states.RESTING]
    rows = [f"| {state} | {MEANS[state]} |" for state in states.STATES]
    table = [f"| {move.before} | {move.cause} | {move.after} | {move.when} |" for move in states.TABLE]
    return "\n".join(
        [
            "# The life of an order",
            "",
            "Written by `python -m hall.topup.diagram > docs/orders.md` from the table in `hall/topup/states.py`.",
            "A move is guarded by the order's version, leaves a row in `order_events` with who, when and why, and",
            "books its money in the same transaction. The database refuses a move that is not in the table.",
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


if __name__ == "__main__":
    print(document(), end="")
