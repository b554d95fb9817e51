"""Every instrument's tape, brought up to date once per event however many detectors look at it."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.detectors.base import Signal
from scanner.detectors.windows import HUGE, TINY, Baseline, Tape
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Gap, Ticker, Trade
from scanner.model.moments import SECOND

LATE_S = 60
"""A trade this much older than the newest is no latecomer: the venue's clock was set back, and history starts anew."""
LATE_NS = LATE_S * SECOND


class Tapes:
    """Stands first in the engine's row of detectors and says nothing itself.

    The detectors behind it read `current`: the tape of the trade they are being shown, already brought up to date, or
    None when that event was no trade to work with.
    """

    wants: tuple[type[Event], ...] = (Trade, Ticker, Gap)

    def __init__(self) -> None:
        self.current: Tape | None = None
        self.unusable = 0
        """Trades and tickers whose price or size was not a number above zero."""
        self._venues: dict[str, dict[Instrument, Tape]] = {}

    def see(self, event: Event) -> Iterable[Signal]:
        """Bring the instrument's tape up to date."""
        if type(event) is Trade:
            self.current = self._trade(event)
            return ()
        self.current = None
        if type(event) is Ticker:
            self._ticker(event)
        elif type(event) is Gap:
            self._gap(event)
        return ()

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # every window here runs on the venue's time
        """Nothing changes by our clock."""
        return ()

    def _trade(self, trade: Trade) -> Tape | None:
        price, at = trade.price, trade.at
        turnover = price * trade.size
        if not (TINY < price < HUGE and TINY < turnover < HUGE):  # also false for NaN
            self.unusable += 1
            return None
        try:
            tape = self._venues[trade.exchange][trade.instrument]
        except KeyError:
            tape = self._begin(trade.exchange, trade.instrument)
        if at < tape.at and at < tape.at - LATE_NS:
            tape = self._begin(trade.exchange, trade.instrument)
        tape.add(at, price, turnover, trade.side == "buy")
        return tape

    def _ticker(self, ticker: Ticker) -> None:
        if not TINY < ticker.price < HUGE:
            self.unusable += 1
            return
        tape = self._find(ticker.exchange, ticker.instrument) or self._begin(ticker.exchange, ticker.instrument)
        tape.baseline.seed(ticker.turnover_24h)
        if not tape.trades and not tape.seed_price:
            # Later tickers may already tell of the very trade whose reference this is.
            tape.seed_price, tape.seed_seen = ticker.price, ticker.seen

    def _gap(self, gap: Gap) -> None:
        """Prices come from trades and tickers; blindness for books or candles hides none of them."""
        if gap.channel in ("trade", "ticker"):
            for instrument in gap.instruments:
                if self._find(gap.exchange, instrument):
                    self._begin(gap.exchange, instrument)

    def _find(self, exchange: str, instrument: Instrument) -> Tape | None:
        tapes = self._venues.get(exchange)
        return tapes.get(instrument) if tapes else None

    def _begin(self, exchange: str, instrument: Instrument) -> Tape:
        """A blank tape, on which nothing but the usual minute is remembered."""
        tapes = self._venues.setdefault(exchange, {})
        last = tapes.get(instrument)
        tape = tapes[instrument] = Tape(last.baseline if last else Baseline())
        return tape
