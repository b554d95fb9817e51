"""Merged books against a slow and obvious model, and what leaves a worker of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges import books
from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.books import KEPT, SHOWN, LocalBook
from scanner.model.instrument import Instrument
from scanner.model.market import OrderBook

BIDS, ASKS = ((99.5, 1.0), (99.0, 2.0)), ((100.0, 3.0), (100.5, 4.0))


class ObviousBook:
    """Every level in a dict, sorted anew for each look."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.bids, self.asks, self.sequence = {}, {}, None

    def replace(self, bids, asks, sequence):
        self.bids, self.asks, self.sequence = dict(bids), dict(asks), sequence

    def update(self, bids, asks, sequence):
        if self.sequence is not None:
            self.bids |= dict(bids)
            self.asks |= dict(asks)
            self.sequence = sequence

    def top(self, depth=SHOWN):
        bids = tuple(sorted((level for level in self.bids.items() if level[1]), reverse=True))
        asks = tuple(sorted(level for level in self.asks.items() if level[1]))
        whole = self.sequence is not None and (bids or asks)
        crossed = bids and asks and bids[0][0] >= asks[0][0]
        return (bids[:depth], asks[:depth]) if whole and not crossed else None


prices = st.integers(1, 40).map(lambda tick: tick / 4)
sizes = st.sampled_from([0.0, 0.25, 1.0, 7.5])
sides = st.lists(st.tuples(prices, sizes), max_size=12)
steps = st.one_of(
    st.tuples(st.just("replace"), sides, sides, st.integers(0, 2**53)),
    st.tuples(st.just("update"), sides, sides, st.integers(0, 2**53)),
    st.tuples(st.just("clear")),
)


def whole():
    book = LocalBook()
    book.replace(BIDS, ASKS, 7)
    return book


@given(st.lists(steps, max_size=30), st.integers(1, 20))
def test_it_is_the_book_that_sorting_everything_anew_would_give(story, depth):
    """Over any snapshots, updates and endings, duplicates and levels of size zero among them."""
    book, obvious = LocalBook(), ObviousBook()
    for what, *how in story:
        getattr(book, what)(*how)
        getattr(obvious, what)(*how)
        assert book.top(depth) == obvious.top(depth)
        assert book.sequence == obvious.sequence


@given(st.lists(steps, max_size=30), st.integers(1, 8))
def test_a_bounded_book_keeps_its_bound_and_the_levels_nearest_to_the_middle(story, kept):
    """Right after any snapshot or change: never more than the bound, and none of those kept is worse than one lost."""
    book, obvious = LocalBook(), ObviousBook()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(books, "KEPT", kept)
        for what, *how in story:
            getattr(book, what)(*how)
            getattr(obvious, what)(*how)
            assert len(book._bids) == len(book._bid_prices) <= kept
            assert len(book._asks) == len(book._ask_prices) <= kept
            obvious.bids = dict(sorted(filter(lambda level: level[1], obvious.bids.items()), reverse=True)[:kept])
            obvious.asks = dict(sorted(filter(lambda level: level[1], obvious.asks.items()))[:kept])
            assert book.top(kept) == obvious.top(kept)


def test_nothing_is_shown_before_a_snapshot():
    """Changes of an unknown book are no book, and do not make one."""
    book = LocalBook()
    assert (book.sequence, book.top()) == (None, None)
    book.update(BIDS, ASKS, 8)
    assert (book.sequence, book.top()) == (None, None)
    book.replace(BIDS, ASKS, 7)
    assert (book.sequence, book.top()) == (7, (BIDS, ASKS))


def test_a_forgotten_book_begins_anew():
    """After a broken sequence nothing of the old book may shine through the new one."""
    book = whole()
    book.clear()
    assert (book.sequence, book.top()) == (None, None)
    book.update([(98.0, 1.0)], [], 8)
    book.replace([], [(101.0, 1.0)], 9)
    assert book.top() == ((), ((101.0, 1.0),))


