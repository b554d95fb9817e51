"""A whole worker gets warm at a whole simulated venue: soon, most traded first, within all limits, come what may."""

from contextlib import asynccontextmanager

import pytest
import trio

from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Gap, Subscription, Ticker
from scanner.model.pulse import Pulse
from scanner.sim.venues.registry import VENUES
from scanner.sim.venues.weex_desk import Manners
from scanner.sim.venues.weex_house import Weex
from scanner.wire.messages import Inventory, Want
from tests.exchanges.test_conformance_streams import check_windows
from tests.worker.tree import MARKETS, TELL_CANDLES, Downlink, Uplink, instrument_of, worker

MINUTE = 60_000_000_000
FEW, SOME = slice(10, 20), slice(100, 160)
WORDS = ("candle", "kline")


class Stage:
    """A worker at a venue, and what both have seen."""

    def __init__(self, house):
        self.house, self.uplink, self.downlink = house, Uplink(), Downlink()

    @property
    def asked(self):
        """(moment, market code) of every question about past minutes."""
        return [
            (at, next(params[name] for name in ("market", "symbol", "instId") if name in params))
            for at, path, params in self.house.asked
            if any(word in path for word in WORDS)
        ]

    @property
    def candles(self):
        """Instrument → what was told of it."""
        told = {}
        for candle in self.uplink.events(Candle):
            told.setdefault(candle.instrument, []).append(candle)
        return told

    @property
    def pulse(self):
        return self.uplink.of(Pulse)[-1]


@asynccontextmanager
async def at_work(house, name, options=None, **changes):
    stage = Stage(house)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker(name, options, **changes).run, stage.uplink, stage.downlink)
        yield stage
        stage.downlink.stop.set()


async def test_all_of_upbits_won_markets_are_warm_within_a_minute(venue, autojump_clock):
    """The most traded ones first, each asked about once, and never more often than the venue allows."""
    async with at_work(venue("upbit"), "upbit") as stage:
        await trio.sleep(60)
    watched = stage.uplink.of(Inventory)[0].instruments
    assert len(watched) >= 230
    assert stage.candles.keys() == set(watched)
    turnover = {}
    for ticker in stage.uplink.events(Ticker):
        turnover.setdefault(ticker.instrument, ticker.turnover_24h)
    by_turnover = sorted(watched, key=lambda one: -turnover[one])
    assert [code for _, code in stage.asked] == [f"KRW-{one.base}" for one in by_turnover]
    check_windows(stage.house.calls, EXCHANGES["upbit"].limits.requests)
    assert stage.pulse.counters["warmups"] == {"warmed": len(watched)}
    assert stage.pulse.counters["requests"].keys() == {"ok"}


async def test_what_is_told_is_what_the_market_did(venue, autojump_clock):
    """Two hundred closed minutes in order; none that runs, none invented; a turnover in won."""
    async with at_work(venue("upbit", part=FEW), "upbit") as stage:
        await trio.sleep(20)
        market = stage.house._program.view
        for instrument, told in stage.candles.items():
            bars = {bar.start_ms * 1_000_000: bar for bar in market.candles(instrument, 1_000)}
            assert 150 <= len(told) <= 200
            assert [candle.at for candle in told] == sorted({candle.at for candle in told})
            assert all(candle.at + MINUTE <= candle.seen for candle in told)
            assert [bars[one.at].turnover for one in told] == [one.turnover for one in told]
            assert sorted(at for at in bars if at >= told[0].at and at + MINUTE <= told[0].seen) == [
                candle.at for candle in told
            ]


@pytest.mark.parametrize("name", TELL_CANDLES)
async def test_every_venue_warms_within_its_limits(name, venue, autojump_clock):
    """All instruments with trades, none refused, nothing that cannot be read; then the progress is at its end."""
    async with at_work(venue(name, part=SOME), name) as stage:
        await trio.sleep(20)
    assert stage.pulse.counters["warmups"] == {"warmed": stage.pulse.instruments_to_warm}
    assert stage.pulse.instruments_to_warm >= 50
    assert stage.pulse.instruments_warmed == len(stage.candles)
    assert stage.pulse.instruments_warming == 0
    assert "parse_errors" not in stage.pulse.counters
    assert stage.pulse.counters["requests"].keys() == {"ok"}
    assert stage.uplink.events(Gap) == []
    tells_buyers = {candle.buy_turnover is not None for candle in stage.uplink.events(Candle)}
    assert tells_buyers == {name in {"binance", "binance-futures", "weex", "weex-contract"}}


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("tells_buyers", [False, True])
async def test_what_nobody_knows_of_weex_does_not_matter(
    newest_first, tells_buyers, venue, autojump_clock, monkeypatch
):
    """Whichever way it sorts its bars, and whether it fills the columns of buyers or not."""
    monkeypatch.setitem(VENUES, "weex", Weex(Manners(newest_first=newest_first, tells_buyers=tells_buyers)))
    async with at_work(venue("weex", part=FEW), "weex") as stage:
        await trio.sleep(20)
    assert len(stage.candles) == stage.pulse.instruments_to_warm > 5
    for told in stage.candles.values():
        assert [candle.at for candle in told] == sorted({candle.at for candle in told})
        shares = [one.buy_turnover / one.turnover for one in told if one.buy_turnover is not None]
        assert len(shares) == (len(told) if tells_buyers else 0)
        assert all(0.0 <= share <= 1.0 for share in shares)


