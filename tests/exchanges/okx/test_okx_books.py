"""OKX's books by their numbers: every row of its table, against a slow and obvious book."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Send
from scanner.exchanges.okx.numbered import STRAYS
from scanner.exchanges.okx.spec import OKX
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, OrderBook, Subscription
from tests.exchanges.conversations import opened, wants

WAVE, REEF = Instrument("WAVE", "USDT"), Instrument("REEF", "USDT")
SEEN = 1_790_000_000_200_000_000
MS = 1_790_000_000_000
BIDS, ASKS = [["99", "5"], ["98", "7"]], [["101", "4"], ["102", "6"]]


def session(*instruments):
    return opened(OKX, *wants(*instruments or (WAVE,), channels=("orderbook",)))


def frame(previous, number, bids=(), asks=(), *, action="update", code="WAVE-USDT", ts=MS, **more):
    sides = {"asks": [[*level, "0", "1"] for level in asks], "bids": [[*level, "0", "1"] for level in bids]}
    row = {**sides, "ts": str(ts), "checksum": 0, "prevSeqId": previous, "seqId": number} | more
    return json.dumps({"arg": {"channel": "books", "instId": code}, "action": action, "data": [row]})


def snapshot(number=10, bids=BIDS, asks=ASKS, **more):
    return frame(-1, number, bids, asks, action="snapshot", **more)


def whole(*instruments):
    """A conversation that has its book."""
    made = session(*instruments)
    [book] = made.parse(snapshot(), SEEN)
    assert book.bids[0] == (99.0, 5.0)
    return made


def says(results):
    return [(one["op"], [arg["instId"] for arg in one["args"]]) for one in (json.loads(r.frame) for r in results)]


# ---- the table


def test_a_whole_book_replaces_what_there_was():
    """Best level first on both sides, whatever was before."""
    conversation = whole()
    [book] = conversation.parse(snapshot(70, [["50", "1"]], [["51", "2"]]), SEEN)
    assert book == OrderBook("okx", WAVE, MS * 1_000_000, SEEN, ((50.0, 1.0),), ((51.0, 2.0),), 70)


def test_the_next_change_is_merged():
    """Size 0 takes a level away, any other is its new size."""
    [book] = whole().parse(frame(10, 15, [["99", "0"], ["97", "1"]], [["101", "9"]], ts=MS + 100), SEEN)
    assert book.bids == ((98.0, 7.0), (97.0, 1.0))
    assert book.asks == ((101.0, 9.0), (102.0, 6.0))
    assert (book.sequence, book.at) == (15, (MS + 100) * 1_000_000)


def test_a_sign_of_life_keeps_the_book():
    """The same number twice and nothing changed, which the venue sends each minute: the book is told as of now."""
    conversation = whole()
    [book] = conversation.parse(frame(10, 10, ts=MS + 60_000), SEEN)
    assert (book.bids[0], book.sequence, book.at) == ((99.0, 5.0), 10, (MS + 60_000) * 1_000_000)
    assert [type(one) for one in conversation.parse(frame(10, 12), SEEN)] == [OrderBook]


def test_numbers_may_begin_anew():
    """After works a change follows the last one and bears a smaller number: it counts, and from there it goes on."""
    conversation = whole()
    numbers = [(10, 15), (15, 15), (15, 3), (3, 5)]
    told = [one for previous, number in numbers for one in conversation.parse(frame(previous, number), SEEN)]
    assert [book.sequence for book in told] == [15, 15, 3, 5]
    gap, *sends = conversation.parse(frame(9, 12), SEEN)
    assert isinstance(gap, Gap)
    assert says(sends) == [("unsubscribe", ["WAVE-USDT"]), ("subscribe", ["WAVE-USDT"])]


def test_a_hole_is_told_once_and_mended_once():
    """One gap since the last book, one new subscription, no book until there is a whole one again."""
    conversation = whole()
    conversation.parse(frame(10, 15, ts=MS + 100), SEEN)
    gap, *sends = conversation.parse(frame(17, 20, ts=MS + 300), SEEN)
    assert gap == Gap("okx", "orderbook", (WAVE,), (MS + 100) * 1_000_000, SEEN, "sequence")
    assert says(sends) == [("unsubscribe", ["WAVE-USDT"]), ("subscribe", ["WAVE-USDT"])]
    assert all(isinstance(one, Send) and one.operation for one in sends)
    for number in range(20, 20 + 2 * STRAYS):
        assert conversation.parse(frame(number, number + 1), SEEN) == []
    [book] = conversation.parse(snapshot(90), SEEN)
    assert book.sequence == 90
    assert [type(one) for one in conversation.parse(frame(90, 91), SEEN)] == [OrderBook]


def test_a_hole_in_one_book_leaves_the_others_alone():
    """Numbers are each market's own."""
    conversation = session(WAVE, REEF)
    for code in ("WAVE-USDT", "REEF-USDT"):
        conversation.parse(snapshot(code=code), SEEN)
    assert isinstance(conversation.parse(frame(17, 20), SEEN)[0], Gap)
    [book] = conversation.parse(frame(10, 11, code="REEF-USDT"), SEEN)
    assert book.instrument == REEF


