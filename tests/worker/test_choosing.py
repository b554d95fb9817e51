"""What a worker subscribes to follows from what is listed, what is traded and what was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Limits, Window
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Notice, Subscription, Ticker
from scanner.worker.ranking import each, most_traded, shared
from scanner.worker.subscriptions import Wish, choose, concerning, mine, share_of


class Venue:
    """As much of an exchange as a choice looks at."""

    def __init__(self, *channels, trades_top=0):
        self.channels = frozenset(channels)
        self.limits = Limits((), (), (), 50, 60.0, trades_top=trades_top)


ALL = Venue("ticker", "trade", "orderbook", "booktop", "candle")


def coin(base, quote="KRW"):
    return Instrument(base, quote)


def listing(*instruments):
    return [Market(instrument, f"{instrument.quote}-{instrument.base}") for instrument in instruments]


def traded(**turnovers):
    return [Ticker("upbit", coin(base), 1, 1, 1.0, 1.0, turnover) for base, turnover in turnovers.items()]


def channels(choice, base):
    return sorted(s.channel for s in choice.subscriptions if s.instrument.base == base)


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
    choice = choose(wish(channels=("trade", "candle")), listing(coin("A")), [], Venue("ticker", "trade"))
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


# What is left out.


def test_leveraged_tokens_and_stable_pairs_are_left_out_and_counted():
    """The count is for the log, which says once why a listed market is not watched."""
    markets = listing(*(coin(base, "USDT") for base in ("A", "A3L", "USDC", "EUR")))
    choice = choose(wish(exclude=("leveraged", "stable", "fiat")), markets, [], ALL)
    assert choice.instruments == (coin("A", "USDT"),)
    assert choice.excluded == 3
    assert len(choose(wish(), markets, [], ALL).instruments) == 4


def test_a_market_that_is_named_is_taken_whatever_its_kind():
    """Who types --symbol A3L/USDT wants it."""
    markets = listing(coin("A", "USDT"), coin("A3L", "USDT"))
    choice = choose(wish(symbols=("A3L/USDT",), exclude=("leveraged",)), markets, [], ALL)
    assert choice.instruments == (coin("A3L", "USDT"),)
    assert (choice.excluded, choice.unknown) == (0, {})


def test_a_suspended_market_waits_until_it_is_traded_again():
    """It takes nobody's place in the rankings meanwhile, and is no unknown symbol."""
    markets = [Market(coin("A"), "KRW-A", suspended=True), *listing(coin("B"), coin("C"))]
    choice = choose(wish(books_top=1), markets, traded(A=9, B=5, C=1), ALL)
    assert choice.instruments == (coin("B"), coin("C"))
    assert choice.booked == {coin("B")}
    assert choice.suspended == 1
    named = choose(wish(symbols=("A/KRW",)), markets, [], ALL)
    assert (named.instruments, named.unknown, named.suspended) == ((), {}, 1)
    again = choose(wish(symbols=("A/KRW",)), listing(coin("A")), [], ALL)
    assert again.instruments == (coin("A"),)


def test_a_code_in_small_letters_is_found():
    """Symbols are asked for in capitals, however the venue spells its own."""
    choice = choose(wish(symbols=("A_KRW",)), [Market(coin("A"), "a_krw")], [], ALL)
    assert choice.instruments == (coin("A"),)


# The most traded, where a venue cannot carry the trades of all.


def test_beyond_the_top_there_is_a_ticker_in_place_of_everything_else():
    """Every instrument is live all the same; the most traded have their book as ever."""
    markets = listing(coin("A"), coin("B"), coin("C"))
    asked = wish(channels=("trade", "candle", "booktop"), trades_top=2, books_top=1)
    choice = choose(asked, markets, traded(A=3, B=2, C=1), ALL)
    assert channels(choice, "A") == ["booktop", "candle", "orderbook", "trade"]
    assert channels(choice, "B") == ["booktop", "candle", "trade"]
    assert channels(choice, "C") == ["ticker"]
    assert len(choice.instruments) == 3


def test_the_venue_s_own_number_counts_unless_the_operator_gives_another():
    """0 is to say nothing."""
    markets, tickers = listing(coin("A"), coin("B"), coin("C")), traded(A=3, B=2, C=1)
    venue = Venue("ticker", "trade", trades_top=1)
    assert choose(wish(), markets, tickers, venue).traded == {coin("A")}
    assert choose(wish(trades_top=2), markets, tickers, venue).traded == {coin("A"), coin("B")}
    assert len(choose(wish(), markets, tickers, ALL).traded) == 3


def test_a_venue_without_tickers_brings_all_trades():
    """Nothing would be left to see a coin by."""
    markets = listing(coin("A"), coin("B"))
    choice = choose(wish(trades_top=1), markets, [], Venue("trade"))
    assert channels(choice, "A") == channels(choice, "B") == ["trade"]


def test_named_symbols_get_everything_however_little_they_are_traded():
    """The top is for what nobody asked for by name."""
    markets = listing(coin("A"), coin("B"))
    choice = choose(wish(symbols=("B/KRW",), trades_top=1), markets, traded(A=9), ALL)
    assert channels(choice, "B") == ["orderbook", "trade"]


def test_room_is_shared_fairly_between_quotes():
    """Turnovers of different quotes do not compare; what a small quote does not fill, a large one gets."""
    markets = [coin(f"C{n}", "USDT") for n in range(50)] + [coin(f"C{n}", "BTC") for n in range(4)]
    assert shared(markets, 20) == {"BTC": 4, "USDT": 16}
    assert shared(markets, 6) == {"BTC": 3, "USDT": 3}
    assert shared(markets, 1) == {"BTC": 0, "USDT": 1}
    assert shared(markets, 1000) == {"BTC": 4, "USDT": 50}
    assert each(markets, 7) == {"BTC": 7, "USDT": 7}


