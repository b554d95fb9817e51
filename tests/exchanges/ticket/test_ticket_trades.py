"""The newest trades by REST, asked for after a hole in the stream."""

import json

import pytest

from scanner.exchanges.base import Endpoint, RemoteNonsense, Request
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription, Trade

VENUES = ["upbit", "bithumb"]
WAVE = Instrument("WAVE", "KRW")
SEEN = 1_790_000_000_200_000_000


def row(**more):
    return {
        "market": "KRW-WAVE",
        "trade_date_utc": "2026-09-21",
        "trade_time_utc": "14:13:20",
        "timestamp": 1790000000112,
        "trade_price": 812.5,
        "trade_volume": 40.25,
        "prev_closing_price": 800.0,
        "change_price": -12.5,
        "ask_bid": "BID",
        "sequential_id": 17900000001120003,
    } | more


def read(venue, *rows):
    return EXCHANGES[venue].parse_trades(WAVE, json.dumps(rows).encode(), SEEN)


def numbered(*ids, **more):
    return [row(sequential_id=one, **more) for one in ids]


@pytest.mark.parametrize(
    ("venue", "host"), [("upbit", "https://api.upbit.com"), ("bithumb", "https://api.bithumb.com")]
)
def test_as_many_are_asked_for_as_one_answer_holds(venue, host):
    """Five hundred, of one market, in the venue's code."""
    assert EXCHANGES[venue].trades_request(WAVE) == Request(
        f"{host}/v1/trades/ticks", {"market": "KRW-WAVE", "count": "500"}
    )


@pytest.mark.parametrize("venue", VENUES)
def test_a_trade_is_read_as_the_socket_would_have_told_it(venue):
    """Same time, price, size and taker; `backfilled` is for whoever asked to say."""
    bought = Trade(venue, WAVE, 1_790_000_000_112_000_000, SEEN, "17900000001120003", 812.5, 40.25, "buy")
    assert read(venue, row()) == [bought]
    [sold] = read(venue, row(ask_bid="ASK"))
    assert sold.side == "sell"


@pytest.mark.parametrize("venue", VENUES)
def test_the_oldest_comes_first(venue):
    """The venue lists the newest first; trades of one moment keep its order, and stragglers find their place."""
    early, late = row(timestamp=1790000000100, sequential_id=1), row(timestamp=1790000000150, sequential_id=9)
    assert [trade.id for trade in read(venue, *numbered(5, 4, 3), early, late)] == ["1", "3", "4", "5", "9"]


@pytest.mark.parametrize("venue", VENUES)
def test_a_market_without_trades_is_no_fault(venue):
    """A coin that was listed a minute ago."""
    assert read(venue) == []


@pytest.mark.parametrize(
    "more",
    [
        {"trade_price": 0},
        {"trade_price": "nan"},
        {"trade_volume": 0},
        {"trade_volume": None},
        {"ask_bid": "MID"},
        {"timestamp": 12},
        {"sequential_id": ""},
        {"sequential_id": None},
        {"market": "KRW-REEF"},
    ],
    ids=str,
)
@pytest.mark.parametrize("venue", VENUES)
def test_a_trade_that_cannot_be_true_is_left_out(venue, more):
    """The others stand; when there are no others, the venue is blamed with what it sent."""
    assert [trade.id for trade in read(venue, row(**more), row())] == ["17900000001120003"]
    with pytest.raises(RemoteNonsense, match="KRW-"):
        read(venue, row(**more))


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("name", [404, '"Code not found"'])
def test_a_refusal_is_told_in_the_venue_s_own_words(venue, name):
    """A market that is gone, say, under HTTP 200."""
    body = f'{{"error":{{"name":{name},"message":"Code not found"}}}}'.encode()
    with pytest.raises(RemoteNonsense, match="Code not found"):
        EXCHANGES[venue].parse_trades(WAVE, body, SEEN)


def test_upbit_numbers_a_trade_once():
    """What came by socket and what is asked for afterwards can be told to be the same by its id."""
    frame = (
        '{"ty":"trade","cd":"KRW-WAVE","ttms":1790000000112,"tp":812.5,"tv":40.25,"ab":"BID",'
        '"sid":17900000001120003,"st":"REALTIME"}'
    )
    session = EXCHANGES["upbit"].open(Endpoint("wss://venue", (Subscription("trade", WAVE),)))
    assert session.parse(frame, SEEN) == read("upbit", row())


def test_bithumb_numbers_trades_anew_and_not_apart():
    """Trades of one millisecond share an id there: all of them are passed on, and none is taken for another."""
    same = numbered(17900000001120000, 17900000001120000)
    first, second = read("bithumb", *same)
    assert first.id == second.id == "17900000001120000"


def test_bithumb_s_trades_are_not_nine_hours_ahead():
    """Its tickers are; a trade whose epoch is later than its written time is taken at its epoch all the same."""
    [trade] = read("bithumb", row(timestamp=1790000000112 + 9 * 3600 * 1000))
    assert trade.at == (1790000000112 + 9 * 3600 * 1000) * 1_000_000
