"""Binance: where it is, what it allows, what an operator may turn, and its REST side."""

import json

import pytest
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, RemoteNonsense, Request, Settings, Window
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, Market, Subscription, Ticker, Trade

WAVE = Instrument("WAVE", "USDT")
SEEN = 1_790_000_000_200_000_000
REST = "https://api.binance.com/api/v3"


def row(symbol="WAVEUSDT", base="WAVE", quote="USDT", **more):
    return {"symbol": symbol, "status": "TRADING", "baseAsset": base, "quoteAsset": quote, "filters": []} | more


def markets(*rows, exchange=BINANCE):
    return exchange.parse_markets(json.dumps({"timezone": "UTC", "symbols": list(rows)}).encode())


def price(symbol="WAVEUSDT", **more):
    numbers = {"lastPrice": "0.81250000", "volume": "12345.50000000", "quoteVolume": "9876.54325000"}
    return {"symbol": symbol, **numbers, "openTime": 1789913600160, "closeTime": 1790000000160, "count": 3} | more


def test_it_is_where_its_documents_say():
    """The world's site, on combined streams, in microseconds."""
    assert BINANCE.rest_url == "https://api.binance.com"
    assert BINANCE.ws_url == "wss://stream.binance.com:9443/stream?timeUnit=MICROSECOND"
    assert BINANCE.quotes >= {"USDT", "BTC", "USDC", "FDUSD", "ETH", "BNB", "TRY", "EUR"}
    assert BINANCE.channels == set(CHANNELS)
    assert BINANCE.by_default


@pytest.mark.parametrize(
    ("region", "rest", "socket"),
    [
        ("global", "api.binance.com", "stream.binance.com:9443"),
        ("data", "data-api.binance.vision", "data-stream.binance.vision"),
        ("US", "api.binance.us", "stream.binance.us:9443"),
    ],
)
def test_a_region_changes_hosts(region, rest, socket):
    """Public data without the trading site, or a house of its own."""
    regional = BINANCE.configured(Settings(region=region))
    assert regional.markets_request().url == f"https://{rest}/api/v3/exchangeInfo"
    [endpoint] = regional.plan([Subscription("trade", WAVE)])
    assert endpoint.url.startswith(f"wss://{socket}/stream")
    assert ("USD" in regional.quotes) == (region == "US")


def test_its_limits_are_those_of_its_documents_with_room_to_spare():
    """Five messages in any second with pings and pongs among them, 6,000 a minute by REST, a day for a connection."""
    limits = BINANCE.limits
    assert limits.connects == (Window(300, 300.0),)
    assert limits.requests == (Window(4800, 60.0),)
    assert limits.lifetime_s == 24 * 3600
    [window] = limits.messages
    most_in_a_second = int(1.0 / window.seconds * window.count) + window.count
    own_ping_and_pong = 2
    assert most_in_a_second + own_ping_and_pong <= 5


def test_a_connection_carries_what_one_message_can_name_and_never_more_than_the_venue_allows():
    """200 by default, up to 1,024 when told so; all tickers together are one stream."""
    wanted = [Subscription(channel, Instrument(f"C{n}", "USDT")) for channel in ("ticker", "trade") for n in range(400)]
    plan = BINANCE.plan(wanted)
    assert [len({BINANCE.stream_of(one) for one in each.subscriptions}) for each in plan] == [134, 134, 133]
    assert len(BINANCE.configured(Settings(streams_per_connection=1_024)).plan(wanted)) == 1
    for endpoint in plan:
        assert len(BINANCE.open(endpoint).subscribe()) == 1


def test_without_settings_nothing_changes():
    """Empty means the venue's own; and settings never pile up."""
    turned = BINANCE.configured(Settings(ws_url="ws://127.0.0.1:82/stream", streams_per_connection=7))
    again = turned.configured(Settings())
    assert (again.rest_url, again.ws_url, again.limits) == (BINANCE.rest_url, BINANCE.ws_url, BINANCE.limits)


