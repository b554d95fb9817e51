"""No trade is told twice, and after a hole exactly those are found that were missed, however a venue names them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Ticker, Trade
from scanner.worker.trades import REMEMBERED, TradeMemory

BTC, ETH = Instrument("BTC", "KRW"), Instrument("ETH", "KRW")
MS = 1_000_000


def trade(at_ms, name=None, *, price=100.0, size=1.0, side="buy", instrument=BTC):
    """Named by its moment, unless told otherwise."""
    return Trade("upbit", instrument, at_ms * MS, 0, str(at_ms) if name is None else name, price, size, side)


def trades(*moments, **fields):
    return [trade(at_ms, **fields) for at_ms in moments]


def moments(found):
    return [each.at // MS for each in found]


def told(*batches):
    """A memory that was shown these."""
    memory = TradeMemory()
    for batch in batches:
        memory.fresh(batch)
    return memory


# ---- nothing twice


def test_a_batch_without_duplicates_is_handed_back_itself():
    """The common case copies nothing."""
    memory = TradeMemory()
    batch = [*trades(1, 2), Ticker("upbit", BTC, 1, 1, 1.0, 1.0, 1.0), Gap("upbit", "trade", (BTC,), 0, 1, "closed")]
    assert memory.fresh(batch) is batch
    assert memory.duplicates == 0


def test_what_was_told_is_left_out_wherever_it_comes_again():
    """In a later batch, in the same one, beside what is new; what is no trade passes."""
    memory = told(trades(1, 2))
    ticker = Ticker("upbit", BTC, 1, 1, 1.0, 1.0, 1.0)
    assert memory.fresh([trade(2), ticker, trade(3), trade(3), ticker, trade(1)]) == [ticker, trade(3), ticker]
    assert memory.duplicates == 3


def test_ids_are_an_instrument_s_own():
    """Venues count each market for itself."""
    assert told(trades(1)).fresh([trade(1, instrument=ETH)]) == [trade(1, instrument=ETH)]


def test_trades_without_ids_are_never_taken_for_one_another():
    """A coin may be traded twice in a millisecond at one price and size, and MEXC names neither."""
    batch = [trade(1, ""), trade(1, "")]
    memory = TradeMemory()
    assert memory.fresh(batch) is batch
    assert memory.fresh(batch) is batch


def test_so_many_are_surely_known_and_twice_as_many_at_most():
    """Bounded, whatever a coin does."""
    memory = told([trade(n) for n in range(10 * REMEMBERED + 40)])
    latest = [trade(n) for n in range(9 * REMEMBERED + 40, 10 * REMEMBERED + 40)]
    assert memory.fresh(latest) == []
    assert len(memory._all(BTC)) <= 2 * REMEMBERED


def test_what_is_not_kept_is_forgotten():
    """A delisted coin costs nothing any more."""
    memory = told(trades(1, 2), trades(1, instrument=ETH))
    memory.hold(ETH)
    memory.keep(frozenset({BTC}))
    assert memory.fresh(trades(1)) == []
    assert memory.fresh(trades(1, instrument=ETH)) == trades(1, instrument=ETH)
    assert not memory._held


# ---- after a hole


def test_what_was_missed_is_found_marked_and_known_from_then_on():
    """In time order; neither a second answer nor the socket can tell it again."""
    memory = told(trades(1, 2, 6))
    found = memory.missing(BTC, trades(1, 2, 3, 4, 5, 6))
    assert moments(found) == [3, 4, 5]
    assert all(each.backfilled for each in found)
    assert memory.missing(BTC, trades(1, 2, 3, 4, 5, 6)) == []
    assert memory.fresh(trades(4)) == []


def test_what_is_older_than_all_that_is_known_was_had_or_not_watched():
    """An answer reaches back to before we came."""
    assert moments(told(trades(5, 6)).missing(BTC, trades(1, 2, 3, 4, 5, 6, 7))) == [7]


def test_an_instrument_that_was_never_heard_has_missed_nothing():
    """Nobody knows since when it was watched."""
    assert TradeMemory().missing(BTC, trades(1, 2)) == []


@pytest.mark.parametrize("name", ["", "other"])
def test_other_ids_or_none_are_known_by_what_was_traded_when(name):
    """Each known trade stands for one fetched one only: the second of two alike is missing."""
    memory = told([trade(1), trade(2), trade(2, "2b"), trade(4)])
    fetched = [trade(at, name and f"{name}{n}") for n, at in enumerate((1, 2, 2, 2, 3, 4))]
    assert moments(memory.missing(BTC, fetched)) == [2, 3]


def test_two_trades_of_one_millisecond_under_one_id_are_two():
    """Bithumb's REST ids are the millisecond with zeros behind."""
    memory = told([trade(1, "a"), trade(9, "b")])
    fetched = [trade(5, "50000", price=100.0), trade(5, "50000", price=101.0), trade(5, "50000", price=101.0)]
    assert [each.price for each in memory.missing(BTC, fetched)] == [100.0, 101.0, 101.0]
    assert memory.missing(BTC, fetched[::-1]) == []


