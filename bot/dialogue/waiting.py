"""Wishes that wait for the task before them: beginning the next when it is its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.dialogue.flow import Flow
from bot.dialogue.focus import PHONE
from bot.dialogue.state import ParsedMessage, SlotView, State

if TYPE_CHECKING:
    from bot.dialogue.interpreter import Interpreter

OFFER = "action_offer"


def begin_next(run: Interpreter, state: State, view: SlotView) -> bool:
    """Begin the next of the wishes that were said together, when it is its turn."""
    while state.waiting and len(state.stack) <= state.waiting[0]["depth"]:
        wish = state.waiting.pop(0)
        flow = run.flows.starting_at(wish["intent"])
        if flow is not None and _taken(wish, view):  # else it was remembered by an older model
            _announce(run, state, flow, wish)
            fills = _like_the_last(state, flow, wish) | wish["fills"]
            run.begin(state, flow, view, ParsedMessage(intent=wish["intent"], fills=fills, chosen=True))
            return True
    return False


def _taken(wish: dict[str, Any], view: SlotView) -> bool:
    """Whether a wish is still to be served: of several values only those that their action took."""
    value = wish["fills"].get(wish.get("each"))
    return value is None or value in (view["several"] or {}).get("values", ())


def _announce(run: Interpreter, state: State, flow: Flow, wish: dict[str, Any]) -> None:
    task, number = run.wish(flow, wish["intent"]), str(wish["fills"].get(wish.get("each"), ""))
    if number.isdecimal():
        state.then(OFFER, offer={"response": "utter_next_each", "facts": {"task": task, "number": number}})
    else:
        state.then("utter_next_wish", task=task)


def _like_the_last(state: State, flow: Flow, wish: dict[str, Any]) -> dict[str, Any]:
    """For a second task beside one of the same kind: what was agreed in the first, but not whom it was for."""
    if not wish.get("like") or state.focus.flow != flow.name:
        return {}
    numbers = {step.target for step in flow.steps if step.entity == PHONE}
    return {slot: value for slot, value in state.focus.values.items() if slot not in numbers}
