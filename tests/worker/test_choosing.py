"""What a worker subscribes to follows from what is listed, what is traded and what was asked for."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Window
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Subscription, Ticker
from scanner.worker.subscriptions import Wish, choose, share_of

ALL = frozenset({"ticker", "trade", "orderbook", "candle"})


def coin(base, quote="KRW"):
    return Instrument(base, quote)


def listing(*instruments):
    return [Market(instrument, f"{instrument.quote}-{instrument.base}") for instrument in instruments]


def traded(**turnovers):
    return [Ticker("upbit", coin(base), 1, 1, 1.0, 1.0, turnover) for base, turnover in turnovers.items()]


def wish(**changes):
    return Wish(**{"channels": ("trade",), "symbols": (), "books_top": 2} | changes)


def test_every_trade_and_the_books_of_the_most_traded():
    """The default: all trades, books of the top by turnover."""
    markets = listing(coin("A"), coin("B"), coin("C"), coin("D"))
    choice = choose(wish(), markets, traded(A=5, B=90, C=70, D=1), ALL)
    assert [s.instrument.base for s in choice.subscriptions if s.channel == "trade"] == ["A", "B", "C", "D"]
    assert [s.instrument.base for s in choice.subscriptions if s.channel == "orderbook"] == ["B", "C"]


def test_turnovers_of_different_quotes_do_not_compete():
    """A million KRW is less than one BTC; each quote has its own top."""
    markets = listing(coin("A"), coin("A", "BTC"))
    choice = choose(wish(books_top=1), markets, traded(A=5e9), ALL)
    assert {s.instrument for s in choice.subscriptions if s.channel == "orderbook"} == {coin("A"), coin("A", "BTC")}


def test_named_symbols_are_all_there_is_and_get_a_book():
    """A venue's own code will do; what is not listed is named with its nearest, not silently forgotten."""
    markets = listing(coin("A"), coin("B"), coin("NOPX"))
    choice = choose(wish(symbols=("KRW-B", "NOPE/KRW", "ZZZZZZ/KRW"), books_top=0), markets, [], ALL)
    assert choice.instruments == (coin("B"),)
    assert choice.subscriptions == (Subscription("orderbook", coin("B")), Subscription("trade", coin("B")))
    assert choice.unknown == {"NOPE/KRW": "NOPX/KRW", "ZZZZZZ/KRW": ""}


def test_a_channel_the_venue_does_not_carry_is_left_out():
    """Bithumb has no candles on its socket."""
    choice = choose(wish(channels=("trade", "candle")), listing(coin("A")), [], ALL - {"candle", "orderbook"})
    assert choice.subscriptions == (Subscription("trade", coin("A")),)


@given(st.integers(1, 20), st.floats(0.5, 60), st.integers(1, 20))
def test_all_shards_together_stay_within_what_the_venue_allows_one_address(count, seconds, shards):
    """The venue counts by address, not by process; and no shard's share is nothing."""
    share = share_of(Window(count, seconds), shards)
    assert share.count >= 1
    assert shards * share.count / share.seconds <= count / seconds * (1 + 1e-9)


@given(st.sets(st.text("ABC", min_size=1, max_size=4), max_size=40), st.integers(1, 5))
def test_shards_share_everything_and_overlap_nowhere(bases, shards):
    """Each instrument has exactly one shard, whatever the number."""
    markets = listing(*map(coin, bases))
    parts = [choose(wish(shard=n, shards=shards), markets, [], ALL).instruments for n in range(shards)]
    together = [instrument for part in parts for instrument in part]
    assert sorted(together) == sorted(map(coin, bases))
