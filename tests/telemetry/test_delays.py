"""How late data is, by one sample a batch: from the venue's clock to ours, and from there through the rules."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.model.histogram import Histogram
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Gap, OrderBook, Ticker, Trade
from scanner.telemetry.delays import EVENT_BOUNDS_S, Delays
from scanner.telemetry.metrics import Metrics
from tests.telemetry.standins import NOW, SECOND
from tests.telemetry.test_metrics import scraped

BTC = Instrument("BTC", "KRW")
MS = SECOND // 1_000
MINUTE = 60 * SECOND


def trade(late=20 * MS, *, at=NOW, exchange="upbit", backfilled=False):
    return Trade(exchange, BTC, at, at + late, "1", 1.0, 1.0, "buy", backfilled)


def book(late):
    return OrderBook("upbit", BTC, NOW, NOW + late, (), ())


def counted(histogram):
    """Upper bound → how many fell there; those that are empty are left out."""
    bounds = [*histogram.bounds, "more"]
    return {bound: count for bound, count in zip(bounds, histogram.counts, strict=True) if count}


def test_the_last_of_a_batch_speaks_for_it():
    """The hot path pays for one sample, however many events a batch holds."""
    delays = Delays()
    delays.take([trade(5 * SECOND), trade(5 * SECOND), trade(20 * MS)], NOW + 23 * MS)
    assert counted(delays.events["upbit"]) == {0.025: 1}
    assert counted(delays.pipeline["upbit"]) == {0.005: 1}
    assert delays.events["upbit"].sum == 0.02
    assert delays.pipeline["upbit"].sum == 0.003


def test_a_book_speaks_too():
    """Where books are most of what comes, they tell how late it is."""
    delays = Delays()
    delays.take([book(300 * MS)], NOW + SECOND)
    assert counted(delays.events["upbit"]) == {0.5: 1}


def test_what_does_not_carry_its_own_moment_is_not_asked():
    """Old trades that were fetched, candles, tickers, holes and nothing at all leave no sample."""
    delays = Delays()
    silent = (
        trade(300 * SECOND, backfilled=True),
        Candle("upbit", BTC, NOW, NOW + MINUTE, 60, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        Ticker("upbit", BTC, NOW, NOW + MINUTE, 1.0, 1.0, 1.0),
        Gap("upbit", "trade", (BTC,), 0, NOW, "closed"),
    )
    for event in silent:
        delays.take([event], NOW)
    delays.take([], NOW)
    assert (delays.events, delays.pipeline) == ({}, {})


def test_a_clock_that_is_behind_makes_no_sum_fall():
    """A counter never falls, so a negative delay counts as none."""
    delays = Delays()
    delays.take([trade(-2 * SECOND)], NOW)
    assert delays.events["upbit"].sum == 0.0


def test_venues_are_told_apart():
    """One that lags is not hidden among the others."""
    delays = Delays()
    delays.take([trade(20 * MS)], NOW)
    delays.take([trade(8 * SECOND, exchange="okx")], NOW)
    assert counted(delays.events["upbit"]) == {0.025: 1}
    assert counted(delays.events["okx"]) == {10.0: 1}


def test_delays_are_scraped_as_histograms():
    """Cumulative buckets, a sum, a count, an exchange and no symbol: histogram_quantile can read them."""
    metrics = Metrics(version="1", clock=lambda: NOW + 30 * MS)
    metrics.took([trade(20 * MS)])
    metrics.took([trade(40 * SECOND)])
    found = scraped(metrics)

    def bucket(bound):
        return found["scanner_event_delay_seconds_bucket", ("exchange", "upbit"), ("le", bound)]

    assert [bucket(bound) for bound in ("0.01", "0.025", "30.0", "+Inf")] == [0, 1, 1, 2]
    assert found["scanner_event_delay_seconds_count", ("exchange", "upbit")] == 2
    assert found["scanner_event_delay_seconds_sum", ("exchange", "upbit")] == 40.02
    assert found["scanner_pipeline_latency_seconds_count", ("exchange", "upbit")] == 2


@given(st.lists(st.floats(0, 100)))
def test_buckets_hold_every_value_once(values):
    """What is scraped adds up: the last bucket is the count, none is smaller than the one before."""
    histogram = Histogram(EVENT_BOUNDS_S)
    for value in values:
        histogram.observe(value)
    metrics = Metrics(version="1")
    metrics.watch("scanner_things_seconds", "Things.", ("receiver",), lambda: {"phone": histogram}, kind="histogram")
    found = scraped(metrics)
    buckets = [value for key, value in found.items() if key[0] == "scanner_things_seconds_bucket"]
    assert buckets == [sum(value <= bound for value in values) for bound in (*EVENT_BOUNDS_S, float("inf"))]
