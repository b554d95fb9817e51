"""Each message the venues of the ticket family send, beside the event it becomes."""

import pytest

from scanner.exchanges.base import Endpoint, RemoteNonsense, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, OrderBook, Ticker, Trade

SEEN = 1_790_000_000_200_000_000
WAVE = Instrument("WAVE", "KRW")

LONG_TRADE = (
    '{"type":"trade","code":"KRW-WAVE","timestamp":1790000000153,"trade_date":"2026-09-21","trade_time":"14:13:20",'
    '"trade_timestamp":1790000000112,"trade_price":812.5,"trade_volume":40.25,"ask_bid":"BID","prev_closing_price":800.0,'
    '"change":"RISE","change_price":12.5,"sequential_id":17900000001120003,"best_ask_price":813,"best_ask_size":7,'
    '"best_bid_price":812.5,"best_bid_size":0.5,"stream_type":"REALTIME"}'
)
SHORT_TRADE = (
    '{"ty":"trade","cd":"KRW-WAVE","tms":1790000000153,"td":"2026-09-21","ttm":"14:13:20","ttms":1790000000112,'
    '"tp":812.5,"tv":40.25,"ab":"BID","pcp":800.0,"c":"RISE","cp":12.5,"sid":17900000001120003,"st":"REALTIME"}'
)
LONG_BOOK = (
    '{"type":"orderbook","code":"KRW-WAVE","timestamp":1790000000100,"total_ask_size":30.5,"total_bid_size":9,'
    '"orderbook_units":[{"ask_price":813.0,"bid_price":812,"ask_size":10.5,"bid_size":4},'
    '{"ask_price":814.0,"bid_price":811,"ask_size":20,"bid_size":5.0}],"stream_type":"SNAPSHOT","level":0}'
)
SHORT_BOOK = (
    '{"ty":"orderbook","cd":"KRW-WAVE","tms":1790000000100,"tas":30.5,"tbs":9,"obu":[{"ap":813.0,"bp":812,"as":10.5,'
    '"bs":4},{"ap":814.0,"bp":811,"as":20,"bs":5.0}],"st":"REALTIME","lv":0}'
)
LONG_TICKER = (
    '{"type":"ticker","code":"KRW-WAVE","opening_price":790,"high_price":820,"low_price":780,"trade_price":812.5,'
    '"prev_closing_price":800,"acc_trade_price":5000000,"change":"RISE","change_price":12.5,"signed_change_price":12.5,'
    '"change_rate":0.015625,"signed_change_rate":0.015625,"ask_bid":"BID","trade_volume":40.25,"acc_trade_volume":6000,'
    '"trade_date":"20260921","trade_time":"141320","trade_timestamp":1790000000112,"acc_ask_volume":2500,'
    '"acc_bid_volume":3500,"highest_52_week_price":900,"highest_52_week_date":"2026-03-01","lowest_52_week_price":300,'
    '"lowest_52_week_date":"2026-01-02","market_state":"ACTIVE","is_trading_suspended":false,"delisting_date":null,'
    '"market_warning":"NONE","timestamp":1790000000160,"acc_trade_price_24h":9876543.25,"acc_trade_volume_24h":12345.5,'
    '"stream_type":"REALTIME"}'
)
SHORT_TICKER = (
    '{"ty":"ticker","cd":"KRW-WAVE","op":790,"hp":820,"lp":780,"tp":812.5,"pcp":800,"atp":5000000,"c":"RISE","cp":12.5,'
    '"scp":12.5,"cr":0.015625,"scr":0.015625,"ab":"BID","tv":40.25,"atv":6000,"tdt":"20260921","ttm":"141320",'
    '"ttms":1790000000112,"aav":2500,"abv":3500,"h52wp":900,"h52wdt":"2026-03-01","l52wp":300,"l52wdt":"2026-01-02",'
    '"ms":"ACTIVE","its":false,"dd":null,"mw":"NONE","tms":1790000000160,"atp24h":9876543.25,"atv24h":12345.5,'
    '"st":"SNAPSHOT"}'
)
LONG_CANDLE = (
    '{"type":"candle.1m","code":"KRW-WAVE","candle_date_time_utc":"2026-09-21T14:13:00",'
    '"candle_date_time_kst":"2026-09-21T23:13:00","opening_price":810.0,"high_price":813.0,"low_price":809.5,'
    '"trade_price":812.5,"candle_acc_trade_volume":77.5,"candle_acc_trade_price":62900.25,"timestamp":1790000000112,'
    '"stream_type":"REALTIME"}'
)
SHORT_CANDLE = (
    '{"ty":"candle.1m","cd":"KRW-WAVE","cdttmu":"2026-09-21T14:13:00","cdttmk":"2026-09-21T23:13:00","op":810.0,'
    '"hp":813.0,"lp":809.5,"tp":812.5,"catv":77.5,"catp":62900.25,"tms":1790000000112,"st":"SNAPSHOT"}'
)


