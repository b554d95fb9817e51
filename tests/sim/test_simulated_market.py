"""The simulated market: believable, quiet when nothing happens, and the same whoever asks and how often."""

from collections import Counter, defaultdict, deque
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.listing import FLOORS, listings
from scanner.sim.market import BookChange, SimulatedMarket
from scanner.sim.ticks import tick_for
from scanner.worker.exclusions import kind_of

NS = 1_000_000_000
ORIGIN = 1_790_000_000_123_000_000
BTC = Instrument("BTC", "KRW")
MARKETS = {
    "upbit": {"KRW": 236, "BTC": 41, "USDT": 20},
    "bithumb": {"KRW": 239, "BTC": 41},
    "binance": {"USDT": 424, "BTC": 60},
    "okx": {"USDT": 303, "BTC": 50},
    "mexc": {"USDT": 713, "BTC": 40},
    "weex": {"USDT": 404, "BTC": 20},
    "binance-futures": {"USDT": 350},
    "mexc-futures": {"USDT": 450},
    "weex-contract": {"USDT": 350},
    "coingecko": {"USDT": 300},
}
"""Venue → quote → markets, stable coins and other extras included."""
A_COIN = Instrument("STORJ", "KRW")
venues = pytest.mark.parametrize("exchange", FLOORS)


def quiet(exchange="upbit", seed=1, origin=ORIGIN):
    return SimulatedMarket(exchange, seed, "quiet", origin)


def fills_of(happenings):
    return [one for one in happenings if isinstance(one, Fill)]


def main_btc(exchange):
    return Instrument("BTC", FLOORS[exchange].main)


@venues
def test_a_venue_lists_as_many_markets_as_a_real_one(exchange):
    # Promise: hundreds of markets, each once, in every quote the venue has; BTC is the busiest of the main one.
    markets = listings(exchange, 1)
    instruments = [listing.instrument for listing in markets]
    assert Counter(instrument.quote for instrument in instruments) == MARKETS[exchange]
    assert len(set(instruments)) == len(instruments)
    assert instruments[0] == main_btc(exchange)
    assert [listing.index for listing in markets] == list(range(len(markets)))


def test_together_they_list_as_many_as_a_scanner_has_to_bear():
    # Promise: well over 1,500 markets in KRW and USDT.
    everything = [one.instrument for exchange in FLOORS for one in listings(exchange, 1)]
    assert sum(one.quote in {"KRW", "USDT"} for one in everything) >= 2_300


@venues
def test_some_markets_are_there_to_be_left_out(exchange):
    # Promise: dollars against dollars where coins trade for USDT, leveraged tokens at MEXC; no other looks like one.
    instruments = [listing.instrument for listing in listings(exchange, 1)]
    coins = {coin for instrument in instruments for coin in (instrument.base, instrument.quote)}
    kinds = Counter(kind_of(instrument, coins) for instrument in instruments)
    assert kinds["stable"] == (3 if exchange in {"binance", "okx", "mexc", "weex"} else 0)
    assert kinds["leveraged"] == (10 if exchange == "mexc" else 0)
    assert kinds[None] + kinds["stable"] + kinds["leveraged"] == len(instruments)


def test_not_every_symbol_is_ascii():
    # Promise: two venues list a coin whose code no code page of the West knows.
    odd = [
        (exchange, one.instrument)
        for exchange in FLOORS
        for one in listings(exchange, 1)
        if not one.instrument.base.isascii()
    ]
    assert [exchange for exchange, _ in odd] == ["binance", "weex"]


def test_a_coin_has_one_price_everywhere():
    # Promise: what is listed on several venues follows the same path on each.
    paths = defaultdict(set)
    for exchange in FLOORS:
        for one in listings(exchange, 1):
            paths[one.instrument].add(one.path)
    assert {len(each) for each in paths.values()} == {1}