@given(st.lists(st.sampled_from("ABCD"), max_size=60), st.integers(0, 80))
def test_shared_room_is_given_away_and_never_twice(quotes, count):
    """All of it, while there is anybody to take it, and no quote gets less than another one that could take more."""
    among = [coin(str(number), quote) for number, quote in enumerate(quotes)]
    room = shared(among, count)
    assert sum(room.values()) == min(count, len(among))
    short = [quote for quote, places in room.items() if places < quotes.count(quote)]
    assert all(room[quote] >= max(room.values()) - 1 for quote in short)


def test_who_is_in_stays_until_clearly_fallen_out():
    """Of ten places: down to rank 13, a place and a fifth further, one that is in keeps its own."""
    row = [coin(f"C{n:02}") for n in range(1, 31)]
    turnover = {instrument: 100.0 - place for place, instrument in enumerate(row)}
    room = {"KRW": 10}
    assert most_traded(turnover, row, room) == set(row[:10])
    for rank in range(11, 31):
        kept = {*row[:9], row[rank - 1]}
        assert (row[rank - 1] in most_traded(turnover, row, room, kept)) is (rank <= 13), rank


@pytest.mark.parametrize("places", [1, 2, 4, 10, 15])
def test_two_that_take_turns_at_the_border_do_not_flap(places):
    """Whoever was in first stays, minute after minute."""
    row = [coin(f"C{n:02}") for n in range(1, 17)]
    choice = None
    chosen = set()
    for minute in range(10):
        swapped = list(row)
        if minute % 2:
            swapped[places - 1], swapped[places] = row[places], row[places - 1]
        tickers = traded(**{instrument.base: 100.0 - place for place, instrument in enumerate(swapped)})
        choice = choose(wish(trades_top=places, books_top=places), listing(*row), tickers, ALL, choice)
        chosen |= {choice.traded, choice.booked}
    assert chosen == {frozenset(row[:places])}


def test_a_newcomer_at_the_top_gets_its_place_at_once():
    """Holding on is no privilege against a coin that everybody trades."""
    before = choose(wish(trades_top=2), listing(coin("A"), coin("B")), traded(A=9, B=8), ALL)
    markets = listing(coin("A"), coin("B"), coin("N"))
    after = choose(wish(trades_top=2), markets, traded(A=9, B=8, N=99), ALL, before)
    assert after.traded == {coin("A"), coin("N")}


@given(st.dictionaries(st.integers(0, 40), st.floats(0, 1e9)), st.integers(0, 30), st.sets(st.integers(0, 40)))
def test_the_top_is_never_larger_nor_smaller_than_its_room(turnovers, count, kept):
    """Whatever is held on to; and with nobody to hold on to, it is plainly the largest."""
    row = [coin(f"C{n:02}") for n in turnovers]
    turnover = {coin(f"C{n:02}"): value for n, value in turnovers.items()}
    top = most_traded(turnover, row, {"KRW": count}, {coin(f"C{n:02}") for n in kept})
    assert len(top) == min(count, len(row))
    plain = sorted(row, key=lambda i: (-turnover[i], i))[:count]
    assert most_traded(turnover, row, {"KRW": count}) == set(plain)


# Shards.


def test_shards_agree_on_who_is_at_the_top():
    """Rankings are of the venue; each shard carries its own of them."""
    markets = listing(*(coin(f"C{n}") for n in range(40)))
    tickers = traded(**{f"C{n}": float(n) for n in range(40)})
    whole = choose(wish(trades_top=10, books_top=5), markets, tickers, ALL)
    parts = [choose(wish(trades_top=10, books_top=5, shard=n, shards=3), markets, tickers, ALL) for n in range(3)]
    assert sorted(s for part in parts for s in part.subscriptions) == list(whole.subscriptions)
    assert {part.traded for part in parts} == {whole.traded}


def test_a_wish_of_somebody_else_falls_to_one_shard():
    """The same one that has the instrument anyway."""
    wanted = [Subscription("orderbook", coin(base)) for base in "ABCDEFGH"]
    parts = [mine(wanted, shard, 3) for shard in range(3)]
    assert sorted(s for part in parts for s in part) == wanted
    chosen = [choose(wish(shard=n, shards=3), listing(*map(coin, "ABCDEFGH")), [], ALL) for n in range(3)]
    assert [[s.instrument for s in part] for part in parts] == [list(choice.instruments) for choice in chosen]


def test_a_notice_is_told_by_the_shard_that_has_its_instrument():
    """Once, not once a shard; also for what is suspended or has just gone, and not for what is left out."""
    asked = {"exclude": ("leveraged",), "shards": 3}
    before = listing(*map(coin, "ABCD"), coin("A3L"))
    after = [Market(coin("A"), "KRW-A", suspended=True), *listing(*map(coin, "BCE"), coin("A3L"))]
    notices = [Notice("x", coin(base), 1, 1, "caution", "") for base in ("A", "D", "E", "A3L")]
    told = []
    for shard in range(3):
        old, new = (choose(wish(shard=shard, **asked), markets, [], ALL) for markets in (before, after))
        told += concerning(notices, old, new)
    assert sorted(notice.instrument.base for notice in told) == ["A", "D", "E"]
    assert concerning(notices, None, choose(wish(), listing(coin("E")), [], ALL)) == [notices[2]]
