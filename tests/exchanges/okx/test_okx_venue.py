"""OKX: where it is, what it allows, how its streams are spread, its catalogue, its prices and its past trades."""

import json
import re

import pytest

from scanner.exchanges.base import Endpoint, RemoteNonsense, Request, Settings, Window
from scanner.exchanges.okx.spec import OKX
from scanner.exchanges.refusal import TurnedAway
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Subscription, Ticker, Trade
from tests.exchanges.conversations import wants

WAVE, REEF = Instrument("WAVE", "USDT"), Instrument("REEF", "BTC")
SEEN = 1_790_000_000_200_000_000
MARKET = {
    "instType": "SPOT",
    "instId": "WAVE-USDT",
    "baseCcy": "WAVE",
    "quoteCcy": "USDT",
    "state": "live",
    "listTime": "1606468572000",
    "expTime": "",
    "tickSz": "0.0001",
    "instCategory": "1",
}
PRICE = {"instType": "SPOT", "instId": "WAVE-USDT", "last": "0.6125", "vol24h": "160.5", "volCcy24h": "98.25"}
PRICE |= {"ts": "1790000000112", "askPx": "", "bidPx": ""}


def answer(*rows, code="0", msg=""):
    return json.dumps({"code": code, "msg": msg, "data": rows}).encode()


def coins(count):
    return [Instrument(f"C{n}", "USDT") for n in range(count)]


# ---- where it is


@pytest.mark.parametrize(
    ("region", "rest", "socket"),
    [("", "www", "ws"), ("global", "www", "ws"), ("EEA", "eea", "wseea"), ("us", "us", "wsus")],
)
def test_a_region_changes_its_hosts(region, rest, socket):
    """Same paths; each has a host for REST and another for its sockets."""
    regional = OKX.configured(Settings(region=region))
    assert regional.rest_url == f"https://{rest}.okx.com"
    assert regional.ws_url == f"wss://{socket}.okx.com:8443/ws/v5/public"
    assert regional.markets_request().url == f"https://{rest}.okx.com/api/v5/public/instruments"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"region": "kr"}, r"okx\.region = 'kr': expected one of global, eea, us"),
        ({"format": "books50"}, r"okx\.format = 'books50': expected one of books, books5"),
        ({"streams_per_connection": -1}, r"okx\.streams_per_connection = -1: expected"),
        ({"rest_url": "ftp://venue"}, r"okx\.rest_url = 'ftp://venue': expected"),
        ({"ws_url": "wss://venue"}, r"okx\.ws_url = 'wss://venue': expected an address that ends in /public"),
        ({"ws_url": "wss://me:secret@venue/x"}, r"okx\.ws_url = 'wss://venue'"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, said):
    """Key, value, and what was expected; never a password."""
    with pytest.raises(ValueError, match=said):
        OKX.configured(Settings(**settings))


def test_its_limits_are_those_of_its_documents():
    """Three connects a second, 480 changes an hour on a connection, 20 calls in two seconds."""
    limits = OKX.limits
    assert limits.connects == (Window(3, 1.0),)
    assert limits.operations == (Window(480, 3600.0),)
    assert limits.requests == (Window(20, 2.0),)
    assert limits.trades_top == 0
    assert OKX.quotes >= {"USDT", "BTC"}


# ---- how its streams are spread


def test_candles_have_a_socket_of_their_own_and_deep_books_a_connection():
    """The venue refuses a channel on the wrong socket, and advises to keep deep books few."""
    plan = OKX.plan(wants(WAVE, REEF))
    assert {(one.url.rpartition("/")[2], frozenset(each.channel for each in one.subscriptions)) for one in plan} == {
        ("business", frozenset({"candle"})),
        ("public", frozenset({"orderbook"})),
        ("public", frozenset({"ticker", "trade", "booktop"})),
    }


def test_small_books_go_with_the_rest():
    """Five levels are no heavier than a ticker."""
    plan = OKX.configured(Settings(format="books5")).plan(wants(WAVE, REEF))
    assert {(one.url.rpartition("/")[2], len(one.subscriptions)) for one in plan} == {("public", 8), ("business", 2)}


def test_connections_are_as_few_as_their_limits_allow():
    """Fewer than 30 deep books on one, a few hundred of the rest."""
    deep = OKX.plan(wants(*coins(100), channels=["orderbook"]))
    assert [len(endpoint.subscriptions) for endpoint in deep] == [25] * 4
    light = OKX.plan(wants(*coins(350), channels=["trade"]))
    assert [len(endpoint.subscriptions) for endpoint in light] == [175, 175]
    few = OKX.configured(Settings(streams_per_connection=10))
    assert [len(endpoint.subscriptions) for endpoint in few.plan(wants(*coins(20), channels=["orderbook"]))] == [10, 10]


