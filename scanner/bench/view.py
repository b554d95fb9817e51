"""What a load server's REST side reads from: its coins, as the simulator's own paths ask for a market."""

from __future__ import annotations

from collections.abc import Sequence
from time import time_ns

from scanner.bench.coin import Coin
from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import Entry

MINUTES_OF_A_DAY = 1_440


class View:
    """The venue's market, as far as it is asked about: every coin has been trading at its usual pace for ever."""

    def __init__(self, market: Sequence[Coin], usual_minute: float) -> None:
        self._coins = {coin.instrument: coin for coin in market}
        self._turnover = usual_minute * MINUTES_OF_A_DAY

    @property
    def entries(self) -> list[Entry]:
        """All markets."""
        return [Entry(instrument, coin.code, coin.code) for instrument, coin in self._coins.items()]

    def ticker(self, instrument: Instrument) -> Summary:
        """A market in one line; KeyError for one that is not listed, here and below."""
        coin = self._coins[instrument]
        price, close = coin.price, coin.close
        return Summary(
            last=self._fill(coin),
            open=close,
            high=max(price, close),
            low=min(price, close),
            previous_close=close,
            volume_day=self._turnover / price,
            turnover_day=self._turnover,
            sold_day=self._turnover / price / 2,
            bought_day=self._turnover / price / 2,
            volume_24h=self._turnover / price,
            turnover_24h=self._turnover,
        )

    def book(self, instrument: Instrument, at_ms: int | None = None, depth: int = 30) -> Book:
        """One of its books."""
        levels = self._coins[instrument].books[0]
        return Book(at_ms or _now_ms(), levels.bids[:depth], levels.asks[:depth])

    def changed_ms(self, instrument: Instrument) -> int:
        """Now."""
        del instrument
        return _now_ms()

    def candles(self, instrument: Instrument, count: int, to_ms: int | None = None, unit_ms: int = 60_000) -> list[Bar]:
        """None are kept."""
        del instrument, count, to_ms, unit_ms
        return []

    def trades(self, instrument: Instrument, count: int) -> list[Fill]:
        """The latest one, if there was any."""
        coin = self._coins[instrument]
        return [self._fill(coin)][:count] if coin.last[0] else []

    def _fill(self, coin: Coin) -> Fill:
        """Its `number` is the `sid` that it had on the socket."""
        at_ms, sid, said = coin.last
        return Fill(coin.instrument, at_ms or _now_ms(), 0, sid, said.price, said.size, said.side)


def _now_ms() -> int:
    return time_ns() // 1_000_000
