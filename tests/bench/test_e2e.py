"""The whole scanner's figures: every measure is there in every pass, and every alert is timed from its trade."""

from itertools import count

from scanner.bench import e2e, sustained
from scanner.bench.e2e import Latency, run, time_alerts, time_start
from scanner.bench.sustained import Shape

TINY = Latency(instruments=60, rate=600.0, moves_per_s=1.0, alerts=3)


async def test_alerts_are_timed_from_the_trade_that_decided():
    """None comes before its trade, and none is counted that was there before."""
    figures = await time_alerts(TINY)
    assert figures["alerts"] == TINY.alerts
    assert 0 < figures["latency_p50_ms"] <= figures["latency_p99_ms"] <= figures["latency_max_ms"] < 60_000
    assert figures["cpu_us"] > 0


async def test_a_start_is_timed_to_its_first_event_and_its_first_trade():
    """In this order: the catalogue's tickers come before any trade."""
    figures = await time_start()
    assert 0 < figures["first_event_s"] <= figures["first_trade_s"] < 60


async def test_every_pass_has_every_measure(monkeypatch):
    """A pass begins at the rate that the one before has held; the medians stand beside their range."""
    offered = []

    async def machine(rate, _say, _shape):
        offered.append(rate)
        return sustained.Trial(rate=rate, missing=0 if rate <= 20 else 9, lag_s=0.1, lost={}, costs={"cpu_us": 9.0})

    hands = count(1)

    async def stopwatch(*_):
        return {"latency_p50_ms": float(next(hands))}

    monkeypatch.setattr(sustained, "RATES", (10, 20, 30))
    monkeypatch.setattr(sustained, "trial", machine)
    monkeypatch.setattr(e2e, "time_alerts", stopwatch)
    monkeypatch.setattr(e2e, "time_start", stopwatch)
    said = []
    report = await run(3, said.append, sustained=Shape(), latency=TINY, first=30)
    assert offered == [30, 20, 20, 30, 20, 30]
    assert [row["measure"] for row in report["rows"]] == ["sustained", "latency", "start"]
    held, latency, start = (row["ours"] for row in report["rows"])
    assert held["rate_per_s"] == 20
    assert (latency["latency_p50_ms"], latency["range"]["latency_p50_ms"]) == (3.0, [1.0, 5.0])
    assert (start["latency_p50_ms"], start["range"]["latency_p50_ms"]) == (4.0, [2.0, 6.0])
    assert said[0] == "pass 1 of 3: the highest rate that is sustained"
    assert (report["bench"], report["passes"], len(said)) == ("e2e", 3, 9)
