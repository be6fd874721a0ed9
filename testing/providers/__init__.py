"""Systems outside as their documentation describes them, on a port of this machine, for tests of adapters."""
