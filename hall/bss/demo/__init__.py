"""The embedded operator of the demonstration: twelve customers whose records move with the clock."""

from hall.bss.demo.adapter import DemoBss
from hall.bss.demo.seed import seed

__all__ = ["DemoBss", "seed"]
