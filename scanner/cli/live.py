"""The live board over a running scanner: looks at its parts four times a second and says what they come to."""

from __future__ import annotations

from time import monotonic, time_ns

from scanner.app import Scanner
from scanner.cli.board import BoardView, VenueView, run
from scanner.cli.leaderboard import Leaderboard
from scanner.model.market import Event
from scanner.model.moments import SECOND
from scanner.model.pulse import LinkState
from scanner.telemetry.lives import Worker

MOST_ROWS = 15
"""Of each ranking: what the tallest board shows."""
RATE_OVER_S = 2.0
"""Rates are counted over this long: shorter flickers, longer lags."""
STATES: tuple[LinkState, ...] = ("live", "connecting", "waiting", "blocked")
"""The best state of a venue's links speaks for it."""


class LiveBoard:
    """A `Board` of the app: sees every batch, shows until cancelled."""

    def __init__(self) -> None:
        self._leaderboard = Leaderboard()
        self._rates = Rates(RATE_OVER_S)

    def see(self, events: list[Event]) -> None:
        """Look at one batch."""
        self._leaderboard.see(events)

    async def show(self, scanner: Scanner) -> None:
        """Draw until cancelled, or until the terminal is gone."""
        await run(lambda: self.view(scanner, time_ns(), monotonic()))

    def view(self, scanner: Scanner, now: int, clock: float) -> BoardView:
        """Everything the board shows; `now` in nanoseconds UTC, `clock` in seconds on the monotonic clock."""
        desk = scanner.desk
        totals = dict.fromkeys(scanner.settings.venues, 0)
        for (exchange, _), count in scanner.engine.events.items():
            totals[exchange] = totals.get(exchange, 0) + count
        rates, overview = self._rates.of(totals, clock), desk.overviews.latest
        return BoardView(
            markets=scanner.settings.scanner.markets,
            uptime_s=clock - scanner.options.started,
            events_per_s=sum(rates.values()),
            alerts=sum(desk.told["opened"].values()),
            dropped=desk.dropped(),
            venues=tuple(self._venues(scanner, rates, now)),
            movers=tuple(self._leaderboard.movers(MOST_ROWS, now)),
            volumes=tuple(self._leaderboard.volumes(MOST_ROWS, now)),
            latest=tuple(desk.alerts),
            watched=tuple(f"{sign.exchange} {sign.instrument}" for sign in scanner.episodes.watches),
            note=f"metrics {scanner.address}/metrics   Ctrl-C ends",
            overview=overview,
            overview_age_s=0.0 if overview is None else max(0.0, (now - overview.at) / SECOND),
        )

    def _venues(self, scanner: Scanner, rates: dict[str, float], now: int) -> list[VenueView]:
        health, markets = scanner.health.ready(now).venues, scanner.desk.markets()
        workers: dict[str, list[Worker]] = {name: [] for name in scanner.settings.venues}
        for worker in scanner.metrics.lives:
            workers[worker.exchange].append(worker)
        return [
            VenueView(
                title=venue.title,
                state=_state(workers[name]),
                fresh=health[name].fresh,
                links_live=sum(link.state == "live" for worker in workers[name] for link in worker.links),
                links=sum(len(worker.links) for worker in workers[name]),
                markets=markets[name],
                events_per_s=rates[name],
                data_age_s=health[name].age_s,
                restarts=sum(worker.restarts for worker in workers[name]),
                to_warm=sum(worker.to_warm for worker in workers[name]),
                warming=sum(worker.warming for worker in workers[name]),
                problem=health[name].problem or ("" if health[name].fresh else health[name].why),
            )
            for name, venue in scanner.settings.venues.items()
        ]


class Rates:
    """Growth of totals per second, over the last moments."""

    def __init__(self, over_s: float) -> None:
        self._over_s = over_s
        self._past: list[tuple[float, dict[str, int]]] = []

    def of(self, totals: dict[str, int], clock: float) -> dict[str, float]:
        """Name → growth per second since the oldest total that is remembered; 0 at first."""
        self._past = [(at, old) for at, old in self._past if clock - at <= self._over_s]
        self._past.append((clock, dict(totals)))
        began, before = self._past[0]
        seconds = clock - began
        return {name: (total - before.get(name, 0)) / seconds if seconds else 0.0 for name, total in totals.items()}


def _state(workers: list[Worker]) -> str:
    if not any(worker.up for worker in workers):
        return "down" if workers else "starting"
    found = {link.state for worker in workers for link in worker.links}
    return next((state for state in STATES if state in found), "connecting")
