"""How a message becomes a reply: understanding, dialogue, one turn in one transaction."""
