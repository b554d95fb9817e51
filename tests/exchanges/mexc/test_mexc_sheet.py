"""The fact sheet's own examples and byte vectors give exactly the values that the sheet states."""

import json
import re

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict

from scanner.exchanges.base import Accepted, Endpoint, RemoteNonsense, Settings
from scanner.exchanges.mexc.push_pb2 import PushDataV3ApiWrapper
from scanner.exchanges.mexc.session import MexcSession
from scanner.exchanges.mexc.spec import MEXC
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Channel, OrderBook, Subscription, Ticker, Trade

BTC = Instrument("BTC", "USDT")
SEEN = 7
VECTORS = ("deals", "depth", "limit", "book", "kline", "minis", "account")


@pytest.fixture(scope="module")
def sheet(shared):
    return (shared / "exchanges" / "mexc.md").read_text()


@pytest.fixture(scope="module")
def vectors(sheet):
    """Name → bytes, of section 1.6."""
    block = sheet.partition("### 1.6")[2].partition("```text\n")[2].partition("```")[0]
    return {name: bytes.fromhex(text) for name, text in (line.split() for line in block.splitlines())}


@pytest.fixture(scope="module")
def examples(sheet):
    """Every JSON example of the spot chapters that can be read, in order."""
    spot = sheet.partition("## 3. Futures")[0]
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", spot, re.DOTALL)]


def said(examples, body):
    return next(one for one in examples if isinstance(one, dict) and body in one)


def speak(channel: Channel, instrument=BTC, form="LIMIT"):
    """A session for one stream of it, whose name is put where the sheet's example has another level or zone."""
    session: MexcSession = MEXC.configured(Settings(format=form)).open(
        Endpoint(MEXC.ws_url, (Subscription(channel, instrument),))
    )
    return session


def renamed(message, channel):
    """The same message on the stream that the scanner asks for."""
    push = PushDataV3ApiWrapper()
    push.CopyFrom(message if isinstance(message, PushDataV3ApiWrapper) else ParseDict(message, PushDataV3ApiWrapper()))
    push.channel = channel
    return push.SerializeToString()


def test_there_is_a_vector_of_each_kind(vectors):
    """None is left unread below."""
    assert tuple(vectors) == VECTORS


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("deals", "publicAggreDeals"),
        ("depth", "publicAggreDepths"),
        ("limit", "publicLimitDepths"),
        ("book", "publicAggreBookTicker"),
        ("kline", "publicSpotKline"),
        ("account", "privateAccount"),
    ],
)
def test_a_vector_is_the_example_of_its_name(vectors, examples, name, body):
    """Both ways: the bytes give the JSON, and the JSON the bytes."""
    example = said(examples, body)
    message = PushDataV3ApiWrapper.FromString(vectors[name])
    as_json = MessageToDict(message)
    assert {key: int(as_json[key]) if "Time" in key else as_json[key] for key in example if key != body} == {
        key: value for key, value in example.items() if key != body
    }
    assert ParseDict(example, PushDataV3ApiWrapper()) == message
    assert message.SerializeToString(deterministic=True) == vectors[name]


def test_the_vector_of_trades(vectors):
    """One sale."""
    [trade] = speak("trade").parse(vectors["deals"], SEEN)
    expected = ("mexc", BTC, 1_736_409_765_051_000_000, SEEN)
    assert trade == Trade(*expected, "1736409765051-93220.0-0.04438243-sell-0", 93220.0, 0.04438243, "sell")


def test_the_vector_of_differences(vectors):
    """A level that goes and one that comes, between two versions."""
    session = speak("orderbook", form="AGGRE")
    [fetch] = session.parse(vectors["depth"], SEEN)
    body = b'{"lastUpdateId":43296363235,"bids":[],"asks":[["117145.49","1"],["117200","2"]]}'
    expected = OrderBook(
        *("mexc", BTC, 1_754_741_322_152_000_000, SEEN),
        *(((117053.41, 1.86837271),), ((117200.0, 2.0),), 43296363255),
    )
    assert session.parse_fetched(fetch.tag, body) == [expected]


def test_the_vector_of_a_whole_book(vectors):
    """Five levels were asked for there; the scanner asks for twenty, by another name."""
    session = speak("orderbook")
    assert session.parse(vectors["limit"], SEEN) == []
    message = PushDataV3ApiWrapper.FromString(vectors["limit"])
    told = session.parse(renamed(message, "spot@public.limit.depth.v3.api.pb@BTCUSDT@20"), SEEN)
    expected = (((93179.98, 2.82651),), ((93180.18, 0.21976424),), 36913565463)
    assert told == [OrderBook("mexc", BTC, 1_736_411_838_730_000_000, SEEN, *expected)]


def test_the_vector_of_a_top(vectors):
    """Best bid and ask."""
    expected = BookTop(*("mexc", BTC, 1_736_412_092_433_000_000, SEEN), (93387.28, 3.73485), (93387.29, 7.669875))
    assert speak("booktop").parse(vectors["book"], SEEN) == [expected]


