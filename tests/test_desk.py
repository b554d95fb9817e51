"""What workers say lands where it belongs, and what they could not say any more is said for them."""

import json

import pytest
from structlog.testing import capture_logs

from scanner.alerts import conditions
from scanner.alerts.conditions import CLOCK_SKEW, VENUE_SILENT, WORKER_QUARANTINED
from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.delivery.tallies import Tallies
from scanner.desk import Desk
from scanner.detectors import registry as detectors
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Notice, Ticker, Trade
from scanner.model.pulse import Pulse
from scanner.supervisor.child import Change, ChildSpec, Phase
from scanner.telemetry.health import Health
from scanner.telemetry.metrics import Metrics
from scanner.wire.messages import Batch, Inventory
from tests.alerts.signals import signal

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
COIN = Instrument("SYS", "KRW")
UPBIT, BITHUMB = (ChildSpec(name, 0, "", b"") for name in ("upbit", "bithumb"))


class Lines:
    """Keeps what it is given."""

    dropped = 1

    def __init__(self):
        self.lines = []

    def put(self, line):
        self.lines.append(json.loads(line))


class Herald:
    """A detector that says what it is told to about the next trade, and that knows of another venue."""

    wants = (Trade, Gap)

    def __init__(self, *says):
        self.says = list(says)

    def see(self, event):
        return [self.says.pop(0)] if self.says and type(event) is Trade else ()

    def tick(self, _):
        return ()

    def venues(self, _):
        return 2

    def stirring(self, *_):
        return False

    def explains(self, _):
        return False


def opened(*row):
    """With a row of detectors of one's own, or the default rules."""
    kinds = detectors.DETECTORS
    published = []
    tallies = Tallies(["webhook"])
    tallies.count("webhook", "dropped", 2)
    tallies.count("webhook", "delivered", 7)
    desk = Desk(
        engine=Engine(row or detectors.assemble(detectors.default_rules(kinds), kinds), Episodes()),
        publish=published.extend,
        tallies=tallies,
        ops_alerts=conditions.Settings(),
        metrics=Metrics(version="0"),
        health=Health(("upbit", "bithumb"), 15.0, NOW),
        lines=Lines(),
        see=None,
        carried={"upbit": ("trade", "orderbook"), "bithumb": ("trade",)},
    )
    desk.published = published
    return desk


@pytest.fixture
def desk():
    desk = opened()
    for child in (UPBIT, BITHUMB):
        desk.tell(Change(child, Phase.STARTED, 17))
        desk.hear(child, Inventory((COIN,)))
    return desk


def prints(start_s, prices):
    """One trade a quarter of a second, large enough to be news."""
    times = [NOW + round((start_s + n / 4) * SECOND) for n in range(len(prices))]
    return [Trade("upbit", COIN, t, t, str(t), p, 1_000_000.0, "buy") for t, p in zip(times, prices, strict=True)]


RISE = [100 + n for n in range(12)]


def test_a_pump_goes_to_delivery_and_into_the_counts(desk):
    """From a worker's batch to the receivers in one synchronous step."""
    desk.hear(UPBIT, Batch([Ticker("upbit", COIN, NOW, NOW, 100.0, 1e6, 1e8), *prints(1, RISE)]))
    assert [alert.rule for alert in desk.published] == ["pump"]
    assert desk.told["opened"] == {("pump", "upbit"): 1}
    assert desk.summary(0.0)["events"]["upbit"] == {"ticker": 1, "trade": 12}


def test_what_is_told_again_is_no_second_alert():
    """It goes to the receivers and to the board; counts of alerts count stories."""
    loud = [signal(NOW, severity="critical"), signal(NOW + 1, stage="dump", rule="dump", severity="high")]
    desk = opened(Herald(*loud))
    desk.hear(UPBIT, Batch(prints(0, [100, 100])))
    assert [alert.kind for alert in desk.published] == ["opened", "escalated"]
    assert desk.told["opened"] == {("pump", "upbit"): 1}
    assert desk.told["escalated"] == {("dump", "upbit"): 1}
    assert [alert.stage for alert in desk.alerts] == ["dump", "pump"]
    summary = desk.summary(0.0)
    assert (summary["alerts"], summary["escalations"]) == (1, 1)


