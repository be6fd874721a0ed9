"""The operator's systems: the port that the hall speaks, and an adapter for each kind of system."""
