"""The operator's systems, a module a kind of records: its protocol and its records.

The business asks by kind, `hall.bss[Bills].of(line, month)`, and gets an answer in time, or `Unavailable`. An
adapter is a subclass of the kind in a folder named by the system; `demo/` is the demonstration's.

Months are `YYYY-MM` in Asia/Shanghai, money is integer fen, times are aware UTC. An MSISDN has eleven digits.
"""

from hall.bss.kinds import Bss

__all__ = ["Bss"]
