"""MEXC's books from differences: whole after a snapshot that fits, blind after a hole, and never wrong in between."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Endpoint, Fetch, RemoteNonsense, Request, Settings
from scanner.exchanges.mexc.depth import WAITING
from scanner.exchanges.mexc.spec import MEXC
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, OrderBook, Subscription
from tests.exchanges.conversations import opened, wants
from tests.exchanges.venues import samples_of

say = samples_of(MEXC)

WAVE = Instrument("WAVE", "BTC")
SEEN = 1_790_000_000_200_000_000
AT = say.MS * 1_000_000
AGGRE = MEXC.configured(Settings(format="aggre"))
TAG = "depth WAVEBTC"
ASKED = [Fetch(Request("https://api.mexc.com/api/v3/depth", {"symbol": "WAVEBTC", "limit": "1000"}), TAG)]


def body(version, bids=(("10", "1"),), asks=(("11", "1"),)):
    return json.dumps({"lastUpdateId": version, "bids": bids, "asks": asks}).encode()


def shown(bids, asks, sequence, seen=SEEN):
    return OrderBook("mexc", WAVE, AT, seen, tuple(bids), tuple(asks), sequence)


@pytest.fixture
def session():
    return opened(AGGRE, *wants(WAVE, channels=("orderbook",)))


def test_the_first_message_asks_for_a_snapshot_and_no_other_does(session):
    """What comes meanwhile waits; then one book shows all of it."""
    assert session.parse(say.change(5, 6, bids=[("10", "2")]), SEEN) == ASKED
    assert session.parse(say.change(7, 9, asks=[("11", "0"), ("12", "3")]), SEEN + 1) == []
    assert session.parse_fetched(TAG, body(5)) == [shown([(10.0, 2.0)], [(12.0, 3.0)], 9, SEEN + 1)]


def test_what_the_snapshot_has_already_is_dropped(session):
    """Messages that end before it, and one that straddles it is merged: sizes are absolute."""
    session.parse(say.change(1, 3, bids=[("10", "7")]), SEEN)
    session.parse(say.change(4, 6, bids=[("9", "5")]), SEEN)
    assert session.parse_fetched(TAG, body(5)) == [shown([(10.0, 1.0), (9.0, 5.0)], [(11.0, 1.0)], 6)]


def test_a_snapshot_newer_than_every_message_is_shown_as_it_is(session):
    """With the times of the last message; the next one may straddle it."""
    session.parse(say.change(1, 3, bids=[("10", "7")]), SEEN)
    assert session.parse_fetched(TAG, body(8)) == [shown([(10.0, 1.0)], [(11.0, 1.0)], 8)]
    assert session.parse(say.change(4, 8, bids=[("10", "7")]), SEEN) == []
    assert session.parse(say.change(7, 9, bids=[("10", "2")]), SEEN) == [shown([(10.0, 2.0)], [(11.0, 1.0)], 9)]


def test_a_snapshot_older_than_the_stream_is_asked_for_again(session):
    """Blame makes the worker ask again after a while, and give up in the end; what waited is still there."""
    session.parse(say.change(7, 9, bids=[("10", "2")]), SEEN)
    with pytest.raises(RemoteNonsense, match="older"):
        session.parse_fetched(TAG, body(5))
    assert session.parse(say.change(10, 10), SEEN) == []
    assert session.parse_fetched(TAG, body(6)) == [shown([(10.0, 2.0)], [(11.0, 1.0)], 10)]


@pytest.mark.parametrize("first", [8, 6], ids=["a hole", "an overlap"])
def test_a_version_gap_is_told_once_and_the_book_begins_anew(session, first):
    """From the last moment it was whole; nothing is shown until a snapshot fits again, and then it goes on."""
    session.parse(say.change(5, 6), SEEN)
    session.parse_fetched(TAG, body(5))
    gap = Gap("mexc", "orderbook", (WAVE,), AT, SEEN + 5, "sequence")
    assert session.parse(say.change(first, 9, bids=[("10", "2")]), SEEN + 5) == [gap, *ASKED]
    assert session.parse(say.change(10, 11), SEEN + 6) == []
    assert session.parse_fetched(TAG, body(8)) == [shown([(10.0, 2.0)], [(11.0, 1.0)], 11, SEEN + 6)]


def test_a_message_that_comes_twice_changes_nothing(session):
    """It is no hole."""
    session.parse(say.change(5, 6), SEEN)
    session.parse_fetched(TAG, body(5))
    assert session.parse(say.change(5, 6, bids=[("10", "9")]), SEEN) == []
    assert len(session.parse(say.change(7, 7), SEEN)) == 1


def test_a_hole_among_what_waits_is_found(session):
    """The book up to there is not shown, for it is gone the moment it is there."""
    session.parse(say.change(5, 6), SEEN)
    session.parse(say.change(9, 9), SEEN)
    session.parse(say.change(10, 10), SEEN)
    gap = Gap("mexc", "orderbook", (WAVE,), AT, SEEN, "sequence")
    assert session.parse_fetched(TAG, body(5)) == [gap, *ASKED]
    assert session.parse_fetched(TAG, body(8)) == [shown([(10.0, 1.0)], [(11.0, 1.0)], 10)]


def test_crossed_books_are_not_shown_and_heal(session):
    """The snapshot of the venue's own page is crossed, too."""
    session.parse(say.change(5, 6), SEEN)
    assert session.parse_fetched(TAG, body(6, [["15.00000", "49999.00000"]], [["14.0000", "1.0000"]])) == []
    assert session.parse(say.change(7, 7, bids=[("15", "0"), ("13", "1")]), SEEN) == [
        shown([(13.0, 1.0)], [(14.0, 1.0)], 7)
    ]


