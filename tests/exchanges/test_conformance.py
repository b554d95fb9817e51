"""What every venue in the registry promises about what it reads, whatever it speaks.

What it says, and how wants are spread over its connections, stands in `test_conformance_streams.py`.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.exchanges.base import Fetch, RemoteNonsense, Send, Settings
from scanner.exchanges.candles import MINUTE
from scanner.model.market import BookTop, Candle, Channel, Gap, OrderBook, Subscription, Ticker, Trade
from tests.exchanges.venues import (
    BLAMED,
    LISTING,
    SEEN,
    SPEAKING,
    VENUES,
    answered,
    as_bytes,
    bodies_of,
    check_sane,
    check_short,
    conversations,
    each,
    garbage,
    sample_instrument,
    samples_of,
    spoilt,
    tell,
    wanted,
)

CHANNEL_OF: dict[type, Channel] = {
    Ticker: "ticker",
    Trade: "trade",
    OrderBook: "orderbook",
    BookTop: "booktop",
    Candle: "candle",
}
WHOLE_BOOKS = {"upbit", "bithumb", "mexc-futures"}
"""Venues that send a book whole each time, so that nothing can be missing in the middle of it."""
CHANGES = {"mexc": "AGGRE"}
"""Venues that send changes of books only where the operator's `format` says so."""
HEARS_ALL = {"upbit", "bithumb"}
"""Venues whose conversation reads codes instead of looking them up: their one request replaces all that was asked, so
they have nothing to tell that nobody wants."""
DEPTHS = ["[" * 100_000, '{"a":' * 100_000, '{"data":' + "[" * 100_000, b"\x0a\x80" * 50_000]


def fetched_of(exchange):
    """Answers by tag, where the venue's books need any."""
    return getattr(samples_of(exchange), "FETCHED", {})


def asked_of(exchange):
    """What the sessions of `conversations(exchange, "WAVE")` asked for, in the same order."""
    return [endpoint.subscriptions for endpoint in exchange.plan(wanted(exchange, "WAVE"))]


def check_story(exchange, frames, fetched):
    """On every connection of the venue, these frames give sane results and blame, and nothing else."""
    for session, asked in zip(conversations(exchange, "WAVE"), asked_of(exchange), strict=True):
        for result in tell(session, frames, fetched):
            if not isinstance(result, str):
                check_sane(exchange, result, asked)


def polled(exchange):
    """Tags of all that is asked for again and again."""
    subscriptions = wanted(exchange, "WAVE") if exchange.quotes else []
    return [poll.tag for poll in exchange.polls(subscriptions)]


def readings(exchange):
    """Every way to read an answer of the venue's REST side."""
    if exchange.quotes:
        instrument = sample_instrument(exchange)
        yield "markets", exchange.parse_markets
        yield "tickers", lambda body: exchange.parse_tickers(body, SEEN)
        if exchange.trades_request(instrument) is not None:
            yield "trades", lambda body: exchange.parse_trades(instrument, body, SEEN)
        if exchange.candles_request(instrument, 60) is not None:
            yield "candles", lambda body: exchange.parse_candles(instrument, body, SEEN)
    for tag in polled(exchange):
        yield f"poll {tag}", lambda body, tag=tag: exchange.parse_polled(tag, body, SEEN)


def read_all(exchange, body):
    """What each way makes of it: a list, or the words of the blame."""
    read = {}
    for name, parse in readings(exchange):
        try:
            read[name] = parse(body)
        except RemoteNonsense as error:
            read[name] = check_short(error)
    return read


# ---- frames


@each(SPEAKING)
@given(frame=garbage)
def test_arbitrary_frames_are_blamed_on_the_venue(exchange, frame):
    """Bytes and text of any kind raise the two blamed errors, and nothing else."""
    check_story(exchange, [frame], {})


@each(SPEAKING)
@settings(max_examples=300)
@given(data=st.data())
def test_ordinary_frames_bent_out_of_shape_are_blamed_on_the_venue(exchange, data):
    """The dangerous garbage is that which is almost right, and comes in the middle of a conversation."""
    frames, fetched = samples_of(exchange).FRAMES, fetched_of(exchange)
    before = data.draw(st.lists(st.sampled_from(frames), max_size=3))
    check_story(exchange, [*before, data.draw(spoilt(frames)), *before], fetched)