def trade(venue):
    at = 1_790_000_000_112_000_000
    return Trade(venue, WAVE, at, SEEN, id="17900000001120003", price=812.5, size=40.25, side="buy")


def book(venue):
    bids, asks = ((812.0, 4.0), (811.0, 5.0)), ((813.0, 10.5), (814.0, 20.0))
    return OrderBook(venue, WAVE, 1_790_000_000_100_000_000, SEEN, bids=bids, asks=asks)


def ticker(venue):
    at = 1_790_000_000_160_000_000
    return Ticker(venue, WAVE, at, SEEN, price=812.5, volume_24h=12345.5, turnover_24h=9876543.25)


def candle(venue):
    at = 1_789_999_980_000_000_000
    return Candle(
        venue,
        WAVE,
        at,
        SEEN,
        interval_s=60,
        open=810.0,
        high=813.0,
        low=809.5,
        close=812.5,
        volume=77.5,
        turnover=62900.25,
    )


MESSAGES = {
    "trade": (LONG_TRADE, SHORT_TRADE, trade),
    "orderbook": (LONG_BOOK, SHORT_BOOK, book),
    "ticker": (LONG_TICKER, SHORT_TICKER, ticker),
    "candle": (LONG_CANDLE, SHORT_CANDLE, candle),
}
INTERVALS = {"1s": 1, "1m": 60, "3m": 180, "5m": 300, "10m": 600, "15m": 900, "30m": 1800, "60m": 3600, "240m": 14400}
WRAPPED = {
    "DEFAULT": lambda long, _short: long,
    "SIMPLE": lambda _long, short: short,
    "JSON_LIST": lambda long, _short: f"[{long}]",
    "SIMPLE_LIST": lambda _long, short: f"[{short}]",
}
CHANNELS = [(venue, channel) for venue in ("upbit", "bithumb") for channel in sorted(EXCHANGES[venue].channels)]


