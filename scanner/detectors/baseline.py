"""What is usual on one instrument: its minute, by taker side, its hour of the day, its moves, its kind of prints.

It is learnt from minutes that are over, and it is the one thing that outlives a hole: what is usual does not change
because we blinked.
"""

from __future__ import annotations

from scanner.detectors.seasons import HourOfDay
from scanner.detectors.usual import INFINITE, Minute, UsualMinute
from scanner.detectors.volatility import UsualMove
from scanner.model.market import Candle
from scanner.model.moments import SECOND

HOUR_MIN = 60
DAY_MIN = 1440
IDLE_MAX_MIN = 360
"""Minutes of silence that are believed at once: one wrong clock must not talk the usual minute down to nothing."""

CANDLE_S = 60
CANDLE_NS = CANDLE_S * SECOND

RUSH_PROOF = 200
"""So many trades without rush orders among them prove that this venue's clock shows none …"""
RUSH_SHARE = 0.005
"""… or fewer than this share of them."""


class UsualSide:
    """One taker side: turnover and trades of its usual minute, and how far its price usually goes in one."""

    __slots__ = ("move", "trades", "turnover")

    def __init__(self) -> None:
        self.turnover = UsualMinute()
        """In quote currency."""
        self.trades = UsualMinute()
        self.move = UsualMove()

    def close(self, minute: int, said: Minute, factor: float) -> None:
        """A whole minute ended; `factor` says how busy its hour of the day usually is."""
        self.turnover.close(said.turnover / factor)
        self.trades.close(said.trades / factor)
        if said.trades:
            self.move.close(minute, said.move)

    def idle(self, minutes: int) -> None:
        """So many minutes passed without any trade of either side."""
        self.turnover.idle(minutes)
        self.trades.idle(minutes)


class Baseline:
    """Both sides of one instrument on one venue, whatever tape is being written."""

    __slots__ = ("_ended", "_first", "_hours", "_recalled", "_rush", "_seeded", "_trades", "bought", "sold")

    def __init__(self) -> None:
        self.bought = UsualSide()
        self.sold = UsualSide()
        self._hours = HourOfDay()
        self._first = INFINITE
        """The first minute of which anything was seen live; candles count for what was before it."""
        self._recalled = 0
        """The minute after the last one that a candle told."""
        self._ended = 0
        """The minute after the last one that was closed live."""
        self._seeded = False
        self._trades = 0
        self._rush = 0

    @property
    def warm(self) -> bool:
        """Whether the usual turnover is known."""
        return self.bought.turnover.known

    @property
    def heard(self) -> bool:
        """Whether any trade was ever seen live."""
        return self._first < INFINITE

    @property
    def shows_rush(self) -> bool:
        """Whether this venue's clock puts the fills of one order at one moment; believed until disproved."""
        return self._trades < RUSH_PROOF or self._rush >= RUSH_SHARE * self._trades

    @property
    def _mean(self) -> float:
        return self.bought.turnover.mean + self.sold.turnover.mean

    def factor(self, minute: int) -> float:
        """How busy this minute's hour of the day is, as a multiple of the day's mean; 1 while that is unknown."""
        return self._hours.factor(minute // HOUR_MIN % 24)

    def begin(self, minute: int) -> None:
        """A trade of this minute was seen live."""
        self._first = min(self._first, minute)

    def seed(self, turnover_24h: float) -> None:
        """Start from a day's total, half of it for each side; once, and only when it is a number to build on."""
        if not self._seeded and 0.0 <= turnover_24h < INFINITE:
            self._seeded = True
            for side in (self.bought, self.sold):
                side.turnover.seed(turnover_24h / DAY_MIN / 2)

    def recall(self, candle: Candle) -> None:
        """Take in a minute from before we listened; oldest first, each but once, and none that was seen live."""
        minute = candle.at // CANDLE_NS
        if not self._recalled <= minute < self._first:
            return
        if self._recalled:
            self._idle(self._recalled, minute - self._recalled)
        self._recalled = minute + 1
        whole, buys = candle.turnover, candle.buy_turnover
        bought = whole / 2 if buys is None else min(max(buys, 0.0), whole)
        move = candle.high / candle.low - 1.0
        factor = self.factor(minute)
        self._hours.close(minute, whole, self._mean)
        for side, turnover in ((self.bought, bought), (self.sold, whole - bought)):
            side.turnover.close(turnover / factor)  # how many trades, a candle does not say
            side.move.close(minute, move)

    def close(self, minute: int, bought: Minute, sold: Minute) -> None:
        """A whole minute was seen and is over."""
        if self._ended:
            self._idle(self._ended, minute - self._ended)
        self._ended = minute + 1
        factor = self.factor(minute)
        self._hours.close(minute, bought.turnover + sold.turnover, self._mean)
        for side, said in ((self.bought, bought), (self.sold, sold)):
            side.close(minute, said, factor)
            self._trades += said.trades
            self._rush += said.rush

    def follow(self, minute: int, half: float, moves: tuple[float, float]) -> None:
        """A minute of tickers is over: each side's share of the day's mean minute, and how far the price went."""
        for side, move in ((self.bought, moves[0]), (self.sold, moves[1])):
            side.turnover.close(half)
            side.move.close(minute, move)

    def _idle(self, since: int, minutes: int) -> None:
        if minutes > 0:
            minutes = min(minutes, IDLE_MAX_MIN)
            self._hours.idle(since, minutes)
            self.bought.idle(minutes)
            self.sold.idle(minutes)