def test_addresses_can_be_pointed_elsewhere():
    """The path is the operator's too; a slash at the end of the REST side makes no difference."""
    elsewhere = BINANCE.configured(Settings(rest_url="http://127.0.0.1:81/", ws_url="ws://127.0.0.1:82/ws"))
    assert elsewhere.markets_request().url == "http://127.0.0.1:81/api/v3/exchangeInfo"
    [endpoint] = elsewhere.plan([Subscription("orderbook", WAVE)])
    assert endpoint.url == "ws://127.0.0.1:82/ws"
    frame = '{"e":"depthUpdate","E":1790000000100,"s":"WAVEUSDT","U":1,"u":1,"b":[],"a":[]}'
    [fetch] = elsewhere.open(endpoint).parse(frame, SEEN)
    assert fetch.request.url == "http://127.0.0.1:81/api/v3/depth"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("region", "mars", "one of global, data, us"),
        ("format", "SIMPLE", "nothing"),
        ("poll", 5.0, "nothing"),
        ("rest_url", "ftp://host", "an address that starts with http:// or https://"),
        ("ws_url", "https://host", "an address that starts with ws:// or wss://"),
        ("streams_per_connection", 1_025, "a whole number up to 1024, or 0 for the default"),
        ("streams_per_connection", -1, "a whole number up to 1024"),
    ],
)
def test_a_wrong_value_is_told_with_key_value_and_what_was_expected(key, value, expected):
    """One sentence that mends the configuration."""
    with pytest.raises(ValueError, match=rf"^exchanges\.binance\.{key} = {value!r}: expected {expected}"):
        BINANCE.configured(Settings(**{key: value}))


def test_a_credential_in_a_wrong_address_is_not_repeated():
    """It may reach a log."""
    with pytest.raises(ValueError, match="wss://host:0") as refusal:
        BINANCE.configured(Settings(ws_url="wss://user:s3cret@host:0/?token=s3cret"))
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("wanted", [Subscription("trade", Instrument("WAVE", "USDT", "perpetual"))])
def test_what_it_does_not_list_is_refused(wanted):
    """Perpetuals are another house's."""
    for refuse in (lambda: BINANCE.plan([wanted]), lambda: BINANCE.open(Endpoint("wss://venue", (wanted,)))):
        with pytest.raises(ValueError, match="binance has no WAVE/USDT:USDT: it lists spot markets only"):
            refuse()


# ---- the catalogue


def test_the_catalogue_is_asked_for_without_its_ballast():
    """Who may trade what is most of the answer."""
    expected = Request(f"{REST}/exchangeInfo", {"showPermissionSets": "false"}, weight=20)
    assert BINANCE.markets_request() == expected


def test_base_and_quote_are_the_venues_own_fields():
    """A glued symbol can be cut in more than one way, so it is never cut."""
    assert markets(row("1INCHBTC", "1INCH", "BTC"), row("波浪USDT", "波浪"), row("USDTTRY", "USDT", "TRY")) == [
        Market(Instrument("1INCH", "BTC"), "1INCHBTC"),
        Market(Instrument("波浪", "USDT"), "波浪USDT"),
        Market(Instrument("USDT", "TRY"), "USDTTRY"),
    ]


@pytest.mark.parametrize("status", ["BREAK", "HALT", "END_OF_DAY", "CANCEL_ONLY", "INVENTED_TOMORROW"])
def test_a_market_that_does_not_trade_is_suspended(status):
    """Its stream just goes silent; the catalogue is the only one that says so."""
    assert markets(row(status=status)) == [Market(WAVE, "WAVEUSDT", suspended=True)]


def test_tokens_of_funds_are_suspended():
    """They have a status, but no spot trading."""
    assert [each.suspended for each in markets(row(isSpotTradingAllowed=False), row(isSpotTradingAllowed=True))] == [
        True,
        False,
    ]


def test_a_market_of_another_name_is_left_out():
    """Its streams would be asked for by a name that it does not have, acknowledged, and silent for ever."""
    assert [market.code for market in markets(row(), row("WAVEUSDT_261225"))] == ["WAVEUSDT"]


def test_a_row_that_cannot_be_read_does_not_hide_the_others():
    """One listing of a new kind must not blind the scanner; when nothing can be read, the first row is shown."""
    odd, odder = {"symbol": "ODD"}, row(quote=7)
    assert [market.code for market in markets(odd, row(), odder, 5, None)] == ["WAVEUSDT"]
    with pytest.raises(RemoteNonsense, match="ODD"):
        markets(odd, odder)
    assert markets() == []


