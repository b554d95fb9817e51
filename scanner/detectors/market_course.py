"""One instrument's last minute, in as few numbers as a look at the whole market needs, and how it follows bitcoin."""

from __future__ import annotations

from collections import deque

from scanner.detectors.tape import Tape
from scanner.model.instrument import Instrument

PPM = 1_000_000
"""Changes are whole millionths: sums of them are exact, so the order in which coins are added up cannot matter."""
LEANS = 0.01
"""An instrument that moved so far within the last minute leans that way. Well below what any rule fires at: a market
has to be known to move before the first of its coins fires."""
STEP_S = 15
STEPS = 4
"""The change is measured from the last price of four steps ago: over 45 to 60 s."""
CARRY_S = 600
"""A price stands until the next one, but a coin that has been silent for longer starts anew."""
CLIP_PPM = PPM // 2
"""Half up or down is all that one coin may add to what the market did."""

BETA_PRIOR, BETA_MIN, BETA_MAX = 1.0, 0.0, 3.0
"""A coin of which nothing is known goes with bitcoin, one for one."""
BETA_RATE = 0.05
"""Share of a whole correction that one minute makes: a beta needs some forty minutes of real moves to change."""
BETA_HALF_PPM = 2_000
"""A minute in which bitcoin moved 0.2 % counts half of one in which it moved a lot."""
BETA_ERROR_PPM = 10_000
"""A coin's own pump must not be learnt as its manner of following."""
LEARN_EVERY_S = 60

INFINITE = float("inf")
LEANS_PPM = round(LEANS * PPM)


class Course:
    """An instrument's way through the minute. `Market` moves it on, second by second."""

    __slots__ = (
        "_past",
        "_step",
        "begins",
        "beta",
        "blind",
        "ceiling",
        "change",
        "closed",
        "due",
        "ends",
        "floor",
        "fresh",
        "instrument",
        "lean",
        "learns_at",
        "price",
        "second",
        "tape",
    )

    def __init__(self, instrument: Instrument, price: float, second: int) -> None:
        self.instrument = instrument
        self.price = price
        """By the newest ticker; trades leave theirs on their tape."""
        self.closed = price
        """The one that stood when its newest closed second ended: this is what is measured."""
        self.second = -1
        """The newest second in which it had a price."""
        self.tape: Tape | None = None
        """Of its trades, where it has any: what tickers tell then is the same, later."""
        self.blind = False
        """Whether the next price comes after a hole."""
        self.fresh = False
        """Whether it had a price within the last minute."""
        self.due = -1
        """When the market looks next whether that is still so."""
        self.change = 0
        """Of the last minute, as it was measured last, in millionths of the older price."""
        self.lean = 0
        """1 when that was far enough up, -1 when far enough down."""
        self._step = second // STEP_S
        self.begins, self.ends = self._step * STEP_S, (self._step + 1) * STEP_S
        """Within these seconds, and between these prices, it needs no new look: it leans nowhere."""
        self.floor, self.ceiling = INFINITE, 0.0
        self.beta = BETA_PRIOR
        self.learns_at = 0
        """Once a minute is enough: it is looked at again in this second."""
        self._past: deque[float] = deque([price] * STEPS, STEPS)
        """The last prices of the last four steps."""

    def close(self, price: float, second: int) -> int:
        """A second ended at this price: measure the minute until then; the change, in millionths."""
        step = second // STEP_S
        passed = step - self._step
        if passed:
            if 0 < passed <= CARRY_S // STEP_S:
                self._past.extend([self.closed] * min(passed, STEPS))
            else:
                self._past.extend([price] * STEPS)
            self._step = step
            self.begins, self.ends = step * STEP_S, (step + 1) * STEP_S
        self.closed = price
        return self.now()

    def now(self) -> int:
        """The change at the last closed price."""
        change = round((self.closed / self._past[0] - 1.0) * PPM)
        return max(-CLIP_PPM, min(CLIP_PPM, change))

    def rest(self, *, watched: bool) -> None:
        """Where it leans nowhere it is not looked at until it leaves these bounds, unless somebody wants to know."""
        if self.lean or watched:
            self.floor = INFINITE
        else:
            reference = self._past[0]
            self.floor, self.ceiling = reference * (1.0 - LEANS), reference * (1.0 + LEANS)

    def learn(self, bitcoin: int, second: int) -> None:
        """Look at how the coin went while bitcoin went so far, and correct a little."""
        self.learns_at = second + LEARN_EVERY_S
        error = max(-BETA_ERROR_PPM, min(BETA_ERROR_PPM, self.now() - self.beta * bitcoin))
        beta = self.beta + BETA_RATE * error * bitcoin / (bitcoin * bitcoin + BETA_HALF_PPM**2)
        self.beta = max(BETA_MIN, min(BETA_MAX, beta))

    def begin(self, price: float) -> None:
        """There was a hole: this price is the first."""
        self._past.extend([price] * STEPS)
        self.closed, self.floor, self.blind = price, INFINITE, False
