"""Ways to understand a message, compared in one run on messages that no training has seen: `make models`."""