@pytest.mark.parametrize(
    "parse",
    [
        BINANCE.parse_markets,
        lambda body: BINANCE.parse_tickers(body, SEEN),
        lambda body: BINANCE.parse_trades(WAVE, body, SEEN),
    ],
    ids=["markets", "tickers", "trades"],
)
def test_an_error_in_place_of_an_answer_is_told_in_its_own_words(parse):
    """And what is not even JSON is shown."""
    with pytest.raises(RemoteNonsense, match="refused with -1003 Way too many requests"):
        parse(b'{"code":-1003,"msg":"Way too many requests; IP banned until 1790000120000."}')
    with pytest.raises(RemoteNonsense, match="<html>"):
        parse(b"<html><h1>403 Forbidden</h1></html>")


# ---- prices


@pytest.mark.parametrize(
    ("count", "weight", "named"), [(1, 2, True), (20, 2, True), (21, 40, True), (100, 40, True), (101, 80, False)]
)
def test_prices_are_asked_for_in_one_call_at_the_lowest_weight(count, weight, named):
    """Few markets are named; for many, all are cheaper."""
    listed = [Market(Instrument(f"C{n}", "USDT"), f"C{n}USDT") for n in range(count)]
    [request] = BINANCE.tickers_requests(listed)
    assert (request.url, request.weight, request.params["type"]) == (f"{REST}/ticker/24hr", weight, "MINI")
    assert ("symbols" in request.params) == named
    if named:
        assert json.loads(request.params["symbols"]) == [market.code for market in listed]


def test_nothing_is_asked_about_nothing():
    """No market, no call."""
    assert BINANCE.tickers_requests([]) == []


def test_a_price_is_read_as_far_as_the_catalogue_knows_its_market():
    """The answer names markets by their glued codes; the last catalogue says what they are."""
    venue = BINANCE.configured(Settings())
    body = json.dumps([price(), price("UNHEARDUSDT"), price("NEWUSDT", lastPrice="0.00000000")]).encode()
    assert venue.parse_tickers(body, SEEN) == []
    markets(row(), row("NEWUSDT", "NEW"), exchange=venue)
    expected = Ticker("binance", WAVE, 1790000000160000000, SEEN, 0.8125, 12345.5, 9876.54325)
    assert venue.parse_tickers(body, SEEN) == [expected]
    markets(row("NEWUSDT", "NEW"), exchange=venue)
    assert venue.parse_tickers(body, SEEN) == []


# ---- past trades


def test_past_trades_bear_the_ids_of_the_socket():
    """Aggregates, oldest first, so that what was missed is told by what is known."""
    request = Request(f"{REST}/aggTrades", {"limit": "1000", "symbol": "WAVEUSDT"}, weight=4)
    assert BINANCE.trades_request(WAVE) == request
    rows = [
        {"a": 9, "p": "0.81", "q": "4", "f": 1, "l": 1, "T": 1790000000050, "m": False, "M": True},
        {"a": 10, "p": "0.82", "q": "5", "f": 2, "l": 4, "T": 1790000000112, "m": True, "M": True},
    ]
    assert BINANCE.parse_trades(WAVE, json.dumps(rows).encode(), SEEN) == [
        Trade("binance", WAVE, 1790000000050000000, SEEN, "9", 0.81, 4.0, "buy"),
        Trade("binance", WAVE, 1790000000112000000, SEEN, "10", 0.82, 5.0, "sell"),
    ]
    assert BINANCE.parse_trades(WAVE, b"[]", SEEN) == []


def test_nothing_is_polled():
    """All that there is comes by socket."""
    assert BINANCE.polls([Subscription("ticker", WAVE)]) == []
    with pytest.raises(RemoteNonsense, match="Binance is not polled"):
        BINANCE.parse_polled("tickers", b"[]", SEEN)


def test_the_american_house_is_asked_less():
    """It has limits of its own, and so little is known of them that we keep to the oldest; the rest is the same."""
    american = BINANCE.configured(Settings(region="us", trades_top=7)).limits
    assert american == replace(BINANCE.limits, requests=(Window(960, 60.0),), trades_top=7)
    for region in ("global", "data"):
        assert BINANCE.configured(Settings(region=region)).limits == BINANCE.limits