def test_what_is_held_when_a_run_ends_is_still_told():
    """An alert that waited for the other venue does not die with the run."""
    desk = opened(Herald(signal(NOW)))
    desk.hear(UPBIT, Batch(prints(0, [100])))
    assert desk.published == []
    desk.end()
    assert [alert.rule for alert in desk.published] == ["pump"]


def test_a_dead_worker_is_a_hole_in_its_venue_s_stream(desk):
    """It could not say so itself; no detector computes across it, so the same rise seen half before says nothing."""
    ticker = Ticker("upbit", COIN, NOW, NOW, 100.0, 1e6, 1e8)
    desk.hear(UPBIT, Batch([ticker, *prints(1, RISE[:3])]))
    desk.tell(Change(UPBIT, Phase.ENDED, 17, "killed by SIGKILL"))
    desk.hear(UPBIT, Batch(prints(2, [140.0, 140.0, 140.0, 140.0])))
    assert desk._engine.gaps == {("upbit", "trade", "worker_died"): 1, ("upbit", "orderbook", "worker_died"): 1}
    assert desk.published == []


def test_a_worker_that_left_when_asked_leaves_no_hole(desk):
    """The end of a run is not an accident."""
    desk.tell(Change(UPBIT, Phase.ENDED, 17))
    assert desk._engine.gaps == {}


def test_each_start_is_a_line_and_only_later_ones_are_restarts(desk):
    """The contract of `worker.started`, and of `restarts` in the summary."""
    desk.tell(Change(UPBIT, Phase.ENDED, 17, "exit code 1"))
    desk.tell(Change(UPBIT, Phase.STARTED, 18, "exit code 1"))
    assert desk._lines.lines[-1] == {"type": "worker.started", "data": {"exchange": "upbit", "shard": 0, "pid": 18}}
    assert desk.summary(0.0)["restarts"] == 1


def test_dropped_counts_events_alerts_and_lines_but_no_conflated_tickers(desk):
    """Everything that was lost for want of room, wherever that was."""
    counters = {"dropped": {"publisher": 5}, "conflated": {"": 9}}
    desk.hear(UPBIT, Pulse(NOW, counters, (), NOW, "", 0.0, 0))
    assert desk.summary(0.0)["dropped"] == 5 + 2 + 1


def test_a_symbol_is_unlisted_only_when_every_venue_has_said_so():
    """One venue may list what the other does not; the nearest name of any helps."""
    desk = opened()
    desk.hear(UPBIT, Inventory((), {"SYSS/KRW": "SYS/KRW", "ONLY/KRW": ""}))
    assert desk.unlisted() == {}
    desk.hear(BITHUMB, Inventory((COIN,), {"SYSS/KRW": ""}))
    assert desk.unlisted() == {"SYSS/KRW": "SYS/KRW"}


def test_a_later_inventory_replaces_the_first_and_ends_no_run(desk):
    """What is listed changes while we run; that a named market ends is news, not a mistake on the command line."""
    desk.hear(UPBIT, Inventory((), {"SYS/KRW": ""}))
    desk.hear(BITHUMB, Inventory((), {"SYS/KRW": ""}))
    assert desk.markets() == {"upbit": 0, "bithumb": 0}
    assert desk.unlisted() == {}
    desk.hear(UPBIT, Inventory((COIN, Instrument("NEW", "KRW"))))
    assert desk.markets() == {"upbit": 2, "bithumb": 0}


@pytest.mark.parametrize("kind", ["listing", "delisting", "caution", "suspension"])
def test_a_notice_is_a_line_of_its_own_and_stands_in_the_log(desk, kind):
    """For programs with its moment, for people in words; the engine counts it and no rule looks at it."""
    with capture_logs() as logs:
        desk.hear(UPBIT, Batch([Notice("upbit", COIN, NOW, NOW, kind, "up: warning")]))
    facts = {"exchange": "upbit", "symbol": "SYS/KRW", "text": "up: warning"}
    assert desk._lines.lines[-1] == {"type": f"notice.{kind}", "timestamp": "2027-01-15T08:00:00.000Z", "data": facts}
    assert [line for line in logs if line["event"] == kind] == [
        {"event": kind, "log_level": "info", "actor": "desk"} | facts
    ]
    assert desk.summary(0.0)["events"]["upbit"] == {"notice": 1}
    assert desk.told["opened"] == {}


