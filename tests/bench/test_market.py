"""The market that measures are taken on is a plausible one, and the same one for everybody who asks."""

from collections import Counter
from itertools import pairwise

import pytest

from scanner.bench import market
from scanner.bench.market import RANKS, RATE_PER_S, START, coins, tickers, trades
from scanner.model.moments import SECOND

SECONDS = 20.0


def calm(count=RANKS, exchanges=("upbit",)):
    """Coins of which none is pumped within the time that is asked for."""
    return coins(count, exchanges, (SECONDS, SECONDS))


def by_coin(told):
    found = {}
    for trade in told:
        found.setdefault(trade.instrument, []).append(trade)
    return found


def test_the_same_seed_gives_the_same_trades_and_another_one_others():
    """Whoever reads what another process sent can tell what it must have been."""
    of = calm(5)
    assert trades(of, SECONDS, 7) == trades(of, SECONDS, 7)
    assert trades(of, SECONDS, 7) != trades(of, SECONDS, 8)


def test_trades_come_in_the_order_of_the_venues_clocks():
    """From the opening on, seen a little later, each with an id of its own."""
    told = trades(calm(20), SECONDS, 1)
    assert all(before.at <= after.at for before, after in pairwise(told))
    assert all(START <= trade.at < START + SECONDS * SECOND for trade in told)
    assert {trade.seen - trade.at for trade in told} == {market.DELAY_NS}
    for mine in by_coin(told).values():
        assert len({trade.id for trade in mine}) == len(mine)


def test_a_few_coins_are_traded_far_more_than_the_rest():
    """On average as often as promised."""
    told = trades(calm(), SECONDS, 1)
    assert len(told) / SECONDS / RANKS == pytest.approx(RATE_PER_S, rel=0.1)
    often = Counter(trade.instrument.base for trade in told)
    assert sum(count for _, count in often.most_common(RANKS // 10)) > len(told) / 2


def test_a_larger_market_is_more_of_the_same():
    """No coin is traded more often because there are others, so that only their number is measured."""
    small, large = calm(RANKS), calm(3 * RANKS, ("upbit", "okx"))
    assert [coin.rate_per_s for coin in large] == 3 * [coin.rate_per_s for coin in small]
    assert len({coin.instrument for coin in large}) == len(large)
    assert {(coin.exchange, coin.instrument.quote) for coin in large} == {("upbit", "KRW"), ("okx", "USDT")}


def test_prices_bounce_between_the_two_sides_of_a_tick():
    """Sellers get no more than the fair price and buyers pay no less, on a grid of four digits."""
    told = trades(calm(1), SECONDS, 1)
    tick = 0.0001
    assert all(abs(trade.price / tick - round(trade.price / tick)) < 1e-6 for trade in told)
    bounces = [(a, b) for a, b in pairwise(told) if (a.side, b.side) == ("sell", "buy")]
    assert sum(b.price - a.price for a, b in bounces) / len(bounces) == pytest.approx(tick, rel=0.5)


def test_sizes_have_heavy_tails():
    """The largest tenth is more than half of the turnover."""
    sizes = sorted(trade.price * trade.size for trade in trades(calm(10), SECONDS, 1))
    assert sum(sizes[-len(sizes) // 10 :]) > sum(sizes) / 2


def test_a_ticker_tells_the_day_that_the_trades_amount_to():
    """So that the usual minute is usual."""
    of = calm(10)
    told = by_coin(trades(of, 400.0, 1))
    for coin, ticker in zip(of, tickers(of), strict=True):
        assert ticker.instrument == coin.instrument
        day = sum(trade.price * trade.size for trade in told[coin.instrument]) * 86_400 / 400
        assert 0.3 < day / ticker.turnover_24h < 3.0


def test_a_pumped_coin_rises_far_and_no_other_does():
    """One in a hundred, at its moment."""
    of = coins(RANKS, ("upbit",), (5.0, 6.0))
    assert [number for number, coin in enumerate(of) if coin.pumped_at is not None] == [50, 150]
    rises = {
        instrument: max(trade.price for trade in mine) / min(trade.price for trade in mine) - 1
        for instrument, mine in by_coin(trades(of, SECONDS, 1)).items()
    }
    pumped = {coin.instrument for coin in of if coin.pumped_at is not None}
    assert {instrument for instrument, rise in rises.items() if rise > 0.04} == pumped
