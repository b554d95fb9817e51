"""Every instrument's tape, brought up to date once per event however many detectors look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanner.detectors.base import CALM, MarketView, Signal
from scanner.detectors.baseline import CANDLE_NS, CANDLE_S, Baseline
from scanner.detectors.climb import CARRY_NS
from scanner.detectors.tape import LATE_NS, Late, Tape
from scanner.detectors.tickers import Ticks
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Event, Gap, Ticker, Trade

TINY, HUGE = 1e-15, 1e15
"""A price or a turnover outside is nonsense in any currency; inside, no sum or ratio of them leaves the floats."""


Look = Callable[[Trade, Tape], Iterable[Signal]]
"""Looks at a trade that may matter, and at its instrument's tape with that trade on it."""


class Track:
    """One instrument on one venue: what is usual there, and what is being written since the last hole."""

    __slots__ = ("baseline", "blind", "day_seen", "day_turnover", "seed_price", "seed_seen", "tape", "ticks")

    def __init__(self) -> None:
        self.baseline = Baseline()
        self.tape: Tape | None = None
        self.ticks: Ticks | None = None
        """Tickers, as long as no trade was ever seen."""
        self.blind = False
        """What comes next comes after a hole."""
        self.seed_price = 0.0
        """Last price by a ticker that came before any trade; 0 without one."""
        self.seed_seen = 0
        """When that ticker reached us."""
        self.day_turnover = 0.0
        """Of 24 h, by the last ticker that told it; 0 without one …"""
        self.day_seen = 0
        """… and when that reached us."""

    def begin(self, trade: Trade) -> Tape:
        """A blank tape. A ticker's price stood until this first trade, unless that ticker has become too old."""
        stands = self.seed_price > 0.0 and trade.seen - self.seed_seen <= CARRY_NS
        price = self.seed_price if stands else trade.price
        self.tape = Tape(self.baseline, trade.at, price, stands=stands, blind=self.blind)
        self.ticks, self.seed_price = None, 0.0
        return self.tape

    def forget(self, *, blind: bool) -> None:
        """All but what is usual."""
        self.tape = self.ticks = None
        self.seed_price = 0.0
        self.blind = blind


