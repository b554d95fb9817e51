"""Binance's payloads, each beside the event that it means, and the oddities that they come with."""

import json

import pytest

from scanner.exchanges.base import Endpoint, Nonsense, RemoteNonsense, Retiring
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, BookTop, Candle, Subscription, Ticker, Trade

SEEN = 1_790_000_000_200_000_000
WAVE = Instrument("WAVE", "USDT")
EVERYTHING = tuple(Subscription(channel, WAVE) for channel in CHANNELS)

TRADE = {
    "e": "aggTrade",
    "E": 1790000000153,
    "s": "WAVEUSDT",
    "a": 70015234,
    "p": "0.81250000",
    "q": "40.25000000",
    "f": 90017601,
    "l": 90017603,
    "T": 1790000000112,
    "m": False,
    "M": True,
}
TOP = {"u": 7100400, "s": "WAVEUSDT", "b": "0.81200000", "B": "4.00000000", "a": "0.81300000", "A": "10.50000000"}
BAR = {
    "t": 1789999980000,
    "T": 1790000039999,
    "s": "WAVEUSDT",
    "i": "1m",
    "f": 90017590,
    "L": 90017603,
    "o": "0.81000000",
    "c": "0.81250000",
    "h": "0.81300000",
    "l": "0.80950000",
    "v": "77.50000000",
    "n": 14,
    "x": False,
    "q": "62.90025000",
    "V": "30.00000000",
    "Q": "24.37000000",
    "B": "0",
}
TICKER = {
    "e": "24hrMiniTicker",
    "E": 1790000000160,
    "s": "WAVEUSDT",
    "c": "0.81250000",
    "o": "0.79000000",
    "h": "0.81500000",
    "l": "0.78025000",
    "v": "12345.50000000",
    "q": "9876.54325000",
}


def session(*subscriptions):
    return BINANCE.open(Endpoint("wss://venue/stream", subscriptions or EVERYTHING))


def wrapped(stream, payload):
    return json.dumps({"stream": stream, "data": payload}, ensure_ascii=False)


def parse(stream, payload):
    return session().parse(wrapped(stream, payload), SEEN)


def trade(**more):
    return parse("waveusdt@aggTrade", TRADE | more)


def tickers(*rows):
    return parse("!miniTicker@arr", list(rows))


def test_a_trade_is_read():
    """Of a whole taker's order at one price, under the aggregate's id and at the time of the trade."""
    expected = Trade("binance", WAVE, 1790000000112000000, SEEN, "70015234", 0.8125, 40.25, "buy")
    assert trade() == [expected]
    assert session().parse(wrapped("waveusdt@aggTrade", TRADE).encode(), SEEN) == [expected]


def test_a_buyer_who_was_the_maker_means_that_the_taker_sold():
    """`m` is about the buyer, the side is the taker's."""
    assert [one.side for one in trade(m=True) + trade(m=False)] == ["sell", "buy"]


def test_the_best_prices_bear_our_time_because_they_bear_none():
    """No type and no time: the name of the stream tells what it is."""
    expected = BookTop("binance", WAVE, SEEN, SEEN, (0.812, 4.0), (0.813, 10.5))
    assert parse("waveusdt@bookTicker", TOP) == [expected]


@pytest.mark.parametrize("empty", [{"b": "0.00000000", "B": "0.00000000"}, {"a": "0.00000000", "A": "0.00000000"}])
def test_an_empty_side_is_no_top(empty):
    """A market that is halted has such a book: nothing to tell, and nothing wrong."""
    assert parse("waveusdt@bookTicker", TOP | empty) == []


def test_crossed_best_prices_are_nonsense():
    """They never leave the worker."""
    with pytest.raises(RemoteNonsense, match="crossed"):
        parse("waveusdt@bookTicker", TOP | {"b": "0.81300000"})


def test_a_candle_is_read():
    """It bears the start of its minute; volumes are in base and in quote, and what takers bought is told."""
    prices = 0.81, 0.813, 0.8095, 0.8125
    expected = Candle("binance", WAVE, 1789999980000000000, SEEN, 60, *prices, 77.5, 62.90025, buy_turnover=24.37)
    payload = {"e": "kline", "E": 1790000000153, "s": "WAVEUSDT", "k": BAR}
    assert parse("waveusdt@kline_1m", payload) == [expected]
    untraded = payload | {"k": BAR | {"f": -1, "L": -1, "n": 0}}
    assert parse("waveusdt@kline_1m", untraded) == [expected]


def test_a_ticker_is_read_from_among_all():
    """The venue tells all markets that changed; those that nobody asked about are passed over."""
    other = TICKER | {"s": "REEFUSDT"}
    expected = Ticker("binance", WAVE, 1790000000160000000, SEEN, 0.8125, 12345.5, 9876.54325)
    assert tickers(other, TICKER) == [expected]
    assert tickers(other) == []


def test_a_symbol_in_any_script_is_a_symbol():
    """They come unasked, and can be asked for."""
    coin = Instrument("波浪", "USDT")
    row = TICKER | {"s": "波浪USDT"}
    assert tickers(row, TICKER) == tickers(TICKER)
    chinese = session(Subscription("ticker", coin), Subscription("trade", coin))
    [said] = chinese.subscribe()
    assert "波浪usdt@aggTrade" in said
    [ticker] = chinese.parse(wrapped("!miniTicker@arr", [TICKER, row]), SEEN)
    assert ticker.instrument == coin
    [heard] = chinese.parse(wrapped("波浪usdt@aggTrade", TRADE | {"s": "波浪USDT"}).encode(), SEEN)
    assert heard.instrument == coin


