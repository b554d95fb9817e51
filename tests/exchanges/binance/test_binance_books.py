"""Books from snapshots and changes: every book shown was the venue's at that number, and every hole is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Endpoint, Fetch, RemoteNonsense, Request, SessionBroken
from scanner.exchanges.binance.depth import MOST_TRIES, MOST_WAITING
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, OrderBook, Subscription

WAVE, REEF = Instrument("WAVE", "USDT"), Instrument("REEF", "USDT")
BOOK = Subscription("orderbook", WAVE)
AT, SEEN = 1790000000100, 1_790_000_000_200_000_000
FETCH = Fetch(
    Request("https://api.binance.com/api/v3/depth", {"limit": "1000", "symbol": "WAVEUSDT"}, weight=50), "WAVEUSDT"
)
BIDS, ASKS = [["10.00", "1.0"], ["9.00", "2.0"]], [["11.00", "3.0"]]


def session():
    return BINANCE.open(Endpoint("wss://venue/stream", (BOOK,)))


def change(first, last, bids=(), asks=(), code="WAVEUSDT"):
    data = {"e": "depthUpdate", "E": AT + last, "s": code, "U": first, "u": last, "b": list(bids), "a": list(asks)}
    return json.dumps({"stream": f"{code.lower()}@depth@100ms", "data": data})


def snapshot(number, bids=BIDS, asks=ASKS):
    return json.dumps({"lastUpdateId": number, "bids": bids, "asks": asks}).encode()


def whole(number=7):
    """A conversation whose book is whole at this number."""
    one = session()
    assert one.parse(change(number, number), SEEN) == [FETCH]
    [book] = one.parse_fetched("WAVEUSDT", snapshot(number))
    assert book.sequence == number
    return one


def numbers(results):
    return [one.sequence for one in results if isinstance(one, OrderBook)]


def test_the_first_change_asks_for_a_snapshot_and_the_others_wait():
    """Once, with the market's code for a tag and the weight of a thousand levels; nothing is shown meanwhile."""
    one = session()
    assert one.parse(change(5, 7), SEEN) == [FETCH]
    assert one.parse(change(8, 8), SEEN) == []
    assert one.parse(change(9, 12), SEEN) == []


def test_a_snapshot_is_shown_and_then_each_change_that_is_newer():
    """Changes that the snapshot holds are dropped, one that it holds in part is applied."""
    one = session()
    for first, last, bids in ((5, 7, [["8.00", "9"]]), (8, 10, [["9.00", "5"]]), (11, 11, [["10.00", "0.00000000"]])):
        one.parse(change(first, last, bids), SEEN + last)
    books = one.parse_fetched("WAVEUSDT", snapshot(9))
    assert books == [
        OrderBook("binance", WAVE, (AT + 7) * 10**6, SEEN + 7, ((10.0, 1.0), (9.0, 2.0)), ((11.0, 3.0),), 9),
        OrderBook("binance", WAVE, (AT + 10) * 10**6, SEEN + 10, ((10.0, 1.0), (9.0, 5.0)), ((11.0, 3.0),), 10),
        OrderBook("binance", WAVE, (AT + 11) * 10**6, SEEN + 11, ((9.0, 5.0),), ((11.0, 3.0),), 11),
    ]


def test_a_snapshot_older_than_the_first_change_is_asked_for_again():
    """Between the two something is missing; where they meet without a hole, nothing is."""
    one = session()
    one.parse(change(7, 9), SEEN)
    assert one.parse_fetched("WAVEUSDT", snapshot(5)) == [FETCH]
    assert numbers(one.parse_fetched("WAVEUSDT", snapshot(6))) == [6, 9]


def test_a_venue_whose_snapshots_are_always_old_is_left():
    """So often, and no more: a new conversation may be served by another copy."""
    one = session()
    one.parse(change(7, 9), SEEN)
    for _ in range(MOST_TRIES - 1):
        assert one.parse_fetched("WAVEUSDT", snapshot(5)) == [FETCH]
    with pytest.raises(SessionBroken, match="older than its changes") as end:
        one.parse_fetched("WAVEUSDT", snapshot(5))
    assert end.value.reason == "stale_snapshot"