def test_ids_decide_before_likeness_does():
    """Of two trades that are alike the one that is known by its id is not the missing one."""
    memory = told([trade(1), trade(3, "known")])
    assert [each.id for each in memory.missing(BTC, [trade(3, "new"), trade(3, "known")])] == ["new"]


def test_a_time_that_is_told_in_another_way_does_not_hide_an_id():
    """Microseconds on the socket, milliseconds by REST, and once a whole second apart."""
    memory = told([trade(1), Trade("upbit", BTC, 5 * MS + 789, 0, "x", 1.0, 1.0, "buy"), trade(1000, "y")])
    fetched = [Trade("upbit", BTC, 5 * MS, 0, "x", 1.0, 1.0, "buy"), trade(2000, "y")]
    assert memory.missing(BTC, fetched) == []


def test_what_rest_told_first_may_come_by_the_socket_under_another_id():
    """It is told once; a further trade that only looks like it is told too."""
    memory = told([trade(1, "s1")])
    assert moments(memory.missing(BTC, [trade(1, "r1"), trade(2, "r2")])) == [2]
    assert memory.fresh([trade(2, "s2"), trade(2, "s3")]) == [trade(2, "s3")]
    assert memory.duplicates == 1


def test_what_rest_told_first_is_waited_for_only_so_long():
    """Once the socket is a minute past it, nothing is kept of it, and new trades are new."""
    memory = told([trade(1, "s1")])
    memory.missing(BTC, [trade(1, "r1"), trade(2, "r2")])
    assert memory.fresh([trade(60_003, "s9")]) == [trade(60_003, "s9")]
    assert not memory._ahead


def test_ids_that_rest_repeats_are_not_the_socket_s():
    """A second answer knows its own ids again, which says nothing about the other side's."""
    memory = told([trade(1, "s1")])
    memory.missing(BTC, [trade(1, "r1"), trade(2, "r2")])
    memory.missing(BTC, [trade(1, "r1"), trade(2, "r2"), trade(3, "r3")])
    assert memory.fresh([trade(3, "s3"), trade(4, "s4")]) == [trade(4, "s4")]


def test_where_ids_are_alike_likeness_never_silences_a_trade():
    """The answer named a trade as the socket did, so another id is another trade."""
    memory = told(trades(1))
    assert moments(memory.missing(BTC, trades(1, 2))) == [2]
    assert memory.fresh([trade(2, "2b")]) == [trade(2, "2b")]


