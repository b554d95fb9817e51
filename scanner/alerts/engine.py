"""The engine: events in, alerts out. Synchronous and without a clock; whoever feeds it decides what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scanner.alerts.course import Course
from scanner.alerts.episodes import Episodes
from scanner.alerts.surroundings import Surroundings
from scanner.detectors.base import Detector, Signal
from scanner.model.alert import Alert
from scanner.model.market import BookTop, Candle, Coin, Event, Gap, Notice, OrderBook, Overview, Ticker, Trade

CHANNEL: dict[type[Event], str] = {
    Trade: "trade",
    Ticker: "ticker",
    OrderBook: "orderbook",
    BookTop: "booktop",
    Candle: "candle",
    Notice: "notice",
    Overview: "overview",
    Coin: "coin",
}
"""How each kind of event is counted. A `Gap` is the absence of events and counted apart."""

See = Callable[[Event], Iterable[Signal]]


class Engine:
    """Shows every event to the detectors that want its kind, in their order, and lets episodes judge what they say.

    Detectors that know the `Surroundings` and the `Course` of prices are those that episodes will ask about them. The
    three tallies only grow; telemetry reads them when it is asked.
    """

    def __init__(self, detectors: Sequence[Detector], episodes: Episodes) -> None:
        self.events: dict[tuple[str, str], int] = {}
        """(exchange, channel) → events."""
        self.gaps: dict[tuple[str, str, str], int] = {}
        """(exchange, channel, reason) → gaps."""
        self.decisions = episodes.decisions
        """(rule, one of `reasons.Reason`) → signals."""
        self._episodes = episodes
        self.turn_to(detectors)

    def turn_to(self, detectors: Sequence[Detector]) -> None:
        """Show events to these from now on; not from within `consume` or `tick`."""
        episodes = self._episodes
        episodes.course = next((one for one in detectors if isinstance(one, Course)), episodes.course)
        episodes.surroundings = next((one for one in detectors if isinstance(one, Surroundings)), episodes.surroundings)
        self._ticks = [detector.tick for detector in detectors]
        self._rows: dict[type[Event], tuple[See, ...]] = {
            kind: tuple(detector.see for detector in detectors if kind in detector.wants) for kind in (*CHANNEL, Gap)
        }

    def consume(self, events: Iterable[Event]) -> list[Alert]:
        """Take in a batch in stream order; the alerts that it brought, oldest first.

        An alert that was held is told before the first event that reached us at its moment or later. Back-filled trades
        count as events and are shown to nobody: no alert is to speak of what has been over for long.
        """
        alerts: list[Alert] = []
        episodes = self._episodes
        due = episodes.due
        kind: type[Event] = Gap
        exchange, run = "", 0
        row = self._rows[kind]
        for event in events:
            if due is not None and event.seen >= due:
                alerts += episodes.release(event.seen)
                due = episodes.due
            if type(event) is not kind or event.exchange != exchange:
                self._count(exchange, kind, run)
                kind, exchange, run = type(event), event.exchange, 0
                row = self._rows[kind]
            run += 1
            if type(event) is Trade:
                if event.backfilled:  # it may be minutes old, and old trades are no news
                    continue
            elif type(event) is Gap:
                self._count_gap(event)
            for see in row:
                if signals := see(event):
                    for signal in signals:
                        alerts += episodes.hear(signal, event.seen)
                    due = episodes.due
        self._count(exchange, kind, run)
        return alerts

    def tick(self, now: int) -> list[Alert]:
        """Once a second: the alerts that time alone brought. `now` is nanoseconds UTC."""
        signals = [signal for tick in self._ticks for signal in tick(now)]
        alerts = [alert for signal in signals for alert in self._episodes.hear(signal, now)]
        return alerts + self._episodes.tick(now)

    def end(self) -> list[Alert]:
        """No more events will come: what is held is told now."""
        return self._episodes.end()

    def _count(self, exchange: str, kind: type[Event], run: int) -> None:
        """So many events of a kind and venue in a row: a batch is a few such runs, and counting each event is dear."""
        if kind is not Gap:
            key = (exchange, CHANNEL[kind])
            self.events[key] = self.events.get(key, 0) + run

    def _count_gap(self, gap: Gap) -> None:
        key = (gap.exchange, gap.channel, gap.reason)
        self.gaps[key] = self.gaps.get(key, 0) + 1
