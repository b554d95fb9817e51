"""Past minutes by REST, venue by venue: how they are asked for, and the row that each one really sends."""

import json

import pytest

from scanner.exchanges.base import RemoteNonsense, Request, Settings
from scanner.exchanges.candles import minute, past
from scanner.exchanges.refusal import TurnedAway
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle

SEEN = 1_790_000_000_200_000_000
"""14:13:20.2 UTC, so 14:13 still runs."""
RUNNING, LAST, BEFORE = 1_789_999_980, 1_789_999_920, 1_789_999_860
"""The starts of three minutes, in seconds."""
PRICES = 810.0, 813.0, 809.0, 812.0
WON = Instrument("WAVE", "KRW")
SPOT = Instrument("WAVE", "USDT")
PERPETUAL = Instrument("WAVE", "USDT", "perpetual")
TICKETS = ["upbit", "bithumb"]
KLINES = {"binance": SPOT, "binance-futures": PERPETUAL, "mexc": SPOT, "weex": SPOT, "weex-contract": PERPETUAL}


def candle(exchange, instrument, start, volume=77.5, turnover=62_900.25, bought=None):
    return Candle(exchange, instrument, start * 10**9, SEEN, 60, *PRICES, volume, turnover, bought)


def parse(exchange, instrument, said, seen=SEEN):
    return EXCHANGES[exchange].parse_candles(instrument, json.dumps(said).encode(), seen)


# ---- how they are asked for