def test_a_word_among_trades_is_told_all_the_same(desk):
    """A batch holds what happened, in order; a notice need not come first or alone."""
    trades = prints(1, [100, 100, 100])
    desk.hear(UPBIT, Batch([*trades[:2], Notice("upbit", COIN, NOW, NOW, "caution", "steep"), trades[2]]))
    assert [line["type"] for line in desk._lines.lines if line["type"].startswith("notice")] == ["notice.caution"]


def test_a_worker_that_rests_is_wrong_until_it_runs_again(desk):
    """Its quarantine is a condition from the moment it is told until the next start."""
    desk.tell(Change(UPBIT, Phase.QUARANTINED, 17, "exit code 1"))
    wrong = [each for each in desk.tick(NOW) if each.rule == WORKER_QUARANTINED]
    assert [(each.exchange, each.facts["why"]) for each in wrong] == [("upbit", "exit code 1")]
    desk.tell(Change(UPBIT, Phase.STARTED, 18))
    assert [each for each in desk.tick(NOW) if each.rule == WORKER_QUARANTINED] == []


def test_a_venue_that_is_not_fresh_is_wrong_since_that_began(desk):
    """The longer it lasts the older the condition; data ends it."""

    def silent(now):
        return {each.exchange: each.since for each in desk.tick(now) if each.rule == VENUE_SILENT}

    assert silent(NOW) == {"upbit": NOW, "bithumb": NOW}
    later = NOW + 20 * SECOND
    desk.hear(UPBIT, Pulse(later, {}, (), later, "", 0.0, 0))
    assert silent(later) == {"bithumb": NOW}


def test_a_venue_of_which_nothing_is_wanted_is_never_silent(desk):
    """Nobody minds its silence."""
    desk.hear(UPBIT, Inventory(()))
    assert [each.exchange for each in desk.tick(NOW) if each.rule == VENUE_SILENT] == ["bithumb"]


def test_a_clock_that_is_behind_its_venue_is_seen_in_the_batches(desk):
    """What seems to come from the future is measured for a minute, shown, and then wrong."""
    for second in range(0, 150, 10):
        seen = NOW + second * SECOND
        desk.hear(UPBIT, Batch([Trade("upbit", COIN, seen + 9 * SECOND, seen, str(second), 100.0, 1.0, "buy")]))
        wrong = desk.tick(seen)
    assert desk.clock_offsets == {"upbit": -9.0}
    assert [each.facts["offset_s"] for each in wrong if each.rule == CLOCK_SKEW] == [-9.0]


def test_other_channels_and_rules_count_from_now_on(desk):
    """A hole is told for what is carried now, and a new rule's first alert is a rise from nought."""
    desk.revise(conditions.Settings(), {"upbit": ("trade",), "bithumb": ("trade",)}, ["mine"])
    assert desk.told["opened"]["mine", "upbit"] == 0
    seen = []
    desk._see = seen.extend
    desk.tell(Change(UPBIT, Phase.ENDED, 17, "exit code 1"))
    assert [gap.channel for gap in seen] == ["trade"]


def test_symbols_are_asked_for_anew_when_the_wish_has_changed(desk):
    """What was not known before says nothing of what is wanted now, until every venue has answered again."""
    for child in (UPBIT, BITHUMB):
        desk.hear(child, Inventory((COIN,), {"OLD/KRW": ""}))
    desk.ask_anew()
    assert desk.unlisted() == {}
    desk.hear(UPBIT, Inventory((COIN,), {"NEW/KRW": "NEWT/KRW"}))
    assert desk.unlisted() == {}
    desk.hear(BITHUMB, Inventory((COIN,), {"NEW/KRW": ""}))
    assert desk.unlisted() == {"NEW/KRW": "NEWT/KRW"}