def test_a_size_is_the_new_size_and_zero_takes_the_level_away():
    """Sizes are absolute; taking away what is not there is usual and changes nothing."""
    book = whole()
    book.update([(99.5, 0.0), (98.5, 0.0), (99.0, 2.5)], [(100.25, 1.5)], 8)
    assert book.top() == (((99.0, 2.5),), ((100.0, 3.0), (100.25, 1.5), (100.5, 4.0)))
    assert book.sequence == 8


@pytest.mark.parametrize("bid", [100.0, 100.25])
def test_a_crossed_or_touching_book_is_not_shown_and_heals(bid):
    """It would have been a trade; the update that follows mends it."""
    book = whole()
    book.update([(bid, 1.0)], [], 8)
    assert book.top() is None
    book.update([], [(100.0, 0.0)], 9)
    assert book.top() == (((bid, 1.0), *BIDS), ((100.5, 4.0),))


def test_an_empty_book_is_not_shown_and_half_a_book_is():
    """Nobody sells: a thin market. Nobody at all: more likely that we missed something."""
    book = whole()
    book.update([], [(100.0, 0.0), (100.5, 0.0)], 8)
    assert book.top() == (BIDS, ())
    book.update([(99.5, 0.0), (99.0, 0.0)], [], 9)
    assert book.top() is None
    book.update([], [(100.0, 1.0)], 10)
    assert book.top() == ((), ((100.0, 1.0),))


def test_what_was_shown_does_not_change_any_more():
    """It travels on while the book is fed."""
    book = whole()
    before = book.top()
    book.update([(99.5, 0.0)], [(100.0, 9.0)], 8)
    assert before == (BIDS, ASKS)


def test_a_venue_that_never_takes_a_level_away_fills_no_memory():
    """The far end goes, on both sides, whether it came in one snapshot or bit by bit."""
    book = LocalBook()
    many = range(1, KEPT + 101)
    book.replace([(1e6 - n, 1.0) for n in many], [(1e6 + n, 1.0) for n in many], 1)
    bids, asks = book.top(2 * KEPT)
    assert (len(bids), bids[-1][0], len(asks), asks[-1][0]) == (KEPT, 1e6 - KEPT, KEPT, 1e6 + KEPT)
    book.update([(1e6 - 0.5, 1.0)], [(1e6 + 0.5, 1.0)], 2)
    bids, asks = book.top(2 * KEPT)
    assert (len(bids), bids[-1][0], len(asks), asks[-1][0]) == (KEPT, 1e6 - KEPT + 1, KEPT, 1e6 + KEPT - 1)


def test_a_merged_book_is_shown_as_an_event_when_there_is_something_to_show():
    """With its number; nothing before it is whole, and nothing while it is crossed."""
    book, wave = LocalBook(), Instrument("WAVE", "USDT")
    assert books.shown(book, "venue", wave, 5, 7) == []
    book.replace(BIDS, ASKS, 9)
    assert books.shown(book, "venue", wave, 5, 7) == [OrderBook("venue", wave, 5, 7, BIDS, ASKS, 9)]
    book.update([(100.0, 1.0)], [], 10)
    assert books.shown(book, "venue", wave, 5, 7) == []


def test_a_book_that_comes_whole_is_put_in_order_and_cut():
    """Best first on both sides; how deep, the venue says who knows its own."""
    assert books.whole([*reversed(BIDS)], [*reversed(ASKS)]) == (BIDS, ASKS)
    assert books.whole([*BIDS], []) == (BIDS, ())
    deep = [(float(price), 1.0) for price in range(1, 40)]
    assert [len(books.whole(deep, [], depth)[0]) for depth in (SHOWN, 3, None)] == [SHOWN, 3, 39]
    assert books.whole(deep, [], 2)[0] == ((39.0, 1.0), (38.0, 1.0))


@pytest.mark.parametrize(
    ("bids", "asks", "problem"),
    [([], [], "empty"), ([(2.0, 1.0)], [(2.0, 1.0)], "crossed"), ([(1.0, 1.0), (3.0, 1.0)], [(2.0, 1.0)], "crossed")],
)
def test_a_whole_book_that_makes_no_sense_is_blamed(bids, asks, problem):
    """No change will come that would mend it."""
    with pytest.raises(RemoteNonsense, match=f"{problem} book"):
        books.whole(bids, asks)