def session(venue, form=""):
    return EXCHANGES[venue].configured(Settings(format=form)).open(Endpoint("wss://venue"))


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "text"])
@pytest.mark.parametrize("form", WRAPPED)
@pytest.mark.parametrize(("venue", "channel"), CHANNELS)
def test_each_message_becomes_its_event_in_every_format_and_frame_kind(venue, channel, form, binary):
    """Whatever format was asked for: what arrives is read for what it is, alone or in an array."""
    long, short, expected = MESSAGES[channel]
    text = WRAPPED[form](long, short)
    frame = text.encode() if binary else text
    for asked in ("DEFAULT", "SIMPLE"):
        assert session(venue, asked).parse(frame, SEEN) == [expected(venue)]


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_a_change_of_spelling_in_mid_stream_is_followed(venue):
    """A list of subscriptions, asked for in another format, switches the running streams to it, and back."""
    conversation = session(venue)
    for frame in (SHORT_TRADE, LONG_TRADE, LONG_TRADE, SHORT_TRADE, f"[{LONG_TRADE}]", SHORT_TRADE):
        assert conversation.parse(frame, SEEN) == [trade(venue)]


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_an_array_may_hold_anything_in_any_number(venue):
    """One to n messages, of mixed channels, spellings and kinds; each gives its own results, in order."""
    mixed = f'[{SHORT_TRADE}, {LONG_BOOK},{{"status":"UP"}},\n{SHORT_TICKER}]'
    kinds = [type(result).__name__ for result in session(venue).parse(mixed, SEEN)]
    assert kinds == ["Trade", "OrderBook", "Accepted", "Ticker"]
    assert session(venue).parse(f"[{SHORT_TRADE},{SHORT_BOOK}]", SEEN) == [trade(venue), book(venue)]
    assert session(venue).parse("[]", SEEN) == []


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_the_past_trade_of_a_snapshot_is_no_news(venue):
    """After every (re)subscribe the latest past trade is told again: it must not count as a new one."""
    conversation = session(venue)
    assert conversation.parse(SHORT_TRADE.replace("REALTIME", "SNAPSHOT"), SEEN) == []
    assert conversation.parse(LONG_TRADE.replace("REALTIME", "SNAPSHOT"), SEEN) == []
    assert conversation.parse(SHORT_TRADE, SEEN) == [trade(venue)]


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("42", 42.0),
        ("42.00000000", 42.0),
        ("9.9E-7", 9.9e-7),
        ("6E-8", 6e-8),
        ("5.485e-05", 5.485e-5),
        ('"812.5"', 812.5),
        ('"8.428e-05"', 8.428e-5),
    ],
)
def test_a_number_may_be_written_in_any_way(written, price):
    """Integers, trailing zeros, exponents and numbers in quotes all occur."""
    [event] = session("upbit").parse(SHORT_TRADE.replace('"tp":812.5', f'"tp":{written}'), SEEN)
    assert event.price == price


@pytest.mark.parametrize(
    "written",
    [
        "0",
        "-1",
        "0.0",
        '"nan"',
        '"NaN"',
        '"inf"',
        "1e400",
        "NaN",
        "Infinity",
        "null",
        "true",
        '"many"',
        "[]",
        "{}",
        '""',
    ],
)
@pytest.mark.parametrize("key", ["tp", "tv"])
def test_a_price_or_size_that_is_none_never_becomes_a_trade(key, written):
    """A NaN once silenced a symbol without an error: nothing but a finite number above zero gets through."""
    value = {"tp": "812.5", "tv": "40.25"}[key]
    broken = SHORT_TRADE.replace(f'"{key}":{value}', f'"{key}":{written}')
    assert broken != SHORT_TRADE
    with pytest.raises(RemoteNonsense):
        session("upbit").parse(broken, SEEN)


@pytest.mark.parametrize(
    "stamp", ["-1790000000112", "0", "1", "9223372036854775808", "1e30", "99999999999999999999999", '"soon"', "null"]
)
@pytest.mark.parametrize(("frame", "key"), [(SHORT_TRADE, "ttms"), (SHORT_BOOK, "tms"), (SHORT_TICKER, "tms")])
def test_an_absurd_time_is_nonsense(frame, key, stamp):
    """Negative, beyond 64 bits, or in no unit that makes it a time of our age."""
    before, _, after = frame.partition(f'"{key}":')
    with pytest.raises(RemoteNonsense):
        session("upbit").parse(f'{before}"{key}":{stamp}{after[13:]}', SEEN)


@pytest.mark.parametrize("start", ['"yesterday"', '"0001-01-01T00:00:00"', '"9999-12-31T23:59:59"', "-5", "null", "{}"])
def test_a_candle_without_a_sensible_start_is_nonsense(start):
    """The start of a bar is its identity."""
    with pytest.raises(RemoteNonsense):
        session("upbit").parse(SHORT_CANDLE.replace('"2026-09-21T14:13:00"', start, 1), SEEN)


@pytest.mark.parametrize(
    "code", ["krw-wave", "KRWWAVE", "KRW-", "-WAVE", "KRW-WAVE.15", "KRW-WA VE", "", "KRW-" + "W" * 500]
)
def test_an_unreadable_code_is_nonsense(code):
    """Codes are upper case letters and digits around one dash."""
    with pytest.raises(RemoteNonsense):
        session("upbit").parse(SHORT_TRADE.replace("KRW-WAVE", code), SEEN)


