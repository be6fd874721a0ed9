"""The embedded operator of the demonstration: twelve customers whose records move with the clock."""

from hall.bss.demo.operator import DemoAdapter, DemoBss
from hall.bss.demo.records import Demo
from hall.bss.demo.seed import seed

NOBODY = Demo((), {})

__all__ = ["NOBODY", "DemoAdapter", "DemoBss", "seed"]