def test_a_pegged_coin_stays_where_it_is():
    # Promise: a dollar is a dollar, to a tenth of a per cent.
    market = quiet("okx")
    prices = [
        market.book(Instrument("USDC", "USDT"), ORIGIN // 1_000_000 + second * 1_000, 1).bids[0][0]
        for second in range(0, 7_200, 10)
    ]
    assert all(abs(price - 1) <= 0.0015 for price in prices)


@settings(max_examples=8)
@given(seed=st.integers(0, 1 << 32), strides=st.lists(st.integers(1, 4_000_000_000), min_size=1, max_size=12))
def test_the_same_seed_gives_the_same_trades_whatever_the_rhythm(seed, strides):
    # Promise: many small strides and one large one tell the same story.
    patient, hasty = quiet(seed=seed), quiet(seed=seed)
    at, told = ORIGIN, []
    for stride in strides:
        at += stride
        told += hasty.advance(at)
    assert patient.advance(at) == told


def test_another_seed_gives_other_trades():
    # Promise: the seed decides.
    assert quiet(seed=1).advance(ORIGIN + NS) != quiet(seed=2).advance(ORIGIN + NS)


def test_who_watches_books_sees_the_same_trades():
    # Promise: watching changes nothing about what is traded.
    watched, unwatched = quiet(), quiet()
    watched.watch_books([BTC, A_COIN])
    assert fills_of(watched.advance(ORIGIN + 20 * NS)) == unwatched.advance(ORIGIN + 20 * NS)


def test_what_happens_is_told_in_time_order_and_only_when_it_is_over():
    # Promise: no happening is older than one before it, none lies outside the time asked for.
    market = quiet()
    market.watch_books([listing.instrument for listing in market.listings])
    first = market.advance(ORIGIN + 3 * NS + 49_000_000)
    second = market.advance(ORIGIN + 6 * NS)
    times = [one.at_ms for one in first + second]
    assert times == sorted(times)
    assert times[0] >= ORIGIN // 1_000_000
    assert first[-1].at_ms < (ORIGIN + 3 * NS) // 1_000_000 <= second[0].at_ms


@venues
def test_a_quiet_venue_trades_at_its_usual_pace(exchange):
    # Promise: Korea's 25 to 30 trades a second, elsewhere more; half are buys, most in few coins, some silent for long.
    market = quiet(exchange)
    fills = fills_of(market.advance(ORIGIN + 300 * NS))
    assert len(fills) / 300 == pytest.approx(FLOORS[exchange].trades_per_s, rel=0.08)
    assert 0.45 <= sum(fill.side == "buy" for fill in fills) / len(fills) <= 0.55
    counts = Counter(fill.instrument for fill in fills)
    top = sum(count for _, count in counts.most_common(3))
    assert counts.most_common(1)[0][0] == main_btc(exchange)
    assert 0.2 <= top / len(fills) <= 0.5
    times = defaultdict(list)
    for fill in fills:
        times[fill.instrument].append(fill.at_ms)
    gaps = [later - earlier for each in times.values() for earlier, later in pairwise(each)]
    assert max(gaps) > 120_000


@venues
def test_the_24_hour_turnover_is_that_of_the_trades(exchange):
    # Promise: turnover_24h / 1440 is what a usual minute brings, so that a ratio to it means something.
    market = quiet(exchange)
    promised = sum(
        market.ticker(one.instrument).turnover_24h
        for one in market.listings
        if one.instrument.quote == FLOORS[exchange].main
    )
    fills = fills_of(market.advance(ORIGIN + 1_200 * NS))
    traded = sum(fill.turnover for fill in fills if fill.instrument.quote == FLOORS[exchange].main)
    assert traded / 20 == pytest.approx(promised / 1_440, rel=0.1)


@pytest.mark.parametrize(
    ("exchange", "seed"),
    [("upbit", 9), ("upbit", 10), ("bithumb", 8), ("bithumb", 4), ("binance", 1), ("okx", 2), ("mexc", 3), ("weex", 4)],
)
def test_a_quiet_market_alarms_nobody_for_five_minutes(exchange, seed):
    # Promise: no coin moves 3 % within 60 s, none trades five usual minutes in one of 10 trades and 10 M KRW.
    in_krw = {"KRW": 1.0, "USDT": 1_420.0, "BTC": 148_000_000.0}
    market = quiet(exchange, seed)
    per_coin = defaultdict(list)
    for fill in fills_of(market.advance(ORIGIN + 300 * NS)):
        per_coin[fill.instrument].append(fill)
    for instrument, fills in per_coin.items():
        usual = market.ticker(instrument).turnover_24h / 1_440
        minute, turnover = deque(), 0.0
        for fill in fills:
            minute.append(fill)
            turnover += fill.turnover
            while minute[0].at_ms <= fill.at_ms - 60_000:
                turnover -= minute.popleft().turnover
            assert all(abs(fill.price / other.price - 1) < 0.03 for other in minute)
            if len(minute) >= 10 and turnover * in_krw[instrument.quote] >= 10_000_000:
                assert turnover < 5 * usual


def test_prices_stand_on_ticks():
    # Promise: every trade and every level is a price the venue could quote.
    market = quiet()
    prices = [(fill.instrument.quote, fill.price) for fill in fills_of(market.advance(ORIGIN + 20 * NS))]
    prices += [
        (instrument.quote, price)
        for instrument in (BTC, A_COIN, Instrument("XRP", "BTC"), Instrument("SOL", "USDT"))
        for price, _ in market.book(instrument).bids + market.book(instrument).asks
    ]
    for quote, price in prices:
        ticks = price / tick_for(quote, price).size
        assert ticks == pytest.approx(round(ticks), abs=1e-6)


def test_ids_of_one_market_never_repeat():
    # Promise: (millisecond, place in it) names an execution within a market, and numbers run through the venue.
    market = SimulatedMarket("upbit", 3, "pump", ORIGIN)
    market.start_script(ORIGIN)
    fills = fills_of(market.advance(ORIGIN + 30 * NS))
    assert len({(fill.instrument, fill.at_ms, fill.nth) for fill in fills}) == len(fills)
    assert [fill.number for fill in fills] == list(range(1, len(fills) + 1))


@settings(max_examples=25)
@given(seed=st.integers(0, 1_000), second=st.integers(0, 100_000), place=st.integers(0, 200))
def test_books_are_whole_sorted_and_never_crossed(seed, second, place):
    # Promise: 30 levels a side at any moment, best first, sizes above zero, bids below asks.
    market = quiet(seed=seed)
    book = market.book(market.listings[place].instrument, ORIGIN // 1_000_000 + second * 1_000)
    bids, asks = [price for price, _ in book.bids], [price for price, _ in book.asks]
    assert len(bids) == len(asks) == 30
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert all(size > 0 for _, size in book.bids + book.asks)


def test_a_moment_has_one_book():
    # Promise: the book is a function of time; a single level is the best of the whole.
    market, other = quiet(), quiet()
    market.advance(ORIGIN + 5 * NS)
    at_ms = ORIGIN // 1_000_000 + 2_000
    assert market.book(A_COIN, at_ms) == other.book(A_COIN, at_ms)
    assert market.book(A_COIN, at_ms, 1).bids == other.book(A_COIN, at_ms).bids[:1]


def test_trades_happen_at_the_books_best_prices():
    # Promise: a buy takes the ask of that moment, a sell the bid; further fills of an order eat into the book.
    market = quiet()
    for fill in fills_of(market.advance(ORIGIN + 30 * NS)):
        book = market.book(fill.instrument, fill.at_ms)
        if fill.side == "buy":
            assert fill.price >= book.asks[0][0]
        else:
            assert fill.price <= book.bids[0][0]


def test_books_change_at_the_real_pace_and_only_where_somebody_looks():
    # Promise: 150 to 300 changes a second over all markets, several a second in the busiest, none unwatched.
    market = quiet()
    assert not any(isinstance(one, BookChange) for one in market.advance(ORIGIN + 5 * NS))
    market.watch_books([listing.instrument for listing in market.listings])
    changes = [one for one in market.advance(ORIGIN + 35 * NS) if isinstance(one, BookChange)]
    assert 150 <= len(changes) / 30 <= 300
    assert 4 <= sum(change.instrument == BTC for change in changes) / 30 <= 12
    market.watch_books([A_COIN])
    assert {one.instrument for one in market.advance(ORIGIN + 65 * NS) if isinstance(one, BookChange)} == {A_COIN}


def test_six_hours_of_candles_lie_before_the_beginning():
    # Promise: newest first, within six hours, none of the future, each of them whole.
    bars = quiet().candles(BTC, 1_000)
    starts = [bar.start_ms for bar in bars]
    assert len(bars) == 360
    assert starts == sorted(starts, reverse=True)
    assert starts[0] < ORIGIN // 1_000_000
    assert starts[-1] >= ORIGIN // 1_000_000 - 6 * 3_600_000 - 60_000
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert all(0.29 < bar.bought / bar.turnover < 0.71 for bar in bars)
    assert bars[0].bought_volume == pytest.approx(bars[0].volume * bars[0].bought / bars[0].turnover)


def test_thin_coins_have_minutes_without_a_candle():
    # Promise: a minute without a trade does not exist.
    market = quiet()
    assert 60 <= len(market.candles(market.listings[220].instrument, 1_000)) <= 330


def test_a_usual_candle_holds_a_usual_minute():
    # Promise: history and 24 h turnover agree.
    market = quiet()
    bars = market.candles(A_COIN, 1_000)
    assert sum(bar.turnover for bar in bars) / 360 == pytest.approx(market.ticker(A_COIN).turnover_24h / 1_440, rel=0.2)


def test_candles_since_the_beginning_are_the_trades():
    # Promise: bars add up to exactly what was told, in minutes, in five minutes and in seconds.
    market = quiet()
    fills = [fill for fill in market.advance(ORIGIN + 600 * NS) if fill.instrument == BTC]
    origin_minute = ORIGIN // 1_000_000 // 60_000 * 60_000
    for unit in (60_000, 300_000):
        bars = [bar for bar in market.candles(BTC, 20, unit_ms=unit) if bar.start_ms > origin_minute]
        for bar in bars:
            mine = [fill for fill in fills if bar.start_ms <= fill.at_ms < bar.start_ms + unit]
            assert (bar.open, bar.close) == (mine[0].price, mine[-1].price)
            assert (bar.high, bar.low) == (max(f.price for f in mine), min(f.price for f in mine))
            assert bar.volume == pytest.approx(sum(fill.size for fill in mine))
            assert bar.bought == pytest.approx(sum(fill.turnover for fill in mine if fill.side == "buy"))
            assert bar.last_ms == mine[-1].at_ms
    last = market.candles(BTC, 1, unit_ms=1_000)[0]
    assert last.close == fills[-1].price
    assert last.start_ms == fills[-1].at_ms // 1_000 * 1_000


def test_candles_end_before_the_moment_asked_for():
    # Promise: `to` is exclusive and `count` a limit.
    market = quiet()
    newest, second, *_ = market.candles(BTC, 5)
    assert market.candles(BTC, 1, newest.start_ms) == [second]


def test_the_last_trades_are_kept_newest_first():
    # Promise: even before anything happened there is one past trade; later the last ones.
    market = quiet()
    before = market.trades(A_COIN, 10)
    assert len(before) == 1
    assert before[0].at_ms < ORIGIN // 1_000_000
    fills = [fill for fill in market.advance(ORIGIN + 600 * NS) if fill.instrument == BTC]
    assert market.trades(BTC, 100) == fills[:-101:-1]
    assert market.ticker(BTC).last == fills[-1]


@venues
def test_the_days_figures_begin_anew_with_the_venues_day(exchange):
    # Promise: at the venue's midnight open, high, low and totals start over, and yesterday's last price is remembered.
    midnight = 1_790_000_000 // 86_400 * 86_400 + FLOORS[exchange].day_starts_s
    market = quiet(exchange, origin=(midnight - 30) * NS)
    market.advance((midnight - 1) * NS)
    btc = main_btc(exchange)
    yesterday = market.ticker(btc)
    fills = [fill for fill in market.advance((midnight + 60) * NS) if fill.instrument == btc]
    today = [fill for fill in fills if fill.at_ms >= midnight * 1_000]
    late = [fill for fill in fills if fill.at_ms < midnight * 1_000]
    summary = market.ticker(btc)
    assert summary.previous_close == (late[-1] if late else yesterday.last).price
    assert summary.open == today[0].price
    assert summary.volume_day == pytest.approx(sum(fill.size for fill in today))
    assert summary.turnover_24h == pytest.approx(yesterday.turnover_24h, rel=0.05)


@pytest.mark.parametrize("part", [slice(10, 16), slice(None, None, 50)])
def test_a_part_of_a_market_trades_as_it_does_in_the_whole(part):
    # Promise: those markets and no others, each at its usual pace, so that a test need not carry a venue about.
    whole = SimulatedMarket("binance", 1, "quiet", ORIGIN)
    few = SimulatedMarket("binance", 1, "quiet", ORIGIN, part)
    assert [one.instrument for one in few.listings] == [one.instrument for one in whole.listings[part]]
    fills = [one for one in few.advance(ORIGIN + 600 * 1_000_000_000) if isinstance(one, Fill)]
    usual = sum(one.trades_per_s for one in whole.listings[part])
    assert {fill.instrument for fill in fills} <= {one.instrument for one in few.listings}
    assert len(fills) / 600 == pytest.approx(usual, rel=0.2)
