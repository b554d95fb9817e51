"""The intake: everything that a worker's parsers found passes here, once; what was had before stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import trio

from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Channel, Event, OrderBook, Subscription, Ticker, Trade
from scanner.worker.ledger import Ledger
from scanner.worker.staleness import Staleness
from scanner.worker.trades import TradeMemory

CHANNELS: dict[type[Event], Channel] = {
    Trade: "trade",
    Ticker: "ticker",
    OrderBook: "orderbook",
    BookTop: "booktop",
    Candle: "candle",
}
"""Data, by the channel that brings it. A `Gap` or a `Notice` proves nothing about a stream."""


class Intake:
    """Shared by all parsers of a worker; called once for each batch of theirs."""

    def __init__(
        self,
        memory: TradeMemory,
        staleness: Staleness,
        ledger: Ledger,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._memory = memory
        self._staleness = staleness
        self._ledger = ledger
        self._clock = clock
        self._streams: dict[type[Event], dict[Instrument, Subscription]] = {kind: {} for kind in CHANNELS}
        """Every stream that was heard, so that it need not be made for each event."""
        self._heard: set[Instrument] = set()

    def take(self, events: list[Event]) -> list[Event]:
        """These without the trades that we had; what streams brought them is noted first, for they live."""
        now, heard = self._clock(), self._staleness.heard
        for event in events:
            streams = self._streams.get(type(event))
            if streams is not None:
                instrument: Instrument = event.instrument  # type: ignore[union-attr]  # a Gap is none of these kinds
                heard(streams.get(instrument) or self._meet(type(event), instrument), now, event.at)
        fresh = self._memory.fresh(events)
        if fresh is not events:
            self._ledger.count("duplicates", n=len(events) - len(fresh))
        return fresh

    def expect(self, wanted: Iterable[Subscription]) -> None:
        """These streams are wanted from now on: what was learnt of other instruments is forgotten."""
        subscriptions = frozenset(wanted)
        instruments = frozenset(one.instrument for one in subscriptions)
        self._memory.keep(instruments)
        self._staleness.keep(instruments)
        for streams in self._streams.values():
            for instrument in streams.keys() - instruments:
                del streams[instrument]
        self._heard &= instruments
        self._ledger.instruments_heard = len(self._heard)
        self._ledger.instruments_watched = len(instruments)
        self._ledger.streams_wanted = len(subscriptions)

    def _meet(self, kind: type[Event], instrument: Instrument) -> Subscription:
        """The first event of a stream."""
        if instrument not in self._heard:
            self._heard.add(instrument)
            self._ledger.instruments_heard = len(self._heard)
        return self._streams[kind].setdefault(instrument, Subscription(CHANNELS[kind], instrument))
