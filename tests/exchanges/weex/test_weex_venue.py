"""WEEX: where it is, what it allows, its catalogue, and tickers by polling."""

import json

import pytest
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Poll, RemoteNonsense, Request, Settings, Window
from scanner.exchanges.registry import EXCHANGES
from scanner.exchanges.weex.spec import WEEX, WEEX_CONTRACT
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Subscription, Ticker
from tests.exchanges.venues import samples_of

SPOT, CONTRACT = samples_of(WEEX), samples_of(WEEX_CONTRACT)
SEEN = 1_790_000_000_200_000_000
WAVE = Instrument("WAVE", "BTC")
HOSTS = {"weex": "spot", "weex-contract": "contract"}


@pytest.mark.parametrize("venue", [WEEX, WEEX_CONTRACT], ids=lambda venue: venue.name)
def test_it_is_where_its_third_protocol_is(venue):
    """The second one is dead; the host tells coins from contracts."""
    host = HOSTS[venue.name]
    assert venue.ws_url == f"wss://ws-{host}.weex.com/v3/ws/public"
    assert venue.rest_url == f"https://api-{host}.weex.com"
    assert EXCHANGES[venue.name] is venue


def test_contracts_take_part_when_they_are_named():
    """Spot takes part wherever it lists a wanted market."""
    assert WEEX.by_default
    assert not WEEX_CONTRACT.by_default
    assert WEEX.channels - WEEX_CONTRACT.channels == {"booktop"}


def test_its_limits_are_those_of_its_sheet():
    """Twenty connections of a hundred streams; what a message may not do is change too much within an hour."""
    limits = WEEX.limits
    assert limits.connects == (Window(300, 300.0),)
    assert limits.requests == (Window(500, 10.0),)
    assert (limits.connections, limits.streams_per_connection, limits.trades_top) == (20, 100, 500)
    assert limits.operations[0].seconds == 3600
    assert limits.block_s == 10


@pytest.mark.parametrize(("venue", "weight"), [(WEEX, 2), (WEEX_CONTRACT, 40)], ids=["spot", "contract"])
def test_tickers_are_polled_all_in_one_call(venue, weight):
    """Every two seconds, as soon as one is wanted; no connection is spent on them."""
    kind = venue.dialect.kind
    wanted = [Subscription("ticker", Instrument(f"C{n}", "USDT", kind)) for n in range(3)]
    path = venue.dialect.rest.tickers.path
    assert venue.polls(wanted) == [Poll("tickers", Request(venue.rest_url + path, {}, weight), 2.0)]
    assert venue.polls([Subscription("trade", wanted[0].instrument)]) == []
    assert venue.stream_of(wanted[0]) == ""
    assert venue.plan(wanted) == []
    [endpoint] = venue.plan([*wanted, Subscription("trade", wanted[0].instrument)])
    assert endpoint == Endpoint(venue.ws_url, (Subscription("trade", wanted[0].instrument),))


def listing(*pairs):
    """A venue whose catalogue lists these."""
    venue = WEEX.configured(Settings())
    rows = [{"symbol": base + quote, "baseAsset": base, "quoteAsset": quote} for base, quote in pairs]
    venue.parse_markets(json.dumps({"symbols": rows}).encode())
    return venue


def test_a_poll_tells_tickers_in_our_own_time():
    """The answer's only times are edges of a window that moves in steps of minutes."""
    venue = listing(("WAVE", "BTC"))
    told = venue.parse_polled("tickers", SPOT.TICKERS.encode(), SEEN)
    assert told == [Ticker("weex", WAVE, SEEN, SEEN, 8.12e-6, 12345.5, 0.0987)]
    assert venue.parse_tickers(SPOT.TICKERS.encode(), SEEN) == told
    with pytest.raises(RemoteNonsense, match="not polled"):
        WEEX.parse_polled("weather", SPOT.TICKERS.encode(), SEEN)


def row(symbol, price="1.5"):
    return {"symbol": symbol, "lastPrice": price, "volume": "10", "quoteVolume": "15"}


def test_a_tickers_symbol_is_looked_up_and_never_cut():
    """What has never traded, and what is not listed, is left out, though it ends like a quote."""
    rows = [row("USDTBTC"), row("BTCUSDT"), row("海龟USDT"), row("WAVEUSDT"), row("REEFUSDT", "0")]
    venue = listing(("USDT", "BTC"), ("BTCU", "SDT"), ("海龟", "USDT"), ("REEF", "USDT"))
    told = venue.parse_tickers(json.dumps(rows).encode(), SEEN)
    assert [str(one.instrument) for one in told] == ["USDT/BTC", "BTCU/SDT", "海龟/USDT"]
    assert listing().parse_tickers(json.dumps(rows).encode(), SEEN) == []