def test_a_code_nobody_subscribed_to_is_read_all_the_same():
    """Whether it is wanted is for others to say; and digits may lead a name."""
    [event] = session("upbit").parse(SHORT_TRADE.replace("KRW-WAVE", "BTC-1INCH"), SEEN)
    assert event.instrument == Instrument("1INCH", "BTC")


def test_a_venue_that_invents_codes_does_not_fill_our_memory():
    """Every code is read, but only a bounded number is remembered."""
    conversation = session("upbit")
    for number in range(5000):
        [event] = conversation.parse(SHORT_TRADE.replace("KRW-WAVE", f"KRW-W{number}"), SEEN)
        assert event.instrument.base == f"W{number}"
    assert len(conversation._instruments) == 4096


def test_deprecated_fields_may_vanish_and_new_ones_appear():
    """Only what an event is made of is needed; order does not matter."""
    lean = (
        '{"tms":1790000000160,"atv24h":12345.5,"new":{"a":[1]},"tp":812.5,"atp24h":9876543.25,'
        '"cd":"KRW-WAVE","ty":"ticker"}'
    )
    assert session("upbit").parse(lean, SEEN) == [ticker("upbit")]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        "",
        b"\xff\xfe",
        b'{"ty":"trade","cd":"\xff"}',
        '{"ty":"trade","cd":"\ud800"}',
        "PING",
        "null",
        "17",
        '"UP"',
        "{}",
        SHORT_TRADE[:-1],
        SHORT_TRADE + "}",
        "[" + SHORT_TRADE,
        "[[" + SHORT_TRADE + "]]",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"ty":"' + "x" * 5000 + '"}',
        '{"ty":"myOrder"}',
        '{"type":7}',
        '{"status":"DOWN"}',
        '{"ty":"candle.2m"}',
        "[1]",
        "[null]",
        SHORT_TRADE.replace('"BID"', '"MID"'),
        SHORT_TRADE.replace('"BID"', "1"),
        SHORT_TRADE.replace("17900000001120003", "null"),
        SHORT_TRADE.replace("17900000001120003", "[]"),
        SHORT_TRADE.replace("17900000001120003", '""'),
        SHORT_TRADE.replace('"pcp"', '"p\xffcp"').encode("latin-1"),
    ],
)
@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_garbage_is_blamed_on_the_venue_with_a_short_sample(venue, frame):
    """One precise error, whose text is fit for one log line however large or strange the frame was."""
    with pytest.raises(RemoteNonsense) as error:
        session(venue).parse(frame, SEEN)
    assert len(str(error.value)) <= 2 * 200 + 2
    assert str(error.value).isprintable()


def test_the_sample_shows_how_the_frame_began():
    """Whoever reads the log sees what was sent."""
    with pytest.raises(RemoteNonsense, match=r"ask_bid|`\$\.ab`") as error:
        session("upbit").parse(SHORT_TRADE.replace('"BID"', '"MID"'), SEEN)
    assert '{"ty":"trade","cd":"KRW-WAVE"' in str(error.value)


def test_candles_are_read_in_every_interval():
    """The interval is in the type's name."""
    for unit, seconds in INTERVALS.items():
        [event] = session("upbit").parse(SHORT_CANDLE.replace("candle.1m", f"candle.{unit}"), SEEN)
        assert event.interval_s == seconds


def test_the_last_state_of_a_window_is_told_as_often_as_it_comes():
    """The same window comes many times; whoever keeps candles lets the last one win by (interval, at)."""
    conversation = session("upbit")
    [first] = conversation.parse(SHORT_CANDLE, SEEN)
    [second] = conversation.parse(SHORT_CANDLE.replace('"tp":812.5', '"tp":813.0'), SEEN)
    assert (first.at, first.interval_s) == (second.at, second.interval_s)
    assert second.close == 813.0
