"""The clock of a venue, read: Unix times in any unit become nanoseconds."""

from __future__ import annotations

from scanner.exchanges.base import RemoteNonsense

LATEST = 2**63 - 1
"""Nanoseconds must fit a signed 64-bit integer, as they travel in one."""

_MILLISECONDS_FROM, _MILLISECONDS_TO = 1_000_000_000_000, LATEST // 1_000_000
_UNITS = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
"""Digits of a present-day Unix time → nanoseconds in one unit: seconds, milliseconds, microseconds, nanoseconds."""


def nanoseconds(stamp: int) -> int:
    """A Unix time of the years 2001 to 2262 in nanoseconds; its digits tell its unit. RemoteNonsense for anything else.

    Digits are better witnesses than documents: Bithumb writes milliseconds in its reference and sends microseconds. And
    better than what was asked for, though a sheet advises to go by that: who asks Binance for microseconds where that
    option is not known gets milliseconds and no error. Read by the option they would be times of 1970; read by their
    digits they are right, and only coarser. That would show in event times which all end in six zeros.
    """
    if _MILLISECONDS_FROM <= stamp < _MILLISECONDS_TO:  # the short way for nearly every message
        return stamp * 1_000_000
    at = stamp * _UNITS.get(len(str(stamp)), 0)
    if not 0 < at <= LATEST:
        raise RemoteNonsense(f"{stamp} is no time of our age")
    return at