class Tapes:
    """Stands first in the engine's row of detectors, and says what its listeners say.

    Listeners are shown the trades that may matter to them, with their tape; they leave notes on it about what does not.
    The detectors behind it are shown every trade and may read `current`: its instrument's tape, already brought up to
    date, or None when that trade was not one to work with. When they are shown a ticker, they read `ticks` likewise.
    """

    wants: tuple[type[Event], ...] = (Trade, Ticker, Candle, Gap)

    def __init__(self) -> None:
        self.current: Tape | None = None
        self.ticks: Ticks | None = None
        """None, too, where trades tell more."""
        self.market: MarketView = CALM
        """What the whole market does."""
        self.unusable = 0
        """Trades, tickers and candles whose price or size was not a number above zero."""
        self._venues: dict[str, dict[Instrument, Track]] = {}
        self._written: dict[str, dict[Instrument, Tape]] = {}
        """The tapes of all tracks that have one."""
        self._to_seconds: list[Look] = []
        self._to_prices: list[Look] = []
        self._to_turnover: list[Look] = []

    def listen_to_seconds(self, look: Look) -> None:
        """Have the trades shown that come at the end of a tape's `second_ends`, or later."""
        self._to_seconds.append(look)

    def listen_to_prices(self, look: Look) -> None:
        """Have the trades shown whose side is not, or not any more, `quiet`."""
        self._to_prices.append(look)

    def listen_to_turnover(self, look: Look) -> None:
        """Have the trades shown whose side's total is not, or not any more, below `calm_below`."""
        self._to_turnover.append(look)

    def forget_listeners(self) -> None:
        """Show them nothing any more: others take their place, for whom what they noted does not hold."""
        for listeners in (self._to_seconds, self._to_prices, self._to_turnover):
            listeners.clear()
        for tapes in self._written.values():
            for tape in tapes.values():
                tape.forget_notes()

    def see(self, event: Event) -> Iterable[Signal]:
        """Bring the instrument's tape up to date."""
        if type(event) is Trade:
            price, at = event.price, event.at
            turnover = price * event.size
            if not (TINY < price < HUGE and TINY < turnover < HUGE):  # also false for NaN
                self.unusable += 1
                self.current = None
                return ()
            try:
                tape = self._written[event.exchange][event.instrument]
            except KeyError:
                tape = self._begin(event)
            try:
                stirs = tape.add(at, price, turnover, event.side)
            except Late:
                tape = self._begin(event)
                stirs = tape.add(at, price, turnover, event.side)
            self.current = tape
            return self._show(event, tape) if stirs else ()
        self.current = self.ticks = None
        if type(event) is Ticker:
            self.ticks = self._ticker(event)
        elif type(event) is Candle:
            self._candle(event)
        elif type(event) is Gap:
            self._gap(event)
        return ()

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # every window here runs on the venue's time
        """Nothing changes by our clock."""
        return ()

    def find(self, exchange: str, instrument: Instrument) -> Tape | None:
        """The tape of this instrument, where a trade of it was seen since the last hole."""
        track = self.track(exchange, instrument)
        return track.tape if track else None

    def track(self, exchange: str, instrument: Instrument) -> Track | None:
        """All that is known of this instrument, where it was ever heard of."""
        tracks = self._venues.get(exchange)
        return tracks.get(instrument) if tracks else None

    def everywhere(self) -> Iterator[tuple[str, Instrument, Track]]:
        """Each instrument that was ever heard of, with its venue and what is known of it there."""
        for exchange, tracks in self._venues.items():
            for instrument, track in tracks.items():
                yield exchange, instrument, track

    def _show(self, trade: Trade, tape: Tape) -> list[Signal]:
        """To those who have left no note that it does not matter."""
        signals: list[Signal] = []
        flow = tape.flow
        if trade.at >= tape.second_ends:
            for look in self._to_seconds:
                signals += look(trade, tape)
        if not flow.quiet:
            for look in self._to_prices:
                signals += look(trade, tape)
        if not flow.total < flow.calm_below:
            for look in self._to_turnover:
                signals += look(trade, tape)
        return signals

    def _begin(self, trade: Trade) -> Tape:
        """A blank tape, for the first trade after a start, a hole, or a clock that was set back."""
        track = self._enter(trade.exchange, trade.instrument)
        if track.tape is not None:
            track.forget(blind=True)
        tape = self._written.setdefault(trade.exchange, {})[trade.instrument] = track.begin(trade)
        return tape

    def _ticker(self, ticker: Ticker) -> Ticks | None:
        if not (TINY < ticker.price < HUGE and 0.0 <= ticker.turnover_24h < HUGE):
            self.unusable += 1
            return None
        track = self._enter(ticker.exchange, ticker.instrument)
        track.baseline.seed(ticker.turnover_24h)
        track.day_turnover, track.day_seen = ticker.turnover_24h, ticker.seen
        if track.tape is None and not track.seed_price:
            # Later tickers may already tell of the very trade whose reference this is.
            track.seed_price, track.seed_seen = ticker.price, ticker.seen
        if track.baseline.heard:
            return None
        ticks = track.ticks
        if ticks is None or ticker.at < ticks.at - LATE_NS:
            track.ticks = Ticks(track.baseline, ticker, blind=track.blind)
        else:
            ticks.add(ticker)
        return track.ticks

    def _candle(self, candle: Candle) -> None:
        """Minutes that are over and were not seen live make what is usual; growing ones, and others, say nothing."""
        if not (TINY < candle.low <= candle.high < HUGE and 0.0 <= candle.turnover < HUGE):
            self.unusable += 1
            return
        track = self._enter(candle.exchange, candle.instrument)
        now = max(candle.seen, track.tape.at if track.tape else 0)
        if candle.interval_s == CANDLE_S and candle.at + CANDLE_NS <= now:
            track.baseline.recall(candle)

    def _gap(self, gap: Gap) -> None:
        """Prices come from trades and tickers; blindness for books or candles hides none of them."""
        if gap.channel in ("trade", "ticker"):
            tracks, written = self._venues.get(gap.exchange, {}), self._written.get(gap.exchange, {})
            for instrument in gap.instruments:
                if instrument in tracks:
                    tracks[instrument].forget(blind=True)
                    written.pop(instrument, None)

    def _enter(self, exchange: str, instrument: Instrument) -> Track:
        tracks = self._venues.setdefault(exchange, {})
        track = tracks.get(instrument)
        if track is None:
            track = tracks[instrument] = Track()
        return track
