"""Ids for trades that MEXC leaves without: its schema has a place for them since 2026, its REST answers have null."""

from __future__ import annotations

from scanner.model.market import Side


def made_id(ms: int, price: float, size: float, side: Side, taken: dict[str, int]) -> str:
    """What can be known of a trade, and its place among its equals in one frame or answer, counted in `taken`.

    So a frame that comes twice gives the same ids twice, and so does REST where it shows the whole millisecond. The
    price of that: of two trades alike in millisecond, price, size and side that come in two frames, the second is
    taken for the first come again. Frames gather 100 ms, so that needs a millisecond cut in two.
    """
    known = f"{ms}-{price}-{size}-{side}"
    nth = taken[known] = taken.get(known, -1) + 1
    return f"{known}-{nth}"
