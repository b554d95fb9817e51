"""The load server's frames are the venue's: our own session reads in them what the coins said, in every format."""

import time

import pytest

from scanner.bench.client import framed
from scanner.bench.coin import VARIANTS, Print, coins
from scanner.bench.feed import BookStream, Moment, TradeStream
from scanner.exchanges.base import Endpoint
from scanner.exchanges.registry import EXCHANGES
from scanner.net.frames import Splitter

NOW = 1_790_000_000_112_000_000
FORMS = ("SIMPLE", "DEFAULT", "SIMPLE_LIST", "JSON_LIST")
MEGABYTE = 1 << 20


def session():
    return EXCHANGES["upbit"].open(Endpoint("wss://venue.test", ()))


def coin():
    return coins(8, worth=100_000.0)[7]


@pytest.mark.parametrize("form", FORMS)
def test_a_trade_is_read_as_it_was_said(form):
    """All of it, and its id is the number it was given."""
    stream = TradeStream(coin(), form)
    for number in range(NOW, NOW + 2 * VARIANTS):
        (trade,) = session().parse(stream.frame(Moment(NOW), number).encode(), NOW)
        assert (trade.instrument, trade.at, trade.id) == (coin().instrument, NOW, str(number))
        assert Print(trade.price, trade.size, trade.side) in coin().prints


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("depth", [1, 5, 15, 30])
def test_a_book_is_read_as_deep_as_it_was_asked_for(form, depth):
    """Best level first on both sides, and never the same book twice in a row."""
    stream = BookStream(coin(), form, depth)
    books = [session().parse(stream.frame(Moment(NOW), 1).encode(), NOW)[0] for _ in range(VARIANTS)]
    told = {(levels.bids[:depth], levels.asks[:depth]) for levels in coin().books}
    assert {(book.bids, book.asks) for book in books} == told
    assert {book.at for book in books} == {NOW}


def test_frames_are_as_large_as_the_venue_s():
    """A trade about 230 bytes, a book of 15 levels about 1.1 kB: what the sheet of the venue computes."""
    sizes = [len(TradeStream(each, "SIMPLE").frame(Moment(NOW), NOW)) for each in coins(50, 100_000.0)]
    assert 215 <= sum(sizes) / len(sizes) <= 245
    sizes = [len(BookStream(each, "SIMPLE", 15).frame(Moment(NOW), NOW)) for each in coins(50, 100_000.0)]
    assert 1_000 <= sum(sizes) / len(sizes) <= 1_250


def test_the_dates_of_a_trade_are_those_of_its_moment():
    """In UTC, as the venue writes them."""
    frame = TradeStream(coin(), "SIMPLE").frame(Moment(NOW), NOW)
    assert '"tms":1790000000112,"td":"2026-09-21","ttm":"14:13:20","ttms":1790000000112,' in frame


def test_a_snapshot_tells_the_latest_trade_again():
    """Our session knows it for no news; its own words say so."""
    stream = TradeStream(coin(), "SIMPLE")
    told = stream.frame(Moment(NOW), NOW)
    assert stream.snapshot(Moment(NOW + 5_000_000), 1) == told.replace("REALTIME", "SNAPSHOT")
    assert session().parse(stream.snapshot(Moment(NOW), 1).encode(), NOW) == []


def test_a_coin_that_moved_trades_there():
    """Its trades and its books follow its price, within two ticks."""
    moved = coin()
    trades, books = TradeStream(moved, "SIMPLE"), BookStream(moved, "SIMPLE", 1)
    before = session().parse(trades.frame(Moment(NOW), NOW).encode(), NOW)[0].price
    moved.move_to(before * 2)
    (trade,) = session().parse(trades.frame(Moment(NOW), NOW).encode(), NOW)
    (book,) = session().parse(books.frame(Moment(NOW), NOW).encode(), NOW)
    assert trade.price == pytest.approx(before * 2, rel=0.005)
    assert book.bids[0][0] <= before * 2 < book.asks[0][0]


def test_the_same_number_makes_the_same_coin():
    """What was sent can be told in another process."""
    assert [(one.code, one.close, one.prints, one.books) for one in coins(3, 1e5)] == [
        (one.code, one.close, one.prints, one.books) for one in coins(3, 1e5)
    ]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_stand_as_the_protocol_wants_them(length):
    """Heads of two, four and ten bytes; the worker's own splitter finds each frame whole."""
    splitter = Splitter(MEGABYTE)
    splitter.feed(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    items, through = splitter.feed(framed(["x" * length, "{}"]))
    assert (items, through) == ([b"x" * length, b"{}"], b"")


def test_moments_are_those_of_the_clock():
    """To the millisecond."""
    now = time.time_ns()
    assert Moment(now).ms == now // 1_000_000
