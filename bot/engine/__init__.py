"""Rasa as a library in our process: load, understand, predict, run actions. No server, no Dask.

Everything that replaces a part of Rasa is in this folder, each with a test in tests/bot/engine that
fails when that part of Rasa changes:

    stand_ins   TensorFlow's names          runner      DaskGraphRunner
    tracker     TrackerStore                processor   MessageProcessor, RemoteAction
    responses   TemplatedNaturalLanguageGenerator
"""

import logging

import structlog

# Rasa logs what customers write, at debug level; ours must never.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
