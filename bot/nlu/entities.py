"""Extracts the values of a message, with their spans, by rules. Nothing here is learned."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import amounts, gazetteer, invoice_values, months, numerals, values
from bot.nlu.component import NluComponent
from bot.nlu.values import Found
from hall import clock

EXTRACTOR = "bot.nlu.entities"


def find(text: str, today: date) -> list[Found]:
    """All values of a normalised text, in order; of two that overlap the more certain one stays."""
    found: list[Found] = []
    taken: set[int] = set()
    counted = numerals.any_in(text)
    candidates = [
        *invoice_values.find(text),
        *(values.phone_numbers(text) if counted else ()),
        *months.find(text, today),
        *gazetteer.plans(text),
        *(values.data_sizes(text) if counted else ()),
        *(amounts.find(text) if counted else ()),
        *gazetteer.services(text),
        *gazetteer.documents(text),
        *gazetteer.places(text),
        *gazetteer.scopes(text),
        *gazetteer.carriers(text),
        *gazetteer.ways_to_pay(text),
    ]
    for one in candidates:
        span = range(one.start, one.end)
        if taken.isdisjoint(span):
            taken.update(span)
            found.append(one)
    return sorted(found, key=lambda one: one.start)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Entities(NluComponent):
    """Adds the values of a message to `entities`, in Rasa's form."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Months are relative to the hall's clock."""
        today = clock.current().local().date()
        for message in messages:
            if text := message.get(TEXT):
                message.set(ENTITIES, [as_rasa(one) for one in find(text, today)], add_to_output=True)
        return messages


def as_rasa(found: Found) -> dict[str, Any]:
    """An entity in Rasa's form."""
    return {
        "entity": found.entity,
        "value": found.value,
        "start": found.start,
        "end": found.end,
        "confidence_entity": 1.0,
        "extractor": EXTRACTOR,
    }
