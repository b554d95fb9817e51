"""An instrument's last minute, the slow way: by a look at all its prices."""

from itertools import pairwise

from scanner.detectors.market_course import CARRY_S, PPM, STEP_S, STEPS


def change(prices: dict[int, float], second: int) -> int:
    """In millionths: against the last price of four steps ago, or the first of all, or of all since a long silence.

    `prices` maps seconds to the last price in them; the newest is that of `second`.
    """
    step = second // STEP_S
    begun = min(prices)
    for before, after in pairwise(sorted(prices)):
        if after // STEP_S - before // STEP_S > CARRY_S // STEP_S:
            begun = after
    reference = prices[begun]
    for each in sorted(prices):
        if each >= begun and each // STEP_S <= step - STEPS:
            reference = prices[each]
    return round((prices[second] / reference - 1.0) * PPM)
