"""Rasa custom actions: slots in, one call into the hall, events and a response key out."""
