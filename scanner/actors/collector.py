"""Python's cyclic garbage collector, set for a process that makes thousands of values a second and few circles."""

from __future__ import annotations

import gc

YOUNG = 100_000
"""Tracked values between two looks at the youngest. The usual 700 means several looks at each batch of order books,
whose tuples are all alive: a quarter of the time that a book takes."""


def relax() -> None:
    """What has been imported stays for good and is not looked at again; the rest is looked at less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
