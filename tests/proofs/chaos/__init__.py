"""Faults: processes killed, databases lost, systems that hang. `make chaos`; a short selection in `make proofs`."""
