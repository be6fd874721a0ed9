"""Tests. Rasa is imported without TensorFlow, as the programs do."""

from bot.engine.stand_ins import install

install()
