"""What goes on around an instrument is known by closed seconds, per venue and currency, from trades and tickers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.detectors.base import MarketView
from scanner.detectors.market_context import MarketContext, context_of
from scanner.detectors.tapes import Tapes
from scanner.model.instrument import Instrument
from scanner.model.market import Ticker
from tests.alerts.signals import signal
from tests.detectors.streams import at, gap, trade

BTC = Instrument("BTC", "KRW")
COINS = [BTC, *(Instrument(f"C{number}", "KRW") for number in range(19))]


class Row:
    """Tapes and context, as the engine shows them events."""

    def __init__(self):
        self.tapes = Tapes()
        self.context = context_of(self.tapes)

    def see(self, *events):
        for event in events:
            self.tapes.see(event)
            self.context.see(event)
        return self

    def expected(self, instrument=COINS[5], exchange="upbit"):
        return self.context.expected(exchange, instrument)


def all_at(second, price, coins=COINS, exchange="upbit"):
    return [trade(second, price, instrument=coin, exchange=exchange) for coin in coins]


def told(second, price, coin, *, fresh=True):
    """A ticker; a stale one was made an hour before it is seen."""
    return Ticker("upbit", coin, at(second if fresh else second - 3600), at(second), price, 1.0, 1e9)


def crash(second=1, **where):
    """All fall by a twentieth, and the second closes."""
    return [*all_at(0, 100.0, **where), *all_at(second, 95.0, **where), *all_at(second + 1, 95.0, **where)]


def test_it_is_the_view_that_the_rules_are_shown():
    row = Row()
    view: MarketView = row.tapes.market
    assert view is row.context is context_of(row.tapes)
    assert isinstance(row.context, MarketContext)


def test_what_the_market_explains_is_bitcoin_times_beta():
    row = Row().see(*all_at(0, 100.0), trade(1, 102.0, instrument=BTC), trade(2, 102.0, instrument=BTC))
    assert row.expected() == pytest.approx(0.02)
    assert row.expected(Instrument("NEVER", "KRW")) == row.expected(exchange="okx") == row.expected(BTC) == 0.0


def test_markets_are_apart_by_venue_and_by_quote_currency():
    """Each has a clock, a bitcoin and a breadth of its own."""
    row = Row().see(*crash())
    assert row.context.moving("upbit", "KRW")
    assert row.context.stirring("upbit", "KRW")
    for exchange, quote in (("bithumb", "KRW"), ("upbit", "BTC")):
        assert not row.context.moving(exchange, quote)
        assert not row.context.stirring(exchange, quote)


def test_a_price_belongs_to_its_own_second():
    """The first trade of a second closes the one before at the price before, its own instrument's too."""
    row = Row().see(*all_at(0, 100.0), *all_at(1, 100.0), *all_at(2, 50.0, [BTC]))
    assert row.expected() == 0.0
    row.see(trade(3, 50.0, instrument=BTC))
    assert row.expected() == pytest.approx(-0.5)


def test_coins_of_which_only_tickers_are_taken_lean_too():
    row = Row().see(*(told(0, 100.0, coin) for coin in COINS), *(told(1, 95.0, coin) for coin in COINS))
    assert row.see(told(2, 94.0, BTC)).context.moving("upbit", "KRW")


def test_a_ticker_of_a_coin_that_trades_is_not_looked_at():
    """It tells the same later, or earlier; and a price that stands is no news."""
    row = Row().see(*all_at(0, 100.0), *(told(1, 90.0, coin) for coin in COINS), *all_at(2, 100.0))
    assert not row.context.stirring("upbit", "KRW")
    quiet = Row().see(*(told(second, 100.0, coin) for second in range(3) for coin in COINS))
    assert quiet.context.venues(Instrument("*", "KRW")) == 0


def test_an_old_ticker_sets_no_clock_back():
    """As REST tells it at the start, of a coin that was last traded an hour ago; its price counts all the same."""
    thin = Instrument("THIN", "KRW")
    row = Row().see(*crash(), told(2, 100.0, thin, fresh=False), told(3, 101.0, thin, fresh=False))
    assert row.context._markets["upbit", "KRW"].second == at(2) // 1_000_000_000
    assert row.context.moving("upbit", "KRW")


