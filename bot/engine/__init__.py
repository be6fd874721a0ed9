"""Rasa as a library in our process: load, understand, predict, run actions. No server, no Dask.

Everything that replaces a part of Rasa is in this folder, each with a test in tests/bot/engine that
fails when that part of Rasa changes:

    import_stubs  TensorFlow's names        runner      DaskGraphRunner
    tracker     TrackerStore                processor   MessageProcessor, RemoteAction
    nlg         NaturalLanguageGenerator
"""

import logging

import structlog

# Rasa logs by structlog, at debug level also what customers write; ours must never. That is all that structlog is for:
# the hall logs by `logging`, and binds no conversation to its lines, whose key holds a mobile number.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
