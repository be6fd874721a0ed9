"""Delivering data: the port, and its adapters beside it. demo.py is the demonstration's supplier."""
