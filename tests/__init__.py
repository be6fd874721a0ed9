"""Tests. Rasa is imported without TensorFlow, as the programs do."""

from bot.engine.import_stubs import install

install()