def test_the_catalogue_tells_who_is_not_traded_just_now():
    """Base and quote are the venue's own words; a market is halted by status or by switch."""
    assert WEEX.parse_markets(SPOT.MARKETS.encode()) == [
        Market(WAVE, "WAVEBTC"),
        Market(Instrument("REEF", "USDT"), "REEFUSDT", suspended=True),
        Market(Instrument("海龟", "USDT"), "海龟USDT", suspended=True),
    ]
    assert WEEX.markets_request() == Request("https://api-spot.weex.com/api/v3/exchangeInfo", weight=20)


def test_the_catalogue_of_contracts_leaves_stocks_out():
    """`TRADIFI_PERPETUAL` is no coin; contracts have no status."""
    assert WEEX_CONTRACT.parse_markets(CONTRACT.MARKETS.encode()) == [
        Market(Instrument("WAVE", "USDT", "perpetual"), "WAVEUSDT")
    ]


def test_a_row_that_cannot_be_read_is_left_out():
    """One bad row spoils nothing; nothing but bad rows is nonsense, and an error body is quoted."""
    good = {"symbol": "WAVEBTC", "baseAsset": "WAVE", "quoteAsset": "BTC"}
    bad = [{"symbol": "WAVEBTC"}, {**good, "symbol": "SEABTC"}, {**good, "baseAsset": ""}, 7]
    assert [one.code for one in WEEX.parse_markets(json.dumps({"symbols": [*bad, good]}).encode())] == ["WAVEBTC"]
    with pytest.raises(RemoteNonsense):
        WEEX.parse_markets(json.dumps({"symbols": bad}).encode())
    for parse in (WEEX.parse_markets, lambda body: WEEX.parse_tickers(body, SEEN)):
        with pytest.raises(RemoteNonsense, match="refused with -1142 Parameter 'symbol' is invalid"):
            parse(SPOT.ERROR.encode())
        with pytest.raises(RemoteNonsense, match="refused with 40020"):
            parse(b'{"code":"40020","msg":"no","requestTime":1790000000000,"data":null}')


def test_recent_trades_come_oldest_first():
    """With ids of the socket's kind and the taker's side; an empty answer is no trade."""
    told = WEEX.parse_trades(WAVE, SPOT.RECENT.encode(), SEEN)
    assert [(one.at // 1_000_000, one.id[:8], one.side, one.size) for one in told] == [
        (1790000000098, "e1c9d0a2", "sell", 3.0),
        (1790000000112, "0b6f0c4e", "buy", 40.25),
    ]
    assert WEEX.parse_trades(WAVE, b"[]", SEEN) == []
    params = {"symbol": "WAVEBTC", "limit": "500"}
    assert WEEX.trades_request(WAVE) == Request("https://api-spot.weex.com/api/v3/market/trades", params, 25)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"region": "kr"}, "region = 'kr': expected nothing"),
        ({"format": "SIMPLE"}, "format = 'SIMPLE': expected nothing"),
        ({"streams_per_connection": 101}, "streams_per_connection = 101: expected a whole number up to 100"),
        ({"poll": 0.01}, "poll = 0.01: expected at least 0.08 s"),
        ({"ws_url": "https://venue"}, "ws_url = 'https://venue': expected an address that starts with ws://"),
        ({"rest_url": "venue"}, "rest_url = 'venue': expected an address that starts with http://"),
    ],
)
def test_settings_that_make_no_sense_here_are_refused(settings, message):
    """The sentence names the key, the value and what was expected."""
    with pytest.raises(ValueError, match=r"exchanges\.weex\.") as error:
        WEEX.configured(Settings(**settings))
    assert message in str(error.value)


def test_settings_turn_what_can_be_turned():
    """Addresses with their paths, streams, how many trades are worth one, and the pace of the poll."""
    venue = WEEX.configured(
        Settings(rest_url="http://venue/", ws_url="ws://venue/a/b", streams_per_connection=7, trades_top=9, poll=5.0)
    )
    [poll] = venue.polls([Subscription("ticker", WAVE)])
    assert (poll.every_s, poll.request.url) == (5.0, "http://venue/api/v3/market/ticker/24hr")
    [endpoint] = venue.plan([Subscription("trade", WAVE)])
    assert endpoint.url == "ws://venue/a/b"
    assert (venue.limits.streams_per_connection, venue.limits.trades_top) == (7, 9)
    assert WEEX.configured(Settings()) == replace(WEEX, listed={})
    with pytest.raises(ValueError, match=r"at least 1\.6 s"):
        WEEX_CONTRACT.configured(Settings(poll=1.0))