@pytest.mark.parametrize("price", [math.nan, math.inf, -math.inf, 0.0, -5.0])
def test_what_is_no_price_is_nobody_s(price):
    """Neither a trade's nor a ticker's, neither as the first nor later."""
    other = Instrument("OTHER", "KRW")
    bad = [trade(0, price, instrument=COINS[1]), told(0, price, other)]
    row = Row().see(*bad, *crash(), *bad, told(1, price, other), *all_at(3, 95.0))
    assert row.context.moving("upbit", "KRW")
    assert row.expected() == pytest.approx(-0.05)
    assert math.isfinite(row.context._markets["upbit", "KRW"].breadth(-1).mean)
    assert row.context.venues(other) == 0


def test_what_happened_in_a_hole_is_nobody_s_change():
    """A venue that was away for a while comes back elsewhere: that is no crash within a minute."""
    hole = gap(1, *COINS)
    row = Row().see(*all_at(0, 100.0), hole, *all_at(2, 90.0), *all_at(3, 90.0))
    assert not row.context.stirring("upbit", "KRW")
    assert row.expected() == 0.0
    again = Row().see(*(told(0, 100.0, coin) for coin in COINS), gap(1, *COINS, channel="ticker"))
    again.see(*(told(2, 90.0, coin) for coin in COINS), told(3, 91.0, BTC))
    assert not again.context.stirring("upbit", "KRW")
    assert Row().see(*all_at(0, 100.0), gap(1, *COINS, channel="orderbook"), *crash(2)).context.moving("upbit", "KRW")


def test_who_trades_a_coin_is_counted_by_venue():
    """For whatever currency; a perpetual is another thing; of all coins together, the markets that are busy enough."""
    abc = Instrument("ABC", "KRW")
    row = Row().see(
        trade(0, 1.0, instrument=abc),
        trade(0, 1.0, instrument=Instrument("ABC", "BTC")),
        trade(0, 1.0, instrument=Instrument("ABC", "USDT"), exchange="okx"),
        trade(0, 1.0, instrument=Instrument("ABC", "USDT", "perpetual"), exchange="futures"),
    )
    assert row.context.venues(abc) == 2
    assert row.context.venues(Instrument("ABC", "USDT", "perpetual")) == 1
    assert row.context.venues(Instrument("XYZ", "KRW")) == 0
    row.see(*crash(exchange="bithumb"), *crash())
    assert row.context.venues(Instrument("*", "KRW")) == 2


def test_a_signal_is_explained_by_its_own_market_at_its_own_time():
    row = Row().see(*crash())
    fall = signal(at(1.5), change=-0.06, window_s=1.0, instrument=COINS[3])
    assert row.context.explains(fall)
    others = {"change": 0.06}, {"change": -0.11}, {"exchange": "bithumb"}, {"at": at(70)}
    assert not any(row.context.explains(replace(fall, **other)) for other in others)


def test_listeners_are_asked_when_a_second_has_closed_and_only_then():
    row, asked = Row(), []
    row.context.listen(lambda market: asked.append((market.exchange, market.quote, market.second)) or ())
    first = at(0) // 1_000_000_000
    row.see(trade(0, 1.0), trade(0.4, 1.0), trade(0.9, 1.0), trade(1.0, 1.0), trade(0.2, 1.0), trade(5, 1.0))
    assert asked == [("upbit", "KRW", first + second) for second in (0, 1, 5)]


@given(st.permutations(range(60)), st.integers(0, 2**32))
def test_another_order_within_each_second_gives_the_same_answers(order, seed):
    """Asked at the end of each second about every coin; each coin's own order is kept."""

    def answers(arranged):
        row, found = Row().see(*all_at(0, 100.0)), []
        for second in range(1, 4):
            row.see(*arranged(second))
            row.see(trade(second + 0.999, 100.0))
            found.append([row.expected(coin) for coin in COINS] + [row.context.stirring("upbit", "KRW")])
        return found

    def fills(second):
        walk = [(number * 7919 + seed) % 13 - 6 for number in range(60)]
        return [
            trade(second, 100.0 + second * walk[number], instrument=COINS[number % 20], side="buy")
            for number in range(60)
        ]

    def shuffled(second):
        dealt = fills(second)
        hands = {coin: iter([fill for fill in dealt if fill.instrument == coin]) for coin in COINS}
        return [next(hands[COINS[number % 20]]) for number in order]

    assert answers(fills) == answers(shuffled)


def test_the_context_keeps_one_course_per_instrument():
    """However often its tape is begun anew."""
    row = Row()
    for second in range(50):
        row.see(trade(second, 100.0), gap(second))
    assert len(row.context._places["upbit"]) == 1
