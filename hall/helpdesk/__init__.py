"""Help desks: where a person answers a customer. Ours is `channels/desk`; another may stand before it.

A hand-off is ours, always: its queue, its state, its owner. With another desk each one is also opened there, what the
customer writes is brought there and what its agents write is brought back. While it cannot be reached, who waits is
given to our own agents, so nobody waits at a desk that is down.
"""