def test_a_book_that_became_whole_has_its_patience_back():
    """Old snapshots count in a row, not over a day."""
    one = session()
    one.parse(change(7, 9), SEEN)
    for number in (9, 19):
        for _ in range(MOST_TRIES - 1):
            assert one.parse_fetched("WAVEUSDT", snapshot(number - 9)) == [FETCH]
        assert number in numbers(one.parse_fetched("WAVEUSDT", snapshot(number)))
        one.parse(change(number + 9, number + 10), SEEN)


def test_a_missing_change_is_a_gap_and_a_new_beginning():
    """Told once, from the last book on; then silence until the new snapshot."""
    one = whole(7)
    assert numbers(one.parse(change(8, 8), SEEN)) == [8]
    gap = Gap("binance", "orderbook", (WAVE,), (AT + 8) * 10**6, SEEN, "sequence")
    assert one.parse(change(10, 10), SEEN) == [gap, FETCH]
    assert one.parse(change(11, 11), SEEN) == []
    assert numbers(one.parse_fetched("WAVEUSDT", snapshot(10))) == [10, 11]


def test_a_hole_among_the_changes_that_waited_is_a_gap_too():
    """What was shown before it was right; what comes after it waits for another snapshot."""
    one = session()
    for first, last in ((5, 7), (8, 8), (12, 12), (13, 13)):
        one.parse(change(first, last), SEEN)
    results = one.parse_fetched("WAVEUSDT", snapshot(7))
    assert numbers(results) == [7, 8]
    assert [type(each) for each in results[2:]] == [Gap, Fetch]
    assert numbers(one.parse_fetched("WAVEUSDT", snapshot(12))) == [12, 13]


def test_a_change_that_comes_twice_counts_once():
    """The same again, or one that the book holds already, says nothing."""
    one = whole(7)
    assert numbers(one.parse(change(8, 9, [["9.50", "1"]]), SEEN)) == [9]
    for first, last in ((8, 9), (5, 7), (9, 9)):
        assert one.parse(change(first, last, [["9.50", "77"]]), SEEN) == []
    [book] = one.parse(change(10, 10), SEEN)
    assert (9.5, 1.0) in book.bids


def test_odd_changes_are_ordinary():
    """Nothing on either side, and a size of zero for a level that nobody knows."""
    one = whole(7)
    [before] = one.parse(change(8, 8), SEEN)
    [after] = one.parse(change(9, 9, [["3.33", "0.00000000"]], [["44.00", "0"]]), SEEN)
    assert (before.bids, before.asks) == (after.bids, after.asks)


@pytest.mark.parametrize(
    ("bids", "asks"), [([["12.00", "1"]], []), ([["11.00", "1"]], [])], ids=["crossed", "touching"]
)
def test_a_crossed_book_is_kept_in_until_it_heals(bids, asks):
    """It never leaves the worker; the next change may mend it."""
    one = whole(7)
    assert one.parse(change(8, 8, bids, asks), SEEN) == []
    assert numbers(one.parse(change(9, 9, [[bids[0][0], "0"]]), SEEN)) == [9]


def test_an_empty_book_is_no_book():
    """A market that opens has none; its first order makes one."""
    one = session()
    one.parse(change(5, 7), SEEN)
    assert one.parse_fetched("WAVEUSDT", snapshot(7, [], [])) == []
    assert numbers(one.parse(change(8, 8, [["9.00", "1"]]), SEEN)) == [8]


