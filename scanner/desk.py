"""The desk: where all that workers say lands, and from where it goes on to engine, metrics, health and reader.

All of it is synchronous: a message is dealt with before the next one is looked at, and nothing here waits.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic, time_ns
from typing import Any, get_args

from scanner.alerts import conditions
from scanner.alerts.conditions import Condition
from scanner.alerts.engine import Engine
from scanner.alerts.skew import Skew
from scanner.delivery.tallies import Tallies
from scanner.model.alert import Alert, Kind
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Coin, Event, Gap, Notice, Overview
from scanner.model.pulse import Pulse
from scanner.sinks.base import message
from scanner.sinks.lines import Lines
from scanner.supervisor.child import Change, ChildSpec, Phase
from scanner.telemetry import log
from scanner.telemetry.health import Health
from scanner.telemetry.metrics import Metrics
from scanner.telemetry.overviews import Overviews, facts
from scanner.wire.messages import Batch, Inventory, Up

LATEST_ALERTS = 50
"""As many as the largest board shows."""


See = Callable[[list[Event]], None]
"""Looks at a batch, quickly, and keeps no part of the list."""
Publish = Callable[[Sequence[Alert]], None]
"""Takes alerts, at least one, on their way to receivers; never waits."""


class Desk:
    """Reads the mail of all workers."""

    def __init__(
        self,
        *,
        engine: Engine,
        publish: Publish,
        tallies: Tallies,
        ops_alerts: conditions.Settings,
        metrics: Metrics,
        health: Health,
        lines: Lines | None,
        see: See | None,
        carried: dict[str, tuple[Channel, ...]],
        rules: Iterable[str] = (),
    ) -> None:
        """`lines` is where JSON lines go, and `see` gets every batch too; None where nobody wants that.

        `carried` says which channels each venue's workers take, and `rules` who may speak.
        """
        self._engine = engine
        self._pass_on = publish
        self._tallies = tallies
        self._ops_alerts = ops_alerts
        self._metrics = metrics
        self._health = health
        self._lines = lines
        self._see = see
        self._carried = carried
        self._log = log.get(actor="desk")
        self._acts: dict[type[Up], Callable[[ChildSpec, Any], None]] = {
            Batch: self._take_events,
            Pulse: self._take_pulse,
            Inventory: self._take_inventory,
        }
        self._words: dict[type[Event], Callable[[Any], None]] = {
            Gap: self._tell_gap,
            Notice: self._tell_notice,
            Overview: self._tell_overview,
            Coin: self._gather_trending,
        }
        """Events that are looked at one by one."""
        self._trending: list[Coin] = []
        """Those of the batch in hand."""
        self._fresh: dict[str, bool] = {}
        self._silent_since: dict[str, int] = {}
        """Venue → since when it has not been fresh, nanoseconds UTC."""
        self._quarantined: dict[tuple[str, int], Condition] = {}
        self._skew = Skew(ops_alerts.clock_skew)
        self.clock_offsets: dict[str, float] = {}
        """Venue → how far our clock is ahead of its, and the way from it, in seconds. Replaced whole, once a second."""
        self._unknown: dict[tuple[str, int], dict[str, str]] = {}
        """(exchange, shard) → what its first inventory did not know."""
        self.inventories: dict[tuple[str, int], Inventory] = {}
        """(exchange, shard) → what it watches."""
        self.alerts: deque[Alert] = deque(maxlen=LATEST_ALERTS)
        """All that was told lately, newest first."""
        self.told: dict[Kind, dict[tuple[str, str], int]] = {kind: {} for kind in get_args(Kind)}
        """Kind of telling → (rule, leading exchange) → alerts; noughts from the start: a first one is a rise."""
        self._count(rules)
        self.overviews = Overviews(metrics)

    def hear(self, child: ChildSpec, up: Up) -> None:
        """One message of one worker."""
        act = self._acts.get(type(up))
        if act is not None:
            act(child, up)

    def tell(self, change: Change) -> None:
        """One worker started or ended."""
        exchange, shard = change.child.exchange, change.child.shard
        if change.phase is Phase.STARTED:
            self._metrics.worker_started(exchange, shard)
            self._health.worker_started(exchange, shard)
            self._quarantined.pop((exchange, shard), None)
            self.say("worker.started", {"exchange": exchange, "shard": shard, "pid": change.pid})
            return
        quarantined = change.phase is Phase.QUARANTINED
        if quarantined:
            condition = conditions.worker_quarantined(exchange, shard, change.reason, time_ns())
            self._quarantined[exchange, shard] = condition
        self._metrics.worker_ended(exchange, shard)
        if change.reason:
            self._health.worker_ended(exchange, shard, change.reason, time_ns(), quarantined=quarantined)
        if change.reason and not quarantined:
            self._mark_hole(exchange, shard)

    def tick(self, now: int) -> list[Condition]:
        """Once a second: what time alone brings about; what is wrong at this moment, nanoseconds UTC."""
        self._health.tick(now)
        self.publish(self._engine.tick(now))
        self.clock_offsets = self._skew.delays(now)
        return [*self._quarantined.values(), *self._silent(now), *self._skew.conditions(now)]

    def end(self) -> None:
        """No more mail will come: what the engine still holds back is told."""
        self.publish(self._engine.end())

    def publish(self, alerts: list[Alert]) -> None:
        """Count alerts, show them and pass them on."""
        for alert in alerts:
            counts, key = self.told[alert.kind], (alert.rule, alert.exchange)
            counts[key] = counts.get(key, 0) + 1
            self.alerts.appendleft(alert)
        if alerts:
            self._pass_on(alerts)

    def say(self, kind: str, data: dict[str, Any], at: int | None = None) -> None:
        """One JSON line for whoever reads them, with the time `at` where it tells of a moment (nanoseconds UTC)."""
        if self._lines is not None:
            self._lines.put(json.dumps(message(kind, data, at), ensure_ascii=False, separators=(",", ":")))

    def revise(
        self, ops_alerts: conditions.Settings, carried: dict[str, tuple[Channel, ...]], rules: Iterable[str]
    ) -> None:
        """Go by these from now on, as when it was made."""
        if ops_alerts.clock_skew != self._ops_alerts.clock_skew:
            self._skew = Skew(ops_alerts.clock_skew)
        self._ops_alerts = ops_alerts
        self._carried = carried
        self._count(rules)

    def ask_anew(self) -> None:
        """Something else is wanted of every worker, and each is going to say whether it has it."""
        self._unknown.clear()

    def summary(self, started: float) -> dict[str, Any]:
        """What this run came to; `started` is the process' start on the monotonic clock."""
        events: dict[str, dict[str, int]] = {exchange: {} for exchange in self._carried}
        for (exchange, channel), count in self._engine.events.items():
            events.setdefault(exchange, {})[channel] = count
        workers = list(self._metrics.lives)
        return {
            "markets": self.markets(),
            "events": events,
            "alerts": sum(self.told["opened"].values()),
            "escalations": sum(self.told["escalated"].values()),
            "closed": sum(self.told["closed"].values()),
            "restarts": sum(worker.restarts for worker in workers),
            "dropped": self.dropped(),
            "duration_s": round(monotonic() - started, 3),
        }

    def markets(self) -> dict[str, int]:
        """Exchange → instruments it watches now."""
        counts = dict.fromkeys(self._carried, 0)
        for (exchange, _), inventory in self.inventories.items():
            counts[exchange] += len(inventory.instruments)
        return counts

    def dropped(self) -> int:
        """Everything that was lost for want of room: events, letters, lines."""
        letters = sum(n for (_, outcome), n in self._tallies.deliveries.items() if outcome == "dropped")
        return self._metrics.lives.total("dropped") + letters + (self._lines.dropped if self._lines else 0)

    def unlisted(self) -> dict[str, str]:
        """Symbols that no venue lists → the nearest listed one; empty until every worker has said what it has.

        What each said first counts: a market that ends later was no mistake of the operator's.
        """
        answers = list(self._unknown.values())
        if not answers or {exchange for exchange, _ in self._unknown} != set(self._carried):
            return {}
        nowhere = set(answers[0]).intersection(*answers)
        return {symbol: next((near[symbol] for near in answers if near[symbol]), "") for symbol in nowhere}

    def _count(self, rules: Iterable[str]) -> None:
        for rule in rules:
            for exchange in self._carried:
                for counts in self.told.values():
                    counts.setdefault((rule, exchange), 0)

    def _take_events(self, _: ChildSpec, batch: Batch) -> None:
        self.publish(self._engine.consume(batch.events))
        if batch.events:
            self._skew.see(batch.events[-1])
        self._metrics.took(batch.events)
        if self._see is not None:
            self._see(batch.events)
        if not self._words.keys().isdisjoint(map(type, batch.events)):  # most batches hold nothing but trades
            self._tell_words(batch.events)

    def _tell_words(self, events: list[Event]) -> None:
        for event in events:
            if (tell := self._words.get(type(event))) is not None:
                tell(event)
        if self._trending:
            self._tell_trending()

    def _tell_gap(self, gap: Gap) -> None:
        self._log.warning(
            "gap", exchange=gap.exchange, channel=gap.channel, reason=gap.reason, instruments=len(gap.instruments)
        )

    def _tell_notice(self, notice: Notice) -> None:
        facts = {"exchange": notice.exchange, "symbol": str(notice.instrument), "text": notice.text}
        self.say(f"notice.{notice.kind}", facts, notice.at)
        self._log.info(notice.kind, **facts)

    def _tell_overview(self, overview: Overview) -> None:
        self.overviews.take(overview)
        self.say("market.overview", {"exchange": overview.exchange} | facts(overview), overview.at)

    def _gather_trending(self, coin: Coin) -> None:
        if coin.trending is not None:
            self._trending.append(coin)

    def _tell_trending(self) -> None:
        """All of them in one line, for it is their order that is the news."""
        coins, self._trending = self._trending, []
        listed = [facts(coin) for coin in coins]
        self.say("market.trending", {"exchange": coins[0].exchange, "coins": listed}, coins[0].at)

    def _take_pulse(self, child: ChildSpec, pulse: Pulse) -> None:
        self._metrics.pulse(child.exchange, child.shard, pulse)
        self._health.pulse(child.exchange, child.shard, pulse)

    def _take_inventory(self, child: ChildSpec, inventory: Inventory) -> None:
        """The newest replaces what the worker said before."""
        self._unknown.setdefault((child.exchange, child.shard), inventory.unknown)
        self.inventories[child.exchange, child.shard] = inventory
        judge = self._health.watching if inventory.instruments else self._health.unwanted
        judge(child.exchange, child.shard)

    def _silent(self, now: int) -> Iterator[Condition]:
        """Wanted venues that are not fresh; a change is logged."""
        for exchange, venue in self._health.ready(now).venues.items():
            if venue.fresh is not self._fresh.get(exchange, False):
                self._fresh[exchange] = venue.fresh
                tell = self._log.info if venue.fresh else self._log.warning
                tell("venue is fresh" if venue.fresh else "venue is not fresh", exchange=exchange, why=venue.why)
            if venue.fresh or exchange not in self._health.fresh:
                self._silent_since.pop(exchange, None)
            else:
                since = self._silent_since.setdefault(exchange, now)
                yield conditions.venue_silent(self._ops_alerts, exchange, venue.why, since)

    def _mark_hole(self, exchange: str, shard: int) -> None:
        """A worker that died could not say that we are blind where it looked, so we say it for it."""
        inventory = self.inventories.get((exchange, shard))
        instruments: tuple[Instrument, ...] = inventory.instruments if inventory is not None else ()
        now = time_ns()
        gaps: list[Event] = [
            Gap(exchange, channel, instruments, 0, now, "worker_died") for channel in self._carried[exchange]
        ]
        self._take_events(ChildSpec(exchange, shard, "", b""), Batch(gaps))