def test_what_waits_is_bounded(session):
    """The oldest go; a snapshot that fits what is left makes the book whole."""
    for n in range(1, WAITING + 11):
        session.parse(say.change(n, n), SEEN)
    with pytest.raises(RemoteNonsense, match="older"):
        session.parse_fetched(TAG, body(9))
    assert session.parse_fetched(TAG, body(10)) == [shown([(10.0, 1.0)], [(11.0, 1.0)], WAITING + 10)]


def test_answers_that_nobody_waits_for(session):
    """The book was given up meanwhile, or whole already; a tag that was never said is blamed, and so is an error."""
    session.parse(say.change(5, 6), SEEN)
    with pytest.raises(RemoteNonsense, match="Invalid symbol"):
        session.parse_fetched(TAG, b'{"code":-1121,"msg":"Invalid symbol."}')
    session.parse_fetched(TAG, body(5))
    assert session.parse_fetched(TAG, body(3)) == []
    session.update([])
    assert session.parse_fetched(TAG, body(5)) == []
    for tag in ("never asked", ""):
        with pytest.raises(RemoteNonsense):
            session.parse_fetched(tag, body(5))


def test_a_book_that_was_given_up_begins_anew(session):
    """What was known of it is too old by then."""
    session.parse(say.change(5, 6), SEEN)
    session.parse_fetched(TAG, body(5))
    session.update([])
    session.update([Subscription("orderbook", WAVE)])
    assert session.parse(say.change(7, 8), SEEN) == ASKED


@pytest.mark.parametrize(
    "bad",
    [
        say.change(9, 8),
        say.change("", 8),
        say.change(-1, 8),
        say.change(1, "9" * 30),
        say.change(1, 2, bids=[("x", "1")]),
        say.change(1, 2, asks=[("1", "-1")]),
    ],
)
def test_versions_and_levels_that_make_no_sense_are_blamed(session, bad):
    """Versions are text, and may be any."""
    with pytest.raises(RemoteNonsense):
        session.parse(bad, SEEN)


sides = st.dictionaries(st.integers(1, 30), st.integers(0, 3), max_size=4)
stories = st.lists(st.tuples(sides, sides, st.integers(1, 3)), min_size=1, max_size=20)


@given(
    story=stories, lost=st.sets(st.integers(0, 19), max_size=3), doubled=st.integers(0, 19), behind=st.integers(0, 3)
)
def test_whatever_is_lost_every_book_that_is_shown_is_the_venue_s(story, lost, doubled, behind):
    """Against a slow model: the venue's book at each version, a snapshot that may lag, frames lost and doubled."""
    session = AGGRE.open(Endpoint(AGGRE.ws_url, (Subscription("orderbook", WAVE),)))
    bids, asks, version = {}, {}, 100
    truth = {version: ({}, {})}
    for place, (more_bids, more_asks, steps) in enumerate(story):
        first, version = version + 1, version + steps
        bids.update(more_bids)
        asks.update({100 + price: size for price, size in more_asks.items()})
        truth |= dict.fromkeys(range(first, version + 1), (dict(bids), dict(asks)))
        text = [
            [(str(p), str(s)) for p, s in side.items()]
            for side in (more_bids, {100 + p: s for p, s in more_asks.items()})
        ]
        for _ in range(0 if place in lost else 1 + (place == doubled)):
            told = session.parse(say.change(first, version, *text), SEEN)
            if any(isinstance(one, Fetch) for one in told):
                at = max(version - behind, 100)
                snapshot = [[[str(p), str(s)] for p, s in side.items()] for side in truth[at]]
                try:
                    told += session.parse_fetched(TAG, body(at, *snapshot))
                except RemoteNonsense:
                    now = [[[str(p), str(s)] for p, s in side.items()] for side in truth[version]]
                    told += session.parse_fetched(TAG, body(version, *now))
            for one in told:
                if isinstance(one, OrderBook) and one.sequence == version:
                    assert one.bids == tuple(sorted(((p, s) for p, s in bids.items() if s), reverse=True))[:15]
                    assert one.asks == tuple(sorted((p, s) for p, s in asks.items() if s))[:15]