@pytest.mark.parametrize(
    ("name", "instrument", "request_"),
    [
        (
            "upbit",
            WON,
            Request("https://api.upbit.com/v1/candles/minutes/1", {"market": "KRW-WAVE", "count": "200"}),
        ),
        (
            "bithumb",
            WON,
            Request("https://api.bithumb.com/v1/candles/minutes/1", {"market": "KRW-WAVE", "count": "200"}),
        ),
        (
            "binance",
            SPOT,
            Request(
                "https://api.binance.com/api/v3/klines", {"interval": "1m", "symbol": "WAVEUSDT", "limit": "361"}, 2
            ),
        ),
        (
            "binance-futures",
            PERPETUAL,
            Request(
                "https://fapi.binance.com/fapi/v1/klines", {"interval": "1m", "symbol": "WAVEUSDT", "limit": "361"}, 2
            ),
        ),
        (
            "okx",
            SPOT,
            Request("https://www.okx.com/api/v5/market/candles", {"instId": "WAVE-USDT", "bar": "1m", "limit": "300"}),
        ),
        (
            "mexc",
            SPOT,
            Request("https://api.mexc.com/api/v3/klines", {"symbol": "WAVEUSDT", "interval": "1m", "limit": "361"}),
        ),
        (
            "weex",
            SPOT,
            Request("https://api-spot.weex.com/api/v3/market/klines", {"interval": "1m", "symbol": "WAVEUSDT"}, 2),
        ),
        (
            "weex-contract",
            PERPETUAL,
            Request(
                "https://api-contract.weex.com/capi/v3/market/klines",
                {"interval": "1m", "symbol": "WAVEUSDT", "limit": "361"},
                1,
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_as_many_minutes_are_asked_for_as_are_wanted_and_one_answer_holds(name, instrument, request_):
    """And one more, for the newest still runs and is of no use; WEEX's spot house takes no number."""
    assert EXCHANGES[name].candles_request(instrument, Settings().warmup) == request_


def test_fewer_can_be_asked_for():
    """An hour, where an operator finds that enough."""
    assert EXCHANGES["upbit"].candles_request(WON, 60).params["count"] == "61"
    assert EXCHANGES["okx"].candles_request(SPOT, 60).params["limit"] == "61"


@pytest.mark.parametrize("name", ["mexc-futures", "coingecko"])
def test_who_has_none_is_not_asked(name):
    """And what comes all the same is blamed."""
    assert EXCHANGES[name].candles_request(PERPETUAL, 60) is None
    with pytest.raises(RemoteNonsense):
        parse(name, PERPETUAL, [])


# ---- what they mean


def ticket(text="2026-09-21T14:12:00", **more):
    return {
        "market": "KRW-WAVE",
        "candle_date_time_utc": text,
        "candle_date_time_kst": "2026-09-21T23:12:00",
        "opening_price": 810.0,
        "high_price": 813.0,
        "low_price": 809.0,
        "trade_price": 812.0,
        "timestamp": 1_789_999_978_697,
        "candle_acc_trade_price": 62_900.25,
        "candle_acc_trade_volume": 77.5,
        "unit": 1,
    } | more


@pytest.mark.parametrize("name", TICKETS)
def test_the_ticket_family_tells_the_newest_first_in_utc(name):
    """Also Bithumb, whose tickers run nine hours ahead; the running minute is left out, and a gap stays a gap."""
    told = [ticket("2026-09-21T14:13:00"), ticket(), ticket("2026-09-21T14:07:00", candle_acc_trade_price=8.1)]
    assert parse(name, WON, told) == [candle(name, WON, LAST - 300, turnover=8.1), candle(name, WON, LAST)]


@pytest.mark.parametrize(
    "more",
    [
        {"market": "KRW-REEF"},
        {"unit": 5},
        {"candle_date_time_utc": "2026-09-21T14:12:30"},
        {"candle_date_time_utc": "2026-09-21T14:12:00Z"},
        {"trade_price": 0},
        {"candle_acc_trade_price": "nan"},
        {"candle_acc_trade_volume": -1},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", TICKETS)
def test_a_bar_that_is_no_minute_of_this_market_is_left_out(name, more):
    """The others beside it are read; alone it is nonsense."""
    assert parse(name, WON, [ticket(**more), ticket()]) == [candle(name, WON, LAST)]
    with pytest.raises(RemoteNonsense):
        parse(name, WON, [ticket(**more)])


def test_an_error_of_the_ticket_family_is_told_in_its_own_words():
    """It may come under HTTP 200."""
    with pytest.raises(RemoteNonsense, match="404 Code not found"):
        parse("bithumb", WON, {"error": {"name": 404, "message": "Code not found"}})


def kline(start, *more, end=59_999):
    return [start * 1_000, "810.0", "813.0", "809.0", "812.0", "77.50", start * 1_000 + end, "62900.25", *more]


@pytest.mark.parametrize(("name", "instrument"), KLINES.items())
@pytest.mark.parametrize("newest_first", [False, True])
def test_klines_come_out_oldest_first_whichever_way_they_are_sorted(name, instrument, newest_first):
    """Volume in coins, turnover in the quote currency; the running minute is left out."""
    rows = [kline(BEFORE), kline(LAST), kline(RUNNING)]
    told = parse(name, instrument, rows[::-1] if newest_first else rows)
    assert told == [candle(name, instrument, BEFORE), candle(name, instrument, LAST)]


@pytest.mark.parametrize(("name", "instrument"), [(name, one) for name, one in KLINES.items() if name != "mexc"])
def test_what_takers_bought_is_told_where_the_venue_names_it(name, instrument):
    """The eleventh column; a rounding above the whole turnover is cut off, and a minute without buyers has 0."""
    rows = [
        kline(BEFORE, 14, "30.00", "24370.00", "0"),
        kline(LAST, 9, "77.50", "62900.26"),
        kline(LAST - 600, 2, "0", "0"),
    ]
    bought = [one.buy_turnover for one in parse(name, instrument, rows)]
    assert bought == [0.0, 24_370.0, 62_900.25]


def test_columns_that_are_never_filled_tell_nothing_of_sides():
    """No coin is only ever sold: whoever writes zeros everywhere does not know."""
    rows = [kline(BEFORE, 0, "0", "0"), kline(LAST, 0, "0", "0")]
    assert [one.buy_turnover for one in parse("weex", SPOT, rows)] == [None, None]


def test_a_missing_turnover_is_estimated():
    """All of the volume at the last price, as for MEXC's tickers; beyond all numbers it is nonsense."""
    bare = kline(LAST)[:7]
    assert parse("mexc", SPOT, [bare]) == [candle("mexc", SPOT, LAST, turnover=77.5 * 812.0)]
    assert parse("mexc", SPOT, [[*bare, None]]) == [candle("mexc", SPOT, LAST, turnover=77.5 * 812.0)]
    huge = [*bare[:4], "9e200", "9e200", bare[6]]
    with pytest.raises(RemoteNonsense, match="turnover of inf"):
        parse("mexc", SPOT, [huge])


def okx(*rows):
    return {"code": "0", "msg": "", "data": list(rows)}


def bar(start, confirm="1", **more):
    row = [str(start * 1_000), "810", "813", "809", "812", "77.5", "62900.25", "62900.25", confirm]
    for place, value in more.items():
        row[int(place.removeprefix("at"))] = value
    return row


def test_okx_says_itself_which_bar_is_final():
    """One that is not is left out, although by our clock it should be over; newest first becomes oldest first."""
    told = okx(bar(RUNNING, "0"), bar(LAST, "0"), bar(BEFORE), bar(BEFORE - 60)[:8])
    assert parse("okx", SPOT, told) == [candle("okx", SPOT, BEFORE - 60), candle("okx", SPOT, BEFORE)]


def test_okx_may_know_no_number_yet():
    """It writes an empty string, which spoils that bar only; the limit is refused in words."""
    assert parse("okx", SPOT, okx(bar(LAST, at2=""), bar(BEFORE))) == [candle("okx", SPOT, BEFORE)]
    with pytest.raises(TurnedAway):
        parse("okx", SPOT, {"code": "50011", "msg": "Too Many Requests", "data": []})


@pytest.mark.parametrize("name", [*TICKETS, *KLINES, "okx"])
def test_a_market_that_never_traded_has_no_minutes(name):
    """That is no fault."""
    empty = okx() if name == "okx" else []
    assert parse(name, KLINES.get(name, WON if name in TICKETS else SPOT), empty) == []


# ---- what all have in common


def test_a_minute_is_over_when_the_next_one_begins():
    """To the nanosecond, by our clock; told twice, the later telling counts."""
    first, again = candle("x", SPOT, LAST), candle("x", SPOT, LAST, turnover=9.0)
    end = (LAST + 60) * 10**9
    assert past([Candle("x", SPOT, LAST * 10**9, end, 60, *PRICES, 1.0, 1.0)]) != []
    assert past([Candle("x", SPOT, LAST * 10**9, end - 1, 60, *PRICES, 1.0, 1.0)]) == []
    assert past([first, again]) == [again]


def test_a_bar_starts_with_a_minute_in_any_unit():
    """Seconds, milliseconds, microseconds: digits tell; a second too late is another kind of bar."""
    for unit in (1, 10**3, 10**6):
        assert minute("x", SPOT, LAST * unit, SEEN, PRICES, (77.5, 62_900.25)) == candle("x", SPOT, LAST)
    with pytest.raises(RemoteNonsense, match="where no minute does"):
        minute("x", SPOT, LAST + 1, SEEN, PRICES, (1.0, 1.0))
