"""Order books of the ticket family: whole, best level first, without rows that stand for nothing."""

import pytest

from scanner.exchanges.base import Endpoint, RemoteNonsense
from scanner.exchanges.registry import EXCHANGES

VENUES = ["upbit", "bithumb"]


def read(venue, *units, stamp="1790000000100"):
    rows = ",".join('{{"ap":{},"bp":{},"as":{},"bs":{}}}'.format(*unit) for unit in units)
    frame = f'{{"ty":"orderbook","cd":"KRW-WAVE","tms":{stamp},"obu":[{rows}],"st":"REALTIME"}}'
    [book] = EXCHANGES[venue].open(Endpoint("wss://venue")).parse(frame, 7)
    return book


@pytest.mark.parametrize("venue", VENUES)
def test_rows_without_size_or_price_are_dropped_on_their_side_only(venue):
    """A side that has fewer levels is padded with zeros, at the end or, on Bithumb, anywhere."""
    book = read(venue, (101, 100, 0.0000, 2), (102, 99, 3, "0.0000"), (103, 0, 4, 6), (0, 98, 7, 5))
    assert book.asks == ((102.0, 3.0), (103.0, 4.0))
    assert book.bids == ((100.0, 2.0), (98.0, 5.0))


@pytest.mark.parametrize("venue", VENUES)
def test_the_best_level_comes_first_whatever_the_order_was(venue):
    """Asks ascend, bids descend."""
    book = read(venue, (103, 98, 1, 1), (101, 100, 2, 2), (102, 99, 3, 3))
    assert book.asks == ((101.0, 2.0), (102.0, 3.0), (103.0, 1.0))
    assert book.bids == ((100.0, 2.0), (99.0, 3.0), (98.0, 1.0))


@pytest.mark.parametrize("venue", VENUES)
def test_one_empty_side_is_a_thin_market(venue):
    """Nobody sells: the book is told with no asks."""
    book = read(venue, (0, 100, 0, 1))
    assert (book.bids, book.asks) == (((100.0, 1.0),), ())


@pytest.mark.parametrize("units", [[], [(101, 100, 0, 0)], [(0, 0, 0, 0)] * 15])
@pytest.mark.parametrize("venue", VENUES)
def test_a_book_with_two_empty_sides_is_nonsense(venue, units):
    """It would wipe a market that is there."""
    with pytest.raises(RemoteNonsense, match="empty book"):
        read(venue, *units)


@pytest.mark.parametrize("bid", [101, 102])
@pytest.mark.parametrize("venue", VENUES)
def test_a_crossed_book_is_nonsense(venue, bid):
    """A bid at or above an ask would have been a trade."""
    with pytest.raises(RemoteNonsense, match="crossed book"):
        read(venue, (101, bid, 1, 1))


def test_a_stale_price_in_a_row_without_size_does_not_cross_the_book():
    """Bithumb leaves old prices in rows whose size is gone."""
    assert read("bithumb", (99, 98, 0, 1), (101, 102, 1, 0)).asks == ((101.0, 1.0),)


@pytest.mark.parametrize(
    "unit", [(101, 100, -1, 1), (-101, 100, 1, 1), ('"nan"', 100, 1, 1), (101, 100, 1, '"inf"'), ("null", 1, 1, 1)]
)
@pytest.mark.parametrize("venue", VENUES)
def test_a_level_that_is_no_number_above_zero_makes_the_book_nonsense(venue, unit):
    """Zero means absent; everything else that is no price or size means that the frame cannot be trusted."""
    with pytest.raises(RemoteNonsense):
        read(venue, unit)


@pytest.mark.parametrize(
    "stamp",
    [
        "1790000000",
        "1790000000000",
        '"1790000000000"',
        "1790000000000000",
        '"1790000000000000"',
        "1790000000000000000",
    ],
)
@pytest.mark.parametrize("venue", VENUES)
def test_the_unit_of_a_time_is_told_by_its_digits(venue, stamp):
    """Seconds, milliseconds, microseconds or nanoseconds; as a number or in quotes: the same moment."""
    assert read(venue, (101, 100, 1, 1), stamp=stamp).at == 1_790_000_000_000_000_000


def test_depth_is_what_the_venue_sends():
    """The count of levels is never assumed: thirty of them are thirty."""
    book = read("upbit", *((1000 + n, 999 - n, 1, 1) for n in range(30)))
    assert (len(book.asks), len(book.bids)) == (30, 30)