def test_a_simulated_venue_has_both_sockets():
    """The second address is made from the first, wherever that is."""
    simulated = OKX.configured(Settings(ws_url="ws://127.0.0.1:9000/ws/v5/public"))
    urls = {endpoint.url for endpoint in simulated.plan(wants(WAVE))}
    assert urls == {"ws://127.0.0.1:9000/ws/v5/public", "ws://127.0.0.1:9000/ws/v5/business"}


def test_a_stream_is_named_as_the_venue_names_it():
    """As it stands in a request."""
    assert OKX.stream_of(Subscription("booktop", WAVE)) == '{"channel":"bbo-tbt","instId":"WAVE-USDT"}'
    small = OKX.configured(Settings(format="books5"))
    assert small.stream_of(Subscription("orderbook", WAVE)) == '{"channel":"books5","instId":"WAVE-USDT"}'


def test_what_it_does_not_have_is_refused():
    """A perpetual, and a channel that nobody has."""
    swap = Subscription("trade", Instrument("WAVE", "USDT", "perpetual"))
    session = OKX.open(Endpoint(OKX.ws_url))
    for attempt in (
        lambda: OKX.plan([swap]),
        lambda: OKX.open(Endpoint(OKX.ws_url, (swap,))),
        lambda: session.update([swap]),
    ):
        with pytest.raises(ValueError, match="okx has no WAVE/USDT:USDT"):
            attempt()
    with pytest.raises(ValueError, match="okx has no channel 'weather'"):
        OKX.plan([Subscription("weather", WAVE)])


# ---- its catalogue


def test_the_catalogue_is_asked_for_at_once():
    """All spot markets, of all quotes."""
    assert OKX.markets_request() == Request("https://www.okx.com/api/v5/public/instruments", {"instType": "SPOT"})


def test_a_market_is_read_from_its_own_fields():
    """Base and quote as the venue says them."""
    assert OKX.parse_markets(answer(MARKET)) == [Market(WAVE, "WAVE-USDT")]


@pytest.mark.parametrize("state", ["suspend", "preopen", "test", "rebase", "post_only", "settling", "invented"])
def test_what_is_not_live_is_suspended(state):
    """It stays in the catalogue, for it may come back."""
    [market] = OKX.parse_markets(answer(MARKET | {"state": state}))
    assert market.suspended


def test_an_announced_end_is_read():
    """`expTime` is set as soon as it is announced."""
    [market] = OKX.parse_markets(answer(MARKET | {"expTime": "1790600000000"}))
    assert market.delists_at == 1_790_600_000_000_000_000


@pytest.mark.parametrize("category", ["3", "4", "5", "6"])
def test_only_coins_are_taken(category):
    """No stocks, metals, currencies or bonds; before there were categories all were coins."""
    assert OKX.parse_markets(answer(MARKET | {"instCategory": category})) == []
    old = {key: value for key, value in MARKET.items() if key != "instCategory"}
    assert OKX.parse_markets(answer(old)) == OKX.parse_markets(answer(MARKET | {"instCategory": ""}))


@pytest.mark.parametrize(
    "change", [{"baseCcy": ""}, {"state": None}, {"instId": "WAVES-USDT"}, {"expTime": "soon"}, {"expTime": "9" * 19}]
)
def test_a_row_that_cannot_be_read_does_not_hide_the_others(change):
    """And when none can, the first one is shown."""
    assert len(OKX.parse_markets(answer(MARKET | change, MARKET))) == 1
    with pytest.raises(RemoteNonsense):
        OKX.parse_markets(answer(MARKET | change))


@pytest.mark.parametrize("parse", [OKX.parse_markets, lambda body: OKX.parse_tickers(body, SEEN)])
def test_an_error_under_http_200_is_told_in_its_own_words(parse):
    """The code in the body is what counts."""
    with pytest.raises(RemoteNonsense, match="refused with 51001 Instrument ID does not exist") as error:
        parse(answer(code="51001", msg="Instrument ID does not exist"))
    assert not isinstance(error.value, TurnedAway)


@pytest.mark.parametrize("code", ["50001", "50011", "50013"])
@pytest.mark.parametrize("parse", [OKX.parse_markets, lambda body: OKX.parse_tickers(body, SEEN)])
def test_an_error_that_asks_us_to_wait_is_a_refusal(parse, code):
    """It is no nonsense, and it does not last; its words stay short."""
    with pytest.raises(TurnedAway, match=f"refused with {code} Not now") as error:
        parse(answer(code=code, msg="Not now" * 100))
    assert not error.value.lasting
    assert len(str(error.value)) < 300