def test_the_vector_of_a_bar(vectors):
    """Seconds become the same nanoseconds as milliseconds do."""
    expected = Candle(
        *("mexc", BTC, 1_754_737_920_000_000_000, SEEN, 60),
        *(117317.31, 117341.0, 117317.3, 117325.26, 3.12599854, 366804.43),
    )
    assert speak("candle").parse(vectors["kline"], SEEN) == [expected]


def test_the_vector_of_tickers(vectors):
    """`volume` is the turnover."""
    meta = Instrument("META", "USDT")
    expected = Ticker("mexc", meta, 1_755_076_614_201_000_000, SEEN, 0.055, 10764997.16, 814864.474)
    assert speak("ticker", meta).parse(vectors["minis"], SEEN) == [expected]


def test_the_vector_of_an_account_is_none_of_ours(vectors):
    """Private streams are read by the schema and by nobody else."""
    with pytest.raises(RemoteNonsense, match="private"):
        speak("ticker").parse(vectors["account"], SEEN)


def test_the_example_of_all_tickers_in_another_zone(examples):
    """A row's turnover is in its own quote coin."""
    crv = Instrument("CRV", "ETH")
    told = speak("ticker", crv).parse(
        renamed(said(examples, "publicMiniTickers"), "spot@public.miniTickers.v3.api.pb@24H"), SEEN
    )
    assert told == [Ticker("mexc", crv, 1_755_076_614_201_000_000, SEEN, 0.00022592, 4884456.998, 1062.48406269)]


@pytest.mark.parametrize("body", ["publicMiniTicker", "publicBookTickerBatch"])
def test_examples_of_streams_that_the_scanner_leaves_alone(examples, body):
    """They are in the schema, field by field."""
    example = said(examples, body)
    assert MessageToDict(ParseDict(example, PushDataV3ApiWrapper()))[body] == example[body]


def test_the_example_of_a_request(examples):
    """Ours look like it, but for the number."""
    example = next(one for one in examples if isinstance(one, dict) and one.get("method") == "SUBSCRIPTION")
    wanted = (Subscription("trade", BTC), Subscription("ticker", BTC))
    [frame] = MEXC.open(Endpoint(MEXC.ws_url, wanted)).subscribe()
    ours = json.loads(frame)
    assert ours.keys() == example.keys()
    assert (ours["method"], set(ours["params"])) == (example["method"], set(example["params"]))


def test_the_examples_of_replies(sheet):
    """Accepted, refused, PONG: read off the table."""
    replies = [json.loads(text) for text in re.findall(r'`(\{"id":\d+,"code":0,"msg":.*?\})`', sheet)]
    wanted = (Subscription("trade", BTC), Subscription("ticker", BTC))
    accepted = next(one for one in replies if one["msg"].startswith("spot@"))
    refused = next(one for one in replies if one["msg"].startswith("Not"))
    session = MEXC.open(Endpoint(MEXC.ws_url, wanted))
    session.subscribe()
    [told] = session.parse(json.dumps(accepted), SEEN)
    assert set(told.subscriptions) == set(wanted)
    assert session.parse(json.dumps(refused), SEEN) == [Accepted()]  # nobody asked for what it names
    assert {"PONG"} <= {one["msg"] for one in replies}


def test_the_examples_of_the_rest_side(examples):
    """Catalogue, tickers, a book, an error."""
    venue = MEXC.configured(Settings())
    listing = next(one for one in examples if isinstance(one, dict) and "symbols" in one)
    [market] = venue.parse_markets(json.dumps(listing).encode())
    assert (str(market.instrument), market.code, market.name) == ("BROCK/USDT", "BROCKUSDT", "Bitrock")
    assert not market.suspended
    venue.listed["BTCUSDT"] = BTC
    tickers = next(one for one in examples if isinstance(one, list))
    [ticker] = venue.parse_tickers(json.dumps(tickers).encode(), SEEN)
    expected = (1_641_349_582_808_000_000, SEEN, 46263.71, 1732.461487)
    assert ticker == Ticker("mexc", BTC, *expected, 1732.461487 * 46263.71)
    error = next(one for one in examples if isinstance(one, dict) and one.get("code") == 700002)
    with pytest.raises(RemoteNonsense, match="Signature for this request is not valid"):
        venue.parse_markets(json.dumps(error).encode())


def test_the_example_of_a_snapshot_is_crossed_and_never_shown(examples, vectors):
    """It is read all the same."""
    example = next(one for one in examples if isinstance(one, dict) and "lastUpdateId" in one)
    session = speak("orderbook", form="AGGRE")
    [fetch] = session.parse(vectors["depth"], SEEN)
    with pytest.raises(RemoteNonsense, match="older"):
        session.parse_fetched(fetch.tag, json.dumps(example).encode())
    assert session.parse_fetched(fetch.tag, json.dumps(example | {"lastUpdateId": 10**12}).encode()) == []
