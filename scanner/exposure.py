"""What Prometheus reads of the main process: every room's own tallies, by name. Nothing is counted here.

Each is looked at in the scraper's thread, so it is a plain mapping that is there already: one that only grows, or one
that is replaced whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanner.alerting import Alerting
from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.desk import Desk
from scanner.detectors.explaining import Explainer
from scanner.detectors.tapes import Tapes
from scanner.reload import Outcome
from scanner.telemetry.metrics import Metrics


def expose(
    metrics: Metrics,
    *,
    engine: Engine,
    tapes: Tapes,
    episodes: Episodes,
    explainer: Explainer,
    desk: Desk,
    alerting: Alerting,
    reloads: Mapping[Outcome, int],
) -> None:
    """Let metrics show all of these; `reloads` counts how often the configuration was read again, by outcome."""
    _detection(metrics, engine, tapes, episodes, explainer)
    _alerts(metrics, desk)
    _delivery(metrics, alerting)
    _state(metrics, alerting)
    about = "How often the configuration was read again, by what came of it."
    metrics.watch("scanner_reloads_total", about, ("outcome",), lambda: reloads)


def _detection(metrics: Metrics, engine: Engine, tapes: Tapes, episodes: Episodes, explainer: Explainer) -> None:
    watch = metrics.watch
    watch("scanner_events_total", "Events taken in.", ("exchange", "channel"), lambda: engine.events)
    watch("scanner_gaps_total", "Holes in the stream.", ("exchange", "channel", "reason"), lambda: engine.gaps)
    watch("scanner_decisions_total", "Signals, by what became of them.", ("rule", "reason"), lambda: engine.decisions)
    watch("scanner_unusable_total", "Prices or sizes no rule can use.", (), lambda: {(): tapes.unusable})
    about = "Open stories of an earlier life that could not be read, by why."
    watch("scanner_stories_refused_total", about, ("reason",), lambda: episodes.refused)
    about = "Decisions and near misses that were not kept for explain, for want of room."
    watch("scanner_decisions_lost_total", about, (), lambda: {(): episodes.ledger.dropped + explainer.overlooked})
    about = "Coins that are watched or told of, by the stage of their story."
    watch("scanner_coins", about, ("stage",), lambda: episodes.stages, "gauge")


def _alerts(metrics: Metrics, desk: Desk) -> None:
    watch, told, by = metrics.watch, desk.told, ("rule", "exchange")
    watch("scanner_alerts_total", "Alerts opened.", by, lambda: told["opened"])
    watch("scanner_escalations_total", "Alerts told again because they had risen.", by, lambda: told["escalated"])
    watch("scanner_repeats_total", "Alerts told again because they went on.", by, lambda: told["repeated"])
    watch("scanner_closed_total", "Alerts whose story is over.", by, lambda: told["closed"])
    about = "How far our clock is ahead of the venue's, and the way: the smallest event delay of a minute."
    watch("scanner_clock_offset_seconds", about, ("exchange",), lambda: desk.clock_offsets, "gauge")


def _delivery(metrics: Metrics, alerting: Alerting) -> None:
    watch, tallies, by = metrics.watch, alerting.tallies, ("receiver",)
    about = "News, by what became of it before it was anybody's."
    watch("scanner_notifications_total", about, ("rule", "outcome"), lambda: tallies.notifications)
    about = "Letters, by receiver and what became of them."
    watch("scanner_deliveries_total", about, ("receiver", "outcome"), lambda: tallies.deliveries)
    watch("scanner_delivery_attempts_total", "Messages handed to a receiver.", by, lambda: tallies.attempts)
    about = "From the decision to the arrival, a letter each."
    watch("scanner_delivery_seconds", about, by, lambda: tallies.seconds, "histogram")
    about = "Letters that went on unsaved because the state could not be written."
    watch("scanner_undurable_total", about, by, lambda: tallies.undurable)
    about = "Messages that were sent plainer than they were meant to be."
    watch("scanner_degraded_total", about, ("receiver", "reason"), lambda: tallies.degraded)
    watch("scanner_receiver_up", "1 while it takes what it is sent.", by, lambda: alerting.outlook.up, "gauge")
    watch("scanner_outbox_letters", "Letters that wait.", by, lambda: alerting.outlook.letters, "gauge")
    about = "Age of the oldest letter that waits."
    watch("scanner_outbox_oldest_seconds", about, by, lambda: alerting.outlook.oldest_s, "gauge")
    about = "Letters that were given up and can be tried again."
    watch("scanner_dead_letters", about, by, lambda: alerting.outlook.dead, "gauge")


def _state(metrics: Metrics, alerting: Alerting) -> None:
    watch, writer = metrics.watch, alerting.writer
    watch("scanner_outbox_writable", "1 while state can be written.", (), lambda: {(): writer.writable}, "gauge")
    watch("scanner_outbox_lost_total", "Writes that never were.", (), lambda: {(): writer.lost})
    watch("scanner_silences", "Silences in force.", (), lambda: {(): alerting.outlook.silences}, "gauge")
    about = "Signs of life to who watches from outside."
    watch("scanner_deadman_pings_total", about, ("outcome",), lambda: alerting.signs_of_life)