@each(SPEAKING)
@pytest.mark.parametrize("frame", DEPTHS, ids=["arrays", "objects", "both", "binary"])
def test_a_frame_without_a_floor_is_blamed_on_the_venue(exchange, frame):
    """A hundred thousand brackets end in blame, not in a fallen worker."""
    check_story(exchange, [frame], {})


@each(SPEAKING)
def test_ordinary_frames_are_read(exchange):
    """The samples that are bent above are good ones: each channel of the venue that is streamed is among them."""
    frames, fetched = samples_of(exchange).FRAMES, fetched_of(exchange)
    told = [result for session in conversations(exchange, "WAVE") for result in tell(session, frames, fetched)]
    for frame in frames:
        for session in conversations(exchange, "WAVE"):
            told += tell(session, [frame], fetched)
    heard = {Subscription(CHANNEL_OF[type(one)], one.instrument) for one in told if type(one) in CHANNEL_OF}
    missing = {one for one in wanted(exchange, "WAVE") if exchange.stream_of(one)} - heard
    assert not missing, f"no frame among the samples of {exchange.name} tells {missing}"


@each([exchange for exchange in SPEAKING if exchange.name not in HEARS_ALL])
def test_what_nobody_wants_is_ignored(exchange):
    """Data trails in after its stream was left, or comes for all coins at once: no event, no gap, no question."""
    frames, fetched = samples_of(exchange).FRAMES, fetched_of(exchange)
    for session in conversations(exchange, "REEF"):
        for result in tell(session, frames, fetched):
            assert not isinstance(result, (*CHANNEL_OF, Gap, Fetch)), f"nobody asked for {result}"


@each(SPEAKING)
def test_a_new_session_remembers_nothing(exchange):
    """Whatever the old connection heard and said, the new one begins as the first did."""

    def story(endpoint):
        session = exchange.open(endpoint)
        told = [session.subscribe(), tell(session, samples_of(exchange).FRAMES, fetched_of(exchange))]
        return [*told, session.update(()), session.update(endpoint.subscriptions)]

    for endpoint in exchange.plan(wanted(exchange, "WAVE", "REEF")):
        assert story(endpoint) == story(endpoint)


@each([exchange for exchange in SPEAKING if "orderbook" in exchange.channels and exchange.name not in WHOLE_BOOKS])
def test_a_broken_sequence_is_a_gap(exchange):
    """Told once; then the venue is asked for what makes the book whole, and no book is shown until it is."""
    venue = exchange.configured(Settings(format=CHANGES.get(exchange.name, "")))
    broken = getattr(samples_of(exchange), "BROKEN_SEQUENCE", None)
    assert broken, f"{exchange.name} needs BROKEN_SEQUENCE in its samples: a whole book, then a hole in its sequence"
    fetched, told = fetched_of(exchange), []
    [session] = [
        session
        for session, asked in zip(conversations(venue, "WAVE"), asked_of(venue), strict=True)
        if any(one.channel == "orderbook" for one in asked)
    ]
    for frame in broken:
        told += session.parse(frame, SEEN)
        if not any(isinstance(result, Gap) for result in told):  # what is asked for after it comes too late here
            told = answered(session, told, fetched)
    kinds = [type(result) for result in told if isinstance(result, (OrderBook, Gap))]
    assert kinds == [*[OrderBook] * (len(kinds) - 1), Gap]
    assert len(kinds) > 1, "the book was never whole"
    [gap] = [result for result in told if isinstance(result, Gap)]
    assert gap == Gap(exchange.name, "orderbook", (sample_instrument(exchange),), gap.at, SEEN, "sequence")
    assert any(isinstance(result, Fetch | Send) for result in told[told.index(gap) + 1 :]), "nothing was asked for"


# ---- answers


@each(VENUES)
@settings(max_examples=300)
@given(data=st.data())
def test_arbitrary_answers_are_blamed_on_the_venue(exchange, data):
    """The catalogue, prices, trades and polls: nothing but RemoteNonsense comes out, and what comes in is sane."""
    bodies = samples_of(exchange).BODIES
    body = as_bytes(data.draw(garbage | spoilt(bodies)))
    for results in read_all(exchange, body).values():
        if not isinstance(results, str):
            for result in results:
                check_sane(exchange, result)