async def test_progress_is_told_every_second_while_it_lasts(venue, autojump_clock):
    """From nothing to all, and never back."""
    async with at_work(venue("upbit", part=SOME), "upbit") as stage:
        await trio.sleep(15)
    pulses = [pulse for pulse in stage.uplink.of(Pulse) if pulse.instruments_to_warm]
    warmed = [pulse.instruments_warmed for pulse in pulses]
    assert warmed == sorted(warmed)
    assert len(set(warmed)) > 8
    assert warmed[-1] == pulses[-1].instruments_to_warm


async def test_a_ban_in_the_middle_is_sat_out(venue, autojump_clock):
    """Hardly a question while it lasts; afterwards those that were left are warmed, and nobody twice."""
    house = venue("upbit", part=SOME)
    async with at_work(house, "upbit") as stage:
        await trio.sleep(5)
        before = len(stage.candles)
        house.faults.arm("ban", house.clock.now_ms(), for_s=120)
        began = trio.current_time()
        await trio.sleep(120)
        assert len([at for at, _ in stage.asked if began <= at < began + 120]) <= 6
        await trio.sleep(100)
    assert 0 < before < len(stage.candles) == stage.pulse.instruments_to_warm
    codes = [code for at, code in stage.asked if not began <= at < began + 120]
    assert len(codes) == len(set(codes)) == stage.pulse.instruments_to_warm


async def test_a_limit_that_is_shared_with_others_costs_time_and_nobody(venue, autojump_clock):
    """429 for a while, without a word of how long: fewer and fewer questions, then all are warm."""
    house = venue("upbit", part=SOME)
    async with at_work(house, "upbit") as stage:
        await trio.sleep(5)
        house.faults.arm("rate-limit", house.clock.now_ms(), for_s=20)
        began = trio.current_time()
        await trio.sleep(20)
        assert len([at for at, _ in stage.asked if began <= at < began + 20]) <= 15
        await trio.sleep(60)
    assert stage.pulse.instruments_warmed == stage.pulse.instruments_to_warm


async def test_a_coin_that_is_listed_gets_its_past_too(venue, autojump_clock):
    """Soon after the catalogue was read again, and it alone is asked about."""
    house = venue("upbit", part=FEW)
    async with at_work(house, "upbit", Settings(refresh=30.0)) as stage:
        await trio.sleep(40)
        known = len(stage.asked)
        house.change_listing("list", Instrument("WAVELET", "KRW"))
        await trio.sleep(60)
    assert [code for _, code in stage.asked[known:]] == ["KRW-WAVELET"]
    assert Instrument("WAVELET", "KRW") in stage.candles


async def test_a_worker_that_starts_again_warms_again(venue, autojump_clock):
    """The main process may have forgotten; each minute says itself when it was."""
    house = venue("upbit", part=FEW)
    stages = []
    for _ in range(2):
        async with at_work(house, "upbit") as stage:
            stages.append(stage)
            await trio.sleep(20)
    first, second = (stage.candles for stage in stages)
    assert first.keys() == second.keys()
    assert len(second) > 5


async def test_who_switches_it_off_is_never_asked_for(venue, autojump_clock):
    """`exchanges.upbit.warmup = 0`."""
    async with at_work(venue("upbit", part=FEW), "upbit", Settings(warmup=0)) as stage:
        await trio.sleep(30)
    assert stage.asked == []
    assert stage.candles == {}
    assert stage.pulse.instruments_to_warm == 0


async def test_past_minutes_prove_nothing_about_a_stream(venue, autojump_clock):
    """A venue that sends nothing but answers questions is as silent as before: nobody was heard."""
    house = venue("upbit", part=FEW)
    house.faults.arm("stall", house.clock.now_ms(), for_s=600)
    async with at_work(house, "upbit", channels=("trade", "candle")) as stage:
        await trio.sleep(40)
    assert stage.candles
    assert stage.pulse.instruments_heard < len(stage.candles)


async def test_only_who_carries_trades_is_warmed(venue, autojump_clock):
    """The busiest; of the others there are tickers. Another's wish for trades of one of them warms it, too."""
    options = Settings(trades_top=20)
    async with at_work(venue("mexc", part=SOME), "mexc", options, channels=("trade", "ticker")) as stage:
        await trio.sleep(10)
        watched = stage.uplink.of(Inventory)[0].instruments
        assert len(stage.candles) == 20 < len(watched)
        thin = next(one for one in watched if one not in stage.candles)
        stage.downlink.say(Want("gateway", (Subscription("trade", thin),)))
        await trio.sleep(10)
        assert thin in stage.candles


async def test_two_quote_currencies_take_turns(venue, autojump_clock):
    """Turnovers in won and in bitcoin do not compare, so the first of each comes before the second of either."""
    async with at_work(venue("upbit"), "upbit", markets=("KRW", "BTC")) as stage:
        await trio.sleep(5)
    quotes = [code.partition("-")[0] for _, code in stage.asked[:10]]
    assert sorted(quotes[:2]) == sorted(quotes[2:4]) == ["BTC", "KRW"]
    assert instrument_of("upbit", "BTC").quote == MARKETS["upbit"]
