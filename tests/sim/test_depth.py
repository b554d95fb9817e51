"""Books told as differences: snapshot and changes together are the market's book, at every moment, for every reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.market import BookChange, SimulatedMarket
from scanner.sim.venues.depth import Depth, difference

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
BTC, XRP, THIN = (Instrument(base, "KRW") for base in ("BTC", "XRP", "STORJ"))


class Reader:
    """The slow obvious model: two dicts of levels, and every level of a change put in or taken out."""

    def __init__(self, sequence, book):
        self.sequence = sequence
        self.bids, self.asks = dict(book.bids), dict(book.asks)

    def read(self, change):
        assert change.previous == self.sequence
        self.sequence = change.sequence
        for side, levels in ((self.bids, change.bids), (self.asks, change.asks)):
            for price, size in levels:
                if size:
                    side[price] = size
                else:
                    del side[price]

    @property
    def sides(self):
        return tuple(sorted(self.bids.items(), reverse=True)), tuple(sorted(self.asks.items()))


def watching(*instruments, exchange="upbit", scenario="quiet", levels=20):
    market = SimulatedMarket(exchange, 1, scenario, ORIGIN)
    market.watch_books(instruments)
    return market, Depth(market, levels)


def changes(market, to_ns):
    return [one for one in market.advance(to_ns) if isinstance(one, BookChange)]


@pytest.mark.parametrize("scenario", ["quiet", "crash"])
@pytest.mark.parametrize("levels", [1, 20, 200])
def test_changes_put_onto_the_snapshot_always_give_the_markets_book(scenario, levels):
    # Promise: after each change a reader holds exactly the book of that moment, as deep as asked for.
    market, depth = watching(BTC, XRP, THIN, scenario=scenario, levels=levels)
    market.start_script(ORIGIN + 5 * NS)
    readers = {each: Reader(*depth.snapshot(each)) for each in (BTC, XRP, THIN)}
    told = 0
    for one in changes(market, ORIGIN + 30 * NS):
        change = depth.change(one)
        if change is None:
            continue
        told += 1
        reader = readers[one.instrument]
        reader.read(change)
        book = market.book(one.instrument, one.at_ms, levels)
        assert (change.sequence, change.at_ms) == (one.at_ms, one.at_ms)
        assert reader.sides == (book.bids, book.asks)
    assert told > 100


def test_a_change_names_only_what_differs():
    # Promise: in a quiet market most of a deep book stays as it is, so that a change is small.
    market, depth = watching(BTC, levels=200)
    depth.snapshot(BTC)
    sizes = [len(change.bids) + len(change.asks) for change in map(depth.change, changes(market, ORIGIN + 30 * NS))]
    assert sum(sizes) / len(sizes) < 60


def test_a_snapshot_from_elsewhere_fits_between_the_changes():
    # Promise: the book that REST shows at any moment has a sequence that lies on the changes' own chain.
    market, depth = watching(BTC)
    sequence, _ = depth.snapshot(BTC)
    chain = {sequence}
    for step in range(1, 200):
        for one in changes(market, ORIGIN + step * NS // 20):
            change = depth.change(one)
            chain.add(change.sequence)
        asked = market.changed_ms(BTC)
        assert asked in chain
        late = Reader(asked, market.book(BTC, asked, 20))
        assert late.sides == (market.book(BTC, max(chain), 20).bids, market.book(BTC, max(chain), 20).asks)


def test_a_snapshot_in_the_middle_starts_the_chain_anew():
    # Promise: what comes after a snapshot continues from it, and news as old as it is told to nobody.
    market, depth = watching(BTC)
    early = changes(market, ORIGIN + 5 * NS)
    reader = Reader(*depth.snapshot(BTC))
    assert [depth.change(one) for one in early] == [None] * len(early)
    for one in changes(market, ORIGIN + 10 * NS):
        reader.read(depth.change(one))


def test_missed_changes_leave_no_hole_in_the_chain():
    # Promise: a difference reaches back to what was told last, however much was not told in between.
    market, depth = watching(BTC)
    reader = Reader(*depth.snapshot(BTC))
    changes(market, ORIGIN + 5 * NS)
    later = changes(market, ORIGIN + 10 * NS)[0]
    reader.read(depth.change(later))
    book = market.book(BTC, later.at_ms, 20)
    assert reader.sides == (book.bids, book.asks)


def test_books_nobody_was_told_of_have_no_changes():
    # Promise: None before a snapshot and after forgetting, which may be done twice.
    market, depth = watching(BTC, XRP)
    depth.snapshot(XRP)
    first = changes(market, ORIGIN + 5 * NS)
    assert {one.instrument for one in first if depth.change(one)} == {XRP}
    for instrument in (XRP, XRP, BTC):
        depth.forget(instrument)
    assert [depth.change(one) for one in changes(market, ORIGIN + 10 * NS) if depth.change(one)] == []


def test_every_connection_has_a_memory_of_its_own():
    # Promise: who came later is told the same book from his own beginning.
    market, early = watching(BTC)
    one = Reader(*early.snapshot(BTC))
    for each in changes(market, ORIGIN + 5 * NS):
        one.read(early.change(each))
    late = Depth(market, 20)
    other = Reader(*late.snapshot(BTC))
    for each in changes(market, ORIGIN + 10 * NS):
        one.read(early.change(each))
        other.read(late.change(each))
    assert one.sides == other.sides
    assert one.sequence == other.sequence


sides = st.dictionaries(st.integers(1, 12).map(float), st.floats(0.1, 5.0), max_size=12)


@given(before=sides, after=sides)
def test_a_difference_is_the_way_from_one_side_to_another(before, after):
    # Promise: applied to the one it gives the other; nothing superfluous in it, best level first.
    levels = difference(before.items(), after.items(), falling=False)
    reader = Reader(0, Book(0, (), tuple(before.items())))
    for price, size in levels:
        assert before.get(price, 0.0) != size
        if size:
            reader.asks[price] = size
        else:
            del reader.asks[price]
    assert reader.asks == after
    assert list(levels) == sorted(levels)
    assert list(difference(before.items(), after.items(), falling=True)) == sorted(levels, reverse=True)
