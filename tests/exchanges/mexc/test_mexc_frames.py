"""MEXC's protobuf messages: each becomes our word for it, and what cannot be believed becomes blame."""

from contextlib import suppress

import pytest

from scanner.exchanges.base import Nonsense, RemoteNonsense
from scanner.exchanges.mexc.push_pb2 import PushDataV3ApiWrapper
from scanner.exchanges.mexc.spec import MEXC
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, OrderBook, Subscription, Ticker, Trade
from tests.exchanges.conversations import opened, wants
from tests.exchanges.venues import samples_of

say = samples_of(MEXC)

WAVE = Instrument("WAVE", "BTC")
SEEN = 1_790_000_000_200_000_000
AT = say.MS * 1_000_000
DEALT = (say.MS - 41) * 1_000_000


def open_session(*instruments):
    return opened(MEXC, *wants(*instruments or (WAVE,)))


def parse(frame, *instruments):
    return open_session(*instruments).parse(frame, SEEN)


def trade(number, price=0.0000412, size=40.25, side="buy", at=DEALT):
    return Trade("mexc", WAVE, at, SEEN, number, price, size, side)


def test_trades_carry_the_taker_s_side_and_times_of_their_own():
    """1 bought, 2 sold; each trade has its own millisecond, the message only when it was sent."""
    told = parse(say.deals(say.deal(tradeId="7X1"), say.deal(side=2, quantity="0.5", ms=say.MS - 1, tradeId="8X1")))
    assert told == [trade("7X1"), trade("8X1", size=0.5, side="sell", at=AT - 1_000_000)]


def test_a_trade_without_an_id_gets_one_that_it_would_get_again():
    """Time, price, size, side, and its place among its equals: the frame that comes twice says the same."""
    frame = say.deals(say.deal(), say.deal(side=2), say.deal(), say.deal(quantity="40.250"))
    session = open_session()
    ids = [one.id for one in session.parse(frame, SEEN)]
    ms = say.MS - 41
    assert ids == [f"{ms}-4.12e-05-40.25-{tail}" for tail in ("buy-0", "sell-0", "buy-1", "buy-2")]
    assert [one.id for one in session.parse(frame, SEEN)] == ids


def test_a_ticker_s_volume_is_the_venue_s_quantity():
    """On this stream `volume` is turnover in quote currency; rows of others, and of who never traded, are left."""
    told = parse(say.minis(say.row("1INCHETH"), say.row(), say.row("WAVEUSDT"), say.row("BTC3LUSDT", price="")))
    assert told == [Ticker("mexc", WAVE, AT, SEEN, 0.0000412, volume_24h=91020.5, turnover_24h=3.75)]


def test_codes_are_never_cut_in_two():
    """WAVEB/TC and WAVE/BTC would look alike; only what is wanted is heard, digits and other letters included."""
    inch, life = Instrument("1INCH", "ETH"), Instrument("币安", "USDT")
    told = parse(say.minis(say.row("1INCHETH"), say.row(), say.row("币安USDT")), inch, life)
    assert [one.instrument for one in told] == [inch, life]


def test_an_absent_figure_is_nothing_and_an_absent_price_no_row():
    """Proto3 leaves defaults out, and the venue writes empty strings: neither may hide the rows beside it."""
    told = parse(say.minis(say.row(volume="", quantity="")))
    assert told == [Ticker("mexc", WAVE, AT, SEEN, 0.0000412, 0.0, 0.0)]
    assert parse(say.minis(say.row(price=""))) == []
    assert parse(say.minis()) == []


def test_one_bad_row_hides_no_other_but_is_blamed_when_alone():
    """A message has hundreds of rows."""
    reef = Instrument("REEF", "BTC")
    [told, torn] = parse(say.minis(say.row(price="nan"), say.row("REEFBTC")), WAVE, reef)
    assert (told.instrument, torn) == (reef, Nonsense("1 of 2 rows: 'nan' is no number above 0"))
    with pytest.raises(RemoteNonsense, match="nan"):
        parse(say.minis(say.row(price="nan")), WAVE, reef)


@pytest.mark.parametrize("bad", [{"price": "nan"}, {"quantity": "0"}, {"side": 3}, {"ms": 12}, {"tradeId": "7" * 65}])
def test_one_bad_trade_hides_no_other_and_is_counted(bad):
    """What was traded beside it was traded; alone it is blamed. Ids are those that the good ones have by themselves."""
    *told, torn = parse(say.deals(say.deal(), say.deal(**bad), say.deal()))
    assert told == parse(say.deals(say.deal(), say.deal()))
    assert isinstance(torn, Nonsense)
    assert torn.text.startswith("1 of 3 rows: ")
    with pytest.raises(RemoteNonsense):
        parse(say.deals(say.deal(**bad)))


@pytest.mark.parametrize(
    "channel", [say.DEALS.format("WAVEBTC"), say.LIMIT.format("WAVEBTC"), say.TOP.format("WAVEBTC"), say.MINIS]
)
def test_a_body_of_another_number_on_a_subscribed_channel_is_blamed(channel):
    """Field 316 is none of ours: a new kind of message is counted, and the next one of the old kind is read."""
    session = open_session()
    body = b"\xe2\x13\x04\x0a\x02hi"  # field 316, four bytes long
    frame = PushDataV3ApiWrapper(channel=channel, symbol="WAVEBTC", sendTime=say.MS).SerializeToString() + body
    with pytest.raises(RemoteNonsense):
        session.parse(frame, SEEN)
    assert session.parse(say.deals(say.deal()), SEEN)


