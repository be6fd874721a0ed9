"""Suppliers that deliver data and credit: the port, and its adapters. demo.py is the demonstration's supplier."""