@pytest.mark.parametrize("bad", [{"c": "much"}, {"v": "-1"}, {"E": None}, {"E": 12}, {"s": 7}])
def test_one_bad_ticker_does_not_hide_the_others(bad):
    """A frame tells hundreds of markets; one of a new kind must not blind the scanner, and is counted."""
    *told, torn = tickers(TICKER | bad, TICKER)
    assert told == tickers(TICKER)
    assert isinstance(torn, Nonsense)
    with pytest.raises(RemoteNonsense):
        tickers(TICKER | bad)


def test_a_market_that_never_traded_has_no_price_to_tell():
    """Zero is no price, but nothing is wrong with it; an open of zero is nobody's business here."""
    assert tickers(TICKER | {"c": "0.00000000"}) == []
    assert len(tickers(TICKER | {"o": "0"})) == 1


def test_eight_decimals_are_read_exactly():
    """The smallest price that can be written, and a size beyond a billion."""
    [one] = trade(p="0.00000001", q="92233720368.54775807")
    assert (one.price, one.size) == (1e-08, 92233720368.54776)


@pytest.mark.parametrize("stamp", [1790000000112, 1790000000112000])
def test_milliseconds_and_microseconds_are_the_same_moment(stamp):
    """The address asks for microseconds; a recording, or another site, answers in milliseconds all the same."""
    assert trade(T=stamp)[0].at == 1790000000112000000


def test_microseconds_are_kept():
    """They are what the address asks for them for."""
    assert trade(T=1790000000112345)[0].at == 1790000000112345000


@pytest.mark.parametrize("stamp", [0, -1, 1790000000, 17, 86400000, 2**63, "soon", None])
def test_a_time_of_another_age_is_nonsense(stamp):
    """Neither milliseconds nor microseconds of our days, and never guessed. Seconds alone are told by their digits."""
    if stamp == 1790000000:
        assert trade(T=stamp)[0].at == stamp * 10**9
        return
    with pytest.raises(RemoteNonsense):
        trade(T=stamp)


@pytest.mark.parametrize("number", ["0", "-1", "nan", "inf", "-Infinity", "1e400", "", "1,5", None, [], "0.00000000"])
@pytest.mark.parametrize("key", ["p", "q"])
def test_a_number_that_is_none_is_nonsense(key, number):
    """Neither a price nor a size."""
    with pytest.raises(RemoteNonsense):
        trade(**{key: number})


def test_keys_that_are_new_are_skipped():
    """Some appear every year."""
    assert trade(st=1, nq="0", X={"deep": [1, 2]}) == trade()


def test_a_stream_nobody_asks_for_is_nonsense():
    """The rolling windows, the day's long ticker, the single trades: none is ever subscribed."""
    for stream, payload in (("!ticker_1h@arr", [TICKER | {"e": "1hTicker"}]), ("waveusdt@avgPrice", {"e": "avgPrice"})):
        with pytest.raises(RemoteNonsense):
            parse(stream, payload)


@pytest.mark.parametrize("payload", [TRADE, TOP, TICKER, {"e": "kline", "s": "WAVEUSDT", "k": BAR}])
def test_payloads_that_come_bare_are_read_alike(payload):
    """An operator's address may end in `/ws`, where nothing is wrapped."""
    streams = {"aggTrade": "aggTrade", "kline": "kline_1m", "24hrMiniTicker": "arr"}
    stream = f"waveusdt@{streams.get(payload.get('e'), 'bookTicker')}"
    bare = session().parse(json.dumps(payload), SEEN)
    assert bare == parse(stream, [payload] if stream.endswith("arr") else payload)
    assert len(bare) == 1


def test_a_bare_list_is_all_tickers():
    """The same as the wrapped one."""
    assert session().parse(json.dumps([TICKER]), SEEN) == tickers(TICKER)
    assert session().parse(json.dumps([TICKER]).encode(), SEEN) == tickers(TICKER)


@pytest.mark.parametrize(
    "frame",
    [
        '{"e":"serverShutdown","E":1790000000200}',
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1790000000200}}',
    ],
)
def test_a_server_that_stops_says_so(frame):
    """In both wrappings and unasked: time for a successor."""
    assert session().parse(frame, SEEN) == [Retiring("serverShutdown")]


def test_blame_shows_what_was_sent():
    """Cut to what a log can bear."""
    with pytest.raises(RemoteNonsense, match="waveusdt@aggTrade") as blame:
        parse("waveusdt@aggTrade", TRADE | {"p": "much" * 1000})
    assert len(str(blame.value)) < 500


def test_a_frame_of_all_tickers_is_read_however_long():
    """Three thousand markets are above 300 KB, bare or wrapped."""
    rows = [TICKER | {"s": f"C{n}USDT"} for n in range(3_000)]
    subscription = Subscription("ticker", Instrument("C2999", "USDT"))
    conversation = BINANCE.open(Endpoint(BINANCE.ws_url, (subscription,)))
    for frame in (json.dumps(rows), wrapped("!miniTicker@arr", rows)):
        assert len(frame) > 300_000
        [told] = conversation.parse(frame, SEEN)
        assert told.instrument.base == "C2999"