def test_the_same_frame_once_more_is_no_hole():
    """It holds nothing new, and nothing is missing."""
    conversation = whole()
    change = frame(10, 15, [["97", "1"]])
    assert len(conversation.parse(change, SEEN)) == 1
    assert conversation.parse(change, SEEN) == []
    assert len(conversation.parse(snapshot(15), SEEN)) == 1
    assert [type(one) for one in conversation.parse(frame(15, 16), SEEN)] == [OrderBook]


@pytest.mark.parametrize("checksum", [0, -1881014294, None, "x"])
def test_a_checksum_is_never_looked_at(checksum):
    """Zero, absent, or a real one from long ago: who verified it threw good books away."""
    conversation = session()
    assert len(conversation.parse(snapshot(checksum=checksum), SEEN)) == 1
    assert len(conversation.parse(frame(10, 11, checksum=checksum), SEEN)) == 1


def test_books_without_numbers_are_merged_as_they_come():
    """So they were in 2022; but numbers that stop in the middle are a hole."""

    def plain(text):
        message = json.loads(text)
        for key in ("prevSeqId", "seqId"):
            del message["data"][0][key]
        return json.dumps(message)

    conversation = session()
    assert len(conversation.parse(plain(snapshot()), SEEN)) == 1
    assert len(conversation.parse(plain(frame(0, 0, [["97", "1"]])), SEEN)) == 1
    assert isinstance(whole().parse(plain(frame(0, 0)), SEEN)[0], Gap)


# ---- what a book may look like


def test_a_crossed_book_is_kept_to_ourselves():
    """It happens before a market opens; it is shown again when it has come apart."""
    conversation = whole()
    assert conversation.parse(frame(10, 11, [["103", "1"]]), SEEN) == []
    [book] = conversation.parse(frame(11, 12, [["103", "0"]]), SEEN)
    assert book.bids[0] == (99.0, 5.0)


def test_an_empty_book_is_kept_to_ourselves():
    """Nothing on either side is no book; one side is a thin market."""
    conversation = session()
    assert conversation.parse(snapshot(bids=(), asks=()), SEEN) == []
    [book] = conversation.parse(frame(10, 11, [["99", "1"]]), SEEN)
    assert (book.bids, book.asks) == (((99.0, 1.0),), ())


def test_no_more_is_shown_than_elsewhere():
    """15 levels a side, however deep it is."""
    bids = [[str(100 - place / 10), "1"] for place in range(1, 400)]
    [book] = session().parse(snapshot(bids=bids, asks=[["101", "1"]]), SEEN)
    assert len(book.bids) == 15
    assert book.bids[0][0] == 99.9