@pytest.mark.parametrize("before", [300, REMEMBERED, 2 * REMEMBERED])
@pytest.mark.parametrize("back", [[], [400]])
def test_a_busy_coin_s_hole_is_still_known_when_its_turn_comes(before, back):
    """A thousand trades since the hole, all forgotten but the latest: the hole is found, and nothing twice."""
    memory = told([trade(n) for n in range(before)])
    memory.fresh(trades(*back))  # the stream may be back when the hole is noticed
    memory.hold(BTC)
    memory.fresh([trade(n) for n in range(400 + len(back), 1400)])
    found = memory.missing(BTC, [trade(n) for n in range(before // 2, 1402)])
    assert moments(found) == [*range(before, 400), 1400, 1401]


def test_without_a_hold_what_is_forgotten_is_not_told_again():
    """Better a hole that was announced than trades told twice."""
    memory = told([trade(n) for n in range(300)], [trade(n) for n in range(400, 1400)])
    assert memory.missing(BTC, [trade(n) for n in range(1400)]) == []


def test_a_released_hold_is_no_hold():
    """Nobody is going to ask, so nothing is kept."""
    memory = told(trades(1))
    memory.hold(BTC)
    memory.hold(ETH)
    memory.release(BTC)
    memory.release(ETH)
    assert not memory._held


def test_only_what_a_socket_brought_was_heard():
    """By id, or by what it was; what was fetched afterwards does not count."""
    memory = told(trades(1))
    memory.missing(BTC, trades(1, 2))
    assert memory.heard(trade(1))
    assert memory.heard(trade(1, "another"))
    assert memory.heard(trade(77, "1"))
    assert not memory.heard(trade(2))
    assert not memory.heard(trade(1, instrument=ETH))


NAMES = {"alike": lambda n: f"id{n}", "others": lambda n: f"rest{n}", "none": lambda _: ""}


@given(
    before=st.integers(1, 300),
    hole=st.integers(0, 60),
    after=st.integers(0, 500),
    first=st.integers(0, 40),
    depth=st.integers(0, 600),
    rest=st.sampled_from(sorted(NAMES)),
    steps=st.lists(st.integers(0, 2), min_size=1, max_size=50),
)
def test_every_trade_is_told_exactly_once_as_far_as_the_answer_reaches(before, hole, after, first, depth, rest, steps):
    """Against the obvious model, a list of all there was: heard or missing, and nothing twice.

    Of the hole nothing but what the answer does not hold stays untold. `first` trades come before the hole is noticed.
    """
    at_ms, everything = 1, []
    for n in range(before + hole + after):
        at_ms += max(steps[n % len(steps)], n in (before, before + hole))  # the hole has a beginning and an end
        everything.append((n, at_ms))
    heard = [trade(at, f"id{n}") for n, at in everything[:before] + everything[before + hole :]]
    memory, out = TradeMemory(), []
    noticed = min(before + first, len(heard))
    for start in range(0, noticed, 7):
        out += memory.fresh(heard[start : min(start + 7, noticed)])
    memory.hold(BTC)
    out += memory.fresh(heard[max(0, noticed - 5) :])  # a successor begins with what its predecessor told last
    answer = [trade(at, NAMES[rest](n)) for n, at in everything[max(0, len(everything) - depth) :]]
    found = memory.missing(BTC, answer)
    assert moments(found) == sorted(moments(found))
    missed = [trade(at) for n, at in everything[before : before + hole] if n >= len(everything) - depth]
    assert Counter(moments(found)) == Counter(moments(missed))
    assert Counter(moments(out)) == Counter(moments(heard))
    assert memory.missing(BTC, answer) == []


def test_what_one_answer_told_is_known_after_the_next_answer_too():
    """Two answers in a row, then the socket repeats what the first one told, more than once: none is told again."""
    memory = told(trades(1))
    assert moments(memory.missing(BTC, trades(1, 2))) == [2]
    assert moments(memory.missing(BTC, trades(1, 2, 3))) == [3]
    assert memory.fresh(trades(2)) == []
    assert memory.fresh(trades(2)) == []
    assert memory.fresh(trades(3, 4)) == trades(4)