def test_a_whole_book_is_shown_best_first_as_deep_as_all_books():
    """Fifteen of the twenty levels, empty ones left out, with the venue's version."""
    bids = [(f"{100 - n}", "1") for n in range(20)]
    asks = [("101", "0"), *((f"{102 + n}", "2") for n in range(19))]
    [book] = parse(say.limit(bids[::-1], asks))
    assert book == OrderBook(
        "mexc",
        WAVE,
        AT,
        SEEN,
        tuple((100.0 - n, 1.0) for n in range(15)),
        tuple((102.0 + n, 2.0) for n in range(15)),
        5120,
    )


@pytest.mark.parametrize(
    ("bids", "asks", "word"),
    [([], [], "empty"), ([("2", "1")], [("2", "1")], "crossed"), ([("2", "0")], [("3", "0")], "empty")],
)
def test_crossed_and_empty_books_are_blamed(bids, asks, word):
    """They never leave the worker; one empty side is a thin market."""
    with pytest.raises(RemoteNonsense, match=word):
        parse(say.limit(bids, asks))
    assert parse(say.limit([("2", "1")], []))[0].asks == ()


def test_a_top_needs_both_sides():
    """An empty side is written as nothing or 0; crossed ones, and none at all, are blamed."""
    assert parse(say.top()) == [BookTop("mexc", WAVE, AT, SEEN, (0.0000411, 310.5), (0.0000413, 95.1))]
    assert parse(say.top(ask="", ask_size="")) == []
    assert parse(say.top(bid_size="0")) == []
    for crossed in (say.top(ask="0.0000411"), say.top("", "", "", "")):
        with pytest.raises(RemoteNonsense):
            parse(crossed)


def test_a_bar_s_times_are_seconds_where_all_others_are_milliseconds():
    """The start is the event's time; no flag says that a bar is done."""
    expected = Candle(
        *("mexc", WAVE, 1_789_999_980_000_000_000, SEEN, 60),
        *(0.0000409, 0.0000414, 0.0000408, 0.0000412, 77.5, 0.00318),
    )
    assert parse(say.kline()) == [expected]
    with pytest.raises(RemoteNonsense, match="Min15"):
        parse(say.kline(interval="Min15"))


def test_a_message_is_dated_by_its_sending_or_else_by_its_making():
    """Bars and accounts name the second only."""
    made = PushDataV3ApiWrapper.FromString(say.top())
    made.ClearField("sendTime")
    made.createTime = say.MS - 5
    [told] = parse(made.SerializeToString())
    assert told.at == AT - 5_000_000
    made.ClearField("createTime")
    with pytest.raises(RemoteNonsense, match="time"):
        parse(made.SerializeToString())


UNKNOWN_BODY = b"\xe2\x13\x03\x0a\x01\x37"
"""Field 316 with three bytes in it."""
UNKNOWN_FIELD = b"\x80\x19\x01"
"""Field 400, a number."""


def test_what_the_schema_grows_tomorrow_is_skipped():
    """Unknown fields beside the known ones change nothing; an unknown body alone is blamed, once it bears our name."""
    frame = say.deals(say.deal(tradeId="7X1"))
    for extra in (UNKNOWN_FIELD, UNKNOWN_BODY):
        assert parse(frame + extra) == parse(frame) == [trade("7X1")]
    name = say.DEALS.format("WAVEBTC")
    alone = PushDataV3ApiWrapper(channel=name, sendTime=say.MS).SerializeToString() + UNKNOWN_BODY
    with pytest.raises(RemoteNonsense, match="without a trade"):
        parse(alone)
    inside = PushDataV3ApiWrapper.FromString(frame)
    inside.publicAggreDeals.MergeFromString(UNKNOWN_FIELD)
    assert parse(inside.SerializeToString()) == [trade("7X1")]


@pytest.mark.parametrize("frame", [one for one in say.FRAMES if isinstance(one, bytes)])
def test_a_frame_that_is_cut_is_blamed_or_read_and_never_kills(frame):
    """Every cut of every frame; the frames after it are read as ever."""
    session = open_session()
    for end in range(len(frame)):
        with suppress(RemoteNonsense):
            session.parse(frame[:end], SEEN)
    assert session.parse(say.top(), SEEN)


@pytest.mark.parametrize(
    "bad",
    [
        say.deals(),
        say.deals(say.deal(side=0)),
        say.deals(say.deal(side=3)),
        say.deals(say.deal(price="-1")),
        say.deals(say.deal(price="")),
        say.deals(say.deal(quantity="0")),
        say.deals(say.deal(quantity="inf")),
        say.deals(say.deal(price="1e400")),
        say.deals(say.deal(ms=0)),
        say.deals(say.deal(tradeId="7" * 65)),
        say.kline(lowestPrice=""),
        say.kline(volume="-1"),
        say.limit([("1", "1")], [], version=""),
        say.limit([("1", "1")], [], version="9" * 19),
        say.limit([("1", "1")], [], version="9" * 40),
        say.limit([("1", "-1")], []),
        b"\xff\xff\xff",
        b"",
    ],
)
def test_nonsense_is_blamed_in_few_words(bad):
    """Numbers that are none, sides there are not, bytes that are no message."""
    with pytest.raises(RemoteNonsense) as caught:
        parse(bad)
    assert len(str(caught.value)) < 500


def test_what_trails_after_an_unsubscribe_is_ignored():
    """And so is any other public stream that nobody asked for; a private one is blamed."""
    session = open_session()
    session.subscribe()
    session.update([Subscription("ticker", WAVE)])
    assert session.parse(say.deals(say.deal()), SEEN) == []
    assert session.parse(say.minis(say.row()), SEEN) != []
    with pytest.raises(RemoteNonsense, match="private"):
        session.parse(PushDataV3ApiWrapper(channel="spot@private.account.v3.api.pb").SerializeToString(), SEEN)