def test_the_sheets_catalogue_is_read(shared):
    """Its example: a live market of coins, without an end."""
    text = (shared / "exchanges" / "okx.md").read_text()
    line = next(line for line in text.splitlines() if line.startswith('{"code":"0"') and "baseCcy" in line)
    [row] = json.loads(line)["data"]
    instrument = Instrument(row["baseCcy"], row["quoteCcy"])
    assert OKX.parse_markets(line.encode()) == [Market(instrument, row["instId"])]
    [table] = re.findall(r"\| state \| (.*?) \|", text)
    states = set(re.findall(r"`(\w+)`", table))
    listed = OKX.parse_markets(answer(*({**row, "state": state} for state in sorted(states))))
    assert [market.suspended for market in listed] == [state != "live" for state in sorted(states)]


# ---- its prices


def test_all_prices_come_in_one_call():
    """However many markets; none for none."""
    assert OKX.tickers_requests([Market(WAVE, "WAVE-USDT"), Market(REEF, "REEF-BTC")]) == [
        Request("https://www.okx.com/api/v5/market/tickers", {"instType": "SPOT"})
    ]
    assert OKX.tickers_requests([]) == []


def test_a_price_is_read_with_its_totals_and_its_own_time():
    """An answer may come from an older cache than the one before: its time is the venue's."""
    assert OKX.parse_tickers(answer(PRICE), SEEN) == [
        Ticker("okx", WAVE, 1_790_000_000_112_000_000, SEEN, 0.6125, volume_24h=160.5, turnover_24h=98.25)
    ]


def test_markets_without_a_price_are_left_out():
    """Listed and not yet traded; and whatever is no spot market."""
    rows = [
        PRICE | {"last": ""},
        PRICE | {"instId": "WAVE-USDT-SWAP"},
        PRICE | {"instId": "WAVE"},
        PRICE | {"last": "0"},
    ]
    assert len(OKX.parse_tickers(answer(*rows, PRICE), SEEN)) == 1
    assert OKX.parse_tickers(answer(PRICE | {"last": ""}), SEEN) == []
    with pytest.raises(RemoteNonsense):
        OKX.parse_tickers(answer(*rows[1:]), SEEN)


def test_nothing_is_polled():
    """All of it has a stream."""
    assert OKX.polls(wants(WAVE)) == []
    with pytest.raises(RemoteNonsense):
        OKX.parse_polled("tickers", b"[]", SEEN)


# ---- its past trades


def piece(number, ts=1_790_000_000_112, px="0.6125", sz="1", side="buy", **more):
    row = {"instId": "WAVE-USDT", "tradeId": str(number), "px": px, "sz": sz, "side": side, "ts": str(ts)}
    return {**row, "source": "0", **more}


def past(*pieces):
    """What the venue's answer gives, which tells the newest first."""
    return [(one.id, one.size) for one in OKX.parse_trades(WAVE, answer(*reversed(pieces)), SEEN)]


def test_past_trades_are_asked_for_as_many_as_there_are():
    """The newest 500 of one market."""
    assert OKX.trades_request(WAVE) == Request(
        "https://www.okx.com/api/v5/market/trades", {"instId": "WAVE-USDT", "limit": "500"}
    )


def test_past_trades_come_oldest_first():
    """As they happened, whole."""
    body = answer(piece(8, ts=1_790_000_000_300, side="sell"), piece(7))
    assert OKX.parse_trades(WAVE, body, SEEN) == [
        Trade("okx", WAVE, 1_790_000_000_112_000_000, SEEN, "7", 0.6125, 1.0, "buy"),
        Trade("okx", WAVE, 1_790_000_000_300_000_000, SEEN, "8", 0.6125, 1.0, "sell"),
    ]


def test_pieces_of_one_order_are_joined_as_on_the_socket():
    """Equal time, side and price in a row: the last id, and the sum as a decimal."""
    assert past(piece(1, sz="0.1"), piece(2, sz="0.2")) == [("2", 0.3)]
    assert past(piece(1, sz="3.3"), piece(2, sz="480.1"), piece(3, sz="0.07")) == [("3", 483.47)]


@pytest.mark.parametrize(
    "other", [{"ts": 1_790_000_000_113}, {"px": "0.6126"}, {"side": "sell"}, {"source": "1"}], ids=str
)
def test_pieces_of_different_orders_are_not(other):
    """Another time, price, side or kind of maker; and what is not in a row."""
    assert past(piece(1), piece(2, **other)) == [("1", 1.0), ("2", 1.0)]
    assert past(piece(1), piece(2, **other), piece(3)) == [("1", 1.0), ("2", 1.0), ("3", 1.0)]


def test_a_piece_that_cannot_be_read_does_not_hide_the_others():
    """Nor one whose numbers do not apply."""
    assert past(piece(1), piece(2, px="-1"), piece(3, sz=""), piece(4, ts=1_790_000_000_500)) == [
        ("1", 1.0),
        ("4", 1.0),
    ]
    assert past() == []
    with pytest.raises(RemoteNonsense):
        past(piece(2, px="-1"))