@each(VENUES)
@pytest.mark.parametrize("body", DEPTHS, ids=["arrays", "objects", "both", "binary"])
def test_an_answer_without_a_floor_is_blamed_on_the_venue(exchange, body):
    """Nested too deep to be read."""
    assert {type(results) for results in read_all(exchange, as_bytes(body)).values()} <= {str}


@each(SPEAKING)
@given(data=st.data())
def test_arbitrary_fetched_answers_are_blamed_on_the_venue(exchange, data):
    """Answers nobody asked for mean nothing; answers that were asked for may be garbage."""
    fetched = fetched_of(exchange)
    bodies = [*samples_of(exchange).BODIES, *fetched.values()]
    body = as_bytes(data.draw(garbage | spoilt(bodies)))
    before = data.draw(st.lists(st.sampled_from(samples_of(exchange).FRAMES), max_size=3))
    for session, asked in zip(conversations(exchange, "WAVE"), asked_of(exchange), strict=True):
        for tag in data.draw(st.permutations([*fetched, "never asked"])):
            tell(session, before, {})
            try:
                results = session.parse_fetched(tag, body)
            except BLAMED as error:
                check_short(error)
                continue
            assert tag != "never asked" or not results
            for result in results:
                check_sane(exchange, result, asked, seen=None)


@each(VENUES)
def test_ordinary_answers_are_read(exchange):
    """The samples that are bent above are good ones: there is one for every way to read an answer."""
    read = {name: [] for name, _ in readings(exchange)}
    for body in bodies_of(exchange):
        for name, results in read_all(exchange, body).items():
            read[name] += [] if isinstance(results, str) else results
    assert [name for name, results in read.items() if not results] == []
    for name, results in read.items():
        for result in results:
            check_sane(exchange, result)
        if name in {"trades", "candles"}:
            assert {one.instrument for one in results} == {sample_instrument(exchange)}


@each(VENUES)
def test_a_refusal_is_no_answer(exchange):
    """At least one of the samples is the venue's own way to say no, and nobody takes it for an empty list."""
    told = [read_all(exchange, body) for body in bodies_of(exchange)]
    assert any(all(isinstance(results, str) for results in read.values()) for read in told)


@each(LISTING)
def test_the_oldest_trade_comes_first(exchange):
    """So that what was missed can be told in the order in which it happened."""
    for body in bodies_of(exchange):
        trades = read_all(exchange, body).get("trades", "")
        if not isinstance(trades, str):
            assert [trade.at for trade in trades] == sorted(trade.at for trade in trades)


@each([exchange for exchange in LISTING if exchange.candles_request(sample_instrument(exchange), 60) is not None])
@settings(max_examples=200)
@given(data=st.data())
def test_past_minutes_are_over_and_come_once_and_in_order(exchange, data):
    """Whatever the venue sends, whichever way it sorts: no minute that still runs, none twice, the oldest first."""
    body = as_bytes(data.draw(st.sampled_from(samples_of(exchange).BODIES) | spoilt(samples_of(exchange).BODIES)))
    seen = SEEN + data.draw(st.integers(-300, 300)) * 1_000_000_000
    try:
        candles = exchange.parse_candles(sample_instrument(exchange), body, seen)
    except RemoteNonsense:
        return
    starts = [candle.at for candle in candles]
    assert starts == sorted(set(starts))
    assert all(at % MINUTE == 0 and at + MINUTE <= seen for at in starts)
    assert {candle.interval_s for candle in candles} <= {60}


@each(VENUES)
def test_an_answer_to_no_poll_is_blamed(exchange):
    """Nothing is asked for by that name."""
    with pytest.raises(RemoteNonsense):
        exchange.parse_polled("never asked", b"[]", SEEN)


@each([exchange for exchange in VENUES if not exchange.quotes])
def test_a_venue_without_markets_has_no_catalogue(exchange):
    """It is asked for what it knows about them, and by name only."""
    assert exchange.markets_request() is None
    assert exchange.polls(())
    assert not exchange.by_default