def test_a_book_nobody_wants_any_more_is_forgotten():
    """Its changes and its snapshot trail in unheard; when it is wanted again, it begins anew."""
    one = session()
    one.parse(change(5, 7), SEEN)
    one.update([Subscription("orderbook", REEF)])
    assert one.parse(change(8, 8), SEEN) == []
    assert one.parse_fetched("WAVEUSDT", snapshot(7)) == []
    one.update([BOOK])
    assert one.parse(change(20, 21), SEEN) == [FETCH]
    assert numbers(one.parse_fetched("WAVEUSDT", snapshot(21))) == [21]
    assert one.parse_fetched("WAVEUSDT", snapshot(30)) == [], "an answer of the life before"
    assert numbers(one.parse(change(22, 22), SEEN)) == [22]


def test_an_answer_that_is_no_snapshot_is_told_in_the_venues_words():
    """An error body, something else, or an answer to a question that was never asked."""
    one = session()
    with pytest.raises(RemoteNonsense, match="asked for nothing"):
        one.parse_fetched("WAVEUSDT", snapshot(7))
    one.parse(change(5, 7), SEEN)
    with pytest.raises(RemoteNonsense, match=r"refused with -1121 Invalid symbol\."):
        one.parse_fetched("WAVEUSDT", b'{"code":-1121,"msg":"Invalid symbol."}')
    for body in (b"<html>403</html>", b"{}", b"", snapshot(7, [["0", "1"]]), snapshot(-1)):
        with pytest.raises(RemoteNonsense):
            one.parse_fetched("WAVEUSDT", body)
    assert numbers(one.parse_fetched("WAVEUSDT", snapshot(7))) == [7]


def test_what_waits_is_bounded():
    """Then the oldest go, and a snapshot has to be newer than they were."""
    one = session()
    for number in range(1, MOST_WAITING + 101):
        one.parse(change(number, number), SEEN)
    assert one.parse_fetched("WAVEUSDT", snapshot(50)) == [FETCH]
    assert numbers(one.parse_fetched("WAVEUSDT", snapshot(110)))[:2] == [110, 111]


prices = st.integers(1, 8)
updates = st.lists(st.tuples(prices, st.integers(0, 3)), max_size=3)
steps = st.lists(
    st.tuples(updates, updates, st.integers(1, 3), st.sampled_from(["told", "told", "told", "lost", "twice", "late"])),
    max_size=40,
)


@given(steps=steps, lag=st.integers(0, 4))
def test_every_book_shown_was_the_venues_own(steps, lag):
    """Against a venue that keeps all its books: lost, doubled and old changes, and snapshots that lag behind."""
    bids, asks, number, books, frames = {}, {}, 100, {}, []
    books[number] = ((), ())
    for bid_changes, ask_changes, width, fate in steps:
        first, number = number + 1, number + width
        bids |= dict(bid_changes)
        asks |= {price + 8: size for price, size in ask_changes}
        top = (
            tuple(sorted(((float(p), float(s)) for p, s in bids.items() if s), reverse=True)),
            tuple(sorted((float(p), float(s)) for p, s in asks.items() if s)),
        )
        for each in range(first, number + 1):
            books[each] = top
        levels = [[str(p), str(s)] for p, s in bid_changes], [[str(p + 8), str(s)] for p, s in ask_changes]
        frames.append((change(first, number, *levels), fate, number))
    one, asked, shown, snapshots, gaps = session(), 0, 100, 0, 0
    for frame, fate, at in frames:
        if fate == "lost":
            continue
        results = one.parse(frame, SEEN) + (one.parse(frame, SEEN) if fate == "twice" else [])
        asked += sum(isinstance(each, Fetch) for each in results)
        if asked and fate != "late":
            answered = max(at - lag, 100)
            rows = [[[str(p), str(s)] for p, s in side] for side in books[answered]]
            try:
                more = one.parse_fetched("WAVEUSDT", snapshot(answered, *rows))
            except SessionBroken:
                return
            asked += sum(isinstance(each, Fetch) for each in more) - 1
            snapshots += 1
            results += more
        for each in results:
            if isinstance(each, Gap):
                gaps += 1
                assert gaps <= snapshots, "a hole where nothing had been whole"
            elif isinstance(each, OrderBook):
                assert (each.bids, each.asks) == books[each.sequence]
                assert each.sequence >= shown
                shown = each.sequence