# ---- a beginning that is lost


def confirm(conversation):
    arg = {"channel": "books", "instId": "WAVE-USDT"}
    conversation.parse(json.dumps({"event": "subscribe", "arg": arg}), SEEN)


def test_changes_before_the_confirmation_are_waited_out():
    """However many: the venue has not answered yet."""
    conversation = session()
    for number in range(5 * STRAYS):
        assert conversation.parse(frame(number, number + 1), SEEN) == []


def test_changes_without_a_book_are_waited_out_and_then_it_is_asked_for():
    """Once it was confirmed, some may still trail; so many of them mean that the book itself was lost."""
    conversation = session()
    confirm(conversation)
    told = [conversation.parse(frame(number, number + 1), SEEN) for number in range(STRAYS)]
    assert told[:-1] == [[]] * (STRAYS - 1)
    assert says(told[-1]) == [("unsubscribe", ["WAVE-USDT"]), ("subscribe", ["WAVE-USDT"])]
    for number in range(5 * STRAYS):  # one question at a time
        assert conversation.parse(frame(number, number + 1), SEEN) == []
    confirm(conversation)
    told = [conversation.parse(frame(number, number + 1), SEEN) for number in range(STRAYS)]
    assert len([sends for sends in told if sends]) == 1


def test_a_whole_book_is_as_good_as_its_confirmation():
    """Which may have been lost: an error that names nobody means the other stream of the request."""
    conversation = session(WAVE, REEF)
    conversation.parse(snapshot(), SEEN)
    error = {"id": "s1", "event": "error", "code": "60018", "msg": "Something is wrong."}
    [rejected] = conversation.parse(json.dumps(error), SEEN)
    assert rejected.subscriptions == (Subscription("orderbook", REEF),)


def test_a_book_that_is_left_is_forgotten():
    """Wanted again, it begins anew."""
    conversation = whole()
    conversation.update([Subscription("orderbook", REEF)])
    assert conversation.parse(frame(10, 11), SEEN) == []
    conversation.update([Subscription("orderbook", WAVE)])
    assert conversation.parse(frame(10, 11), SEEN) == []
    assert conversation._books[WAVE].levels.sequence is None


# ---- against an obvious book

prices = st.integers(90, 110).map(str)
sides = st.lists(st.tuples(prices, st.sampled_from(["0", "1", "2.5"])), max_size=4)
NUMBERS = {
    "whole": lambda _: (-1, 50),
    "next": lambda number: (number, number + 3),
    "reset": lambda number: (number, number // 2),
    "hole": lambda number: (number + 5000, number + 5001),
}
"""Kind of message → its two numbers, after the last one."""
steps = st.lists(st.tuples(st.sampled_from(["whole", "hole", "reset", *["next"] * 5]), sides, sides))


@given(steps=steps)
def test_any_story_gives_the_books_of_an_obvious_reading(steps):
    """Dicts, sorted each time; blind from a hole to the next whole book."""
    conversation, blind, number, bids, asks = session(), True, 50, {}, {}
    for kind, bid, ask in steps:
        previous, own = NUMBERS[kind](number)
        told = conversation.parse(frame(previous, own, bid, ask), SEEN)
        if kind == "whole":
            bids, asks = {}, {}
        blind = kind == "hole" or (blind and kind != "whole")
        number = number if blind else own
        for side, levels in ((bids, bid), (asks, ask)):
            side.update((float(price), float(size)) for price, size in levels)
        best = sorted(((price, size) for price, size in bids.items() if size), reverse=True)[:15]
        worst = sorted((price, size) for price, size in asks.items() if size)[:15]
        crossed = best and worst and best[0][0] >= worst[0][0]
        shown = [(list(one.bids), list(one.asks), one.sequence) for one in told if isinstance(one, OrderBook)]
        assert shown == ([] if blind or crossed or not (best or worst) else [(best, worst, number)])
