"""Threads beside the loop: they do what would hold it up, and give way to it soon."""

from __future__ import annotations

import sys

SWITCH_S = 0.0005
"""How long Python code in another thread may run while the loop waits for its turn. The usual 5 ms are an age for a
trade: with a database and files written beside it, a tenth of them takes two thirds off the 99th percentile."""


def give_way() -> None:
    """From now on, in this process."""
    sys.setswitchinterval(SWITCH_S)
