"""MEXC's futures: JSON whose sizes are contracts, on a socket that confirms without saying what."""

import gzip
import json
import re

import pytest

from scanner.exchanges.base import (
    Accepted,
    Endpoint,
    Fetch,
    Nonsense,
    Rejected,
    RemoteNonsense,
    Request,
    Settings,
    Window,
)
from scanner.exchanges.mexc.futures.frames import MOST_UNZIPPED
from scanner.exchanges.mexc.futures.spec import MEXC_FUTURES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Market, OrderBook, Subscription, Ticker, Trade
from tests.exchanges import conversations
from tests.exchanges.venues import samples_of

say = samples_of(MEXC_FUTURES)

WAVE, BTC, ETH = (Instrument(*pair, "perpetual") for pair in (("WAVE", "USD1"), ("BTC", "USDT"), ("ETH", "USDT")))
SEEN = 1_790_000_000_200_000_000
MS = 1_790_000_000_112
TICKERS, DEALS, BOOK, DEAL, KLINE = say.FRAMES[:5]
ASKED = [Fetch(Request("https://api.mexc.com/api/v1/contract/detail", weight=25), "contracts")]


def wants(*instruments):
    return conversations.wants(*instruments, channels=sorted(MEXC_FUTURES.channels))


def open_session(*instruments, sizes=None):
    session = conversations.opened(MEXC_FUTURES, *wants(*instruments or (WAVE,)))
    if sizes:
        rows = [{"symbol": code, "contractSize": size} for code, size in sizes.items()]
        session.parse_fetched("contracts", json.dumps({"success": True, "data": rows}).encode())
    return session


@pytest.fixture
def session():
    return open_session(sizes={"WAVE_USD1": 10})


def trade(number, price=0.5825, size=40.0, side="buy"):
    return Trade("mexc-futures", WAVE, MS * 1_000_000, SEEN, f"{MS}-{price}-{size}-{side}-{number}", price, size, side)


def deals(*rows):
    return json.dumps({"channel": "push.deal", "symbol": "WAVE_USD1", "data": rows, "ts": None})


def test_it_is_asked_for_by_name_only():
    """Perpetuals are another market than the one that most people mean."""
    assert not MEXC_FUTURES.by_default
    assert (MEXC_FUTURES.rest_url, MEXC_FUTURES.ws_url) == ("https://api.mexc.com", "wss://contract.mexc.com/edge")
    assert MEXC_FUTURES.channels == {"ticker", "trade", "orderbook", "candle"}
    assert MEXC_FUTURES.trades_request(WAVE) is None


def test_one_stream_a_frame_and_one_for_all_tickers():
    """Whole books of twenty levels, bars of a minute, and nothing compressed."""
    session = MEXC_FUTURES.open(Endpoint(MEXC_FUTURES.ws_url, wants(BTC, ETH)))
    said = [json.loads(frame) for frame in session.subscribe()]
    assert all(one["gzip"] is False for one in said)
    assert [(one["method"], one["param"]) for one in said if "BTC" in str(one["param"])] == [
        ("sub.kline", {"symbol": "BTC_USDT", "interval": "Min1"}),
        ("sub.depth.full", {"symbol": "BTC_USDT", "limit": 20}),
        ("sub.deal", {"symbol": "BTC_USDT"}),
    ]
    assert [one["param"] for one in said if one["method"] == "sub.tickers"] == [{}]
    assert len(said) == 7
    ended = [json.loads(frame) for frame in session.update(wants(BTC))]
    assert {one["method"] for one in ended} == {"unsub.deal", "unsub.depth.full", "unsub.kline"}
    assert {one["param"]["symbol"] for one in ended} == {"ETH_USDT"}


def test_a_ticker_s_turnover_is_the_venue_s_and_its_volume_an_estimate():
    """Exponents are numbers; volume comes in contracts, so the turnover at the last price stands for it."""
    [ticker] = open_session().parse(TICKERS, SEEN)
    assert ticker == Ticker("mexc-futures", WAVE, MS * 1_000_000, SEEN, 0.5825, 53019 / 0.5825, 53019.0)


def test_rows_may_lack_anything():
    """Old examples hold five fields; no price is no row, no time is the message's; a bad row is counted."""
    rows = [
        {"symbol": "WAVE_USD1"},
        {"symbol": "BTC_USDT", "lastPrice": 2, "amount24": 8},
        {"symbol": "ETH_USDT", "lastPrice": -1},
    ]
    frame = json.dumps({"channel": "push.tickers", "data": rows, "ts": MS})
    expected = Ticker("mexc-futures", BTC, MS * 1_000_000, SEEN, 2.0, 4.0, 8.0)
    torn = Nonsense("1 of 3 rows: a price of -1.0 and a turnover of 0.0")
    assert open_session(WAVE, BTC, ETH).parse(frame, SEEN) == [expected, torn]
    assert open_session(ETH).parse(frame, SEEN) == [torn]


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamp": None},
        {"timestamp": 1.790000000112e12},
        {"timestamp": str(MS)},
        {"lastPrice": "5.825E-1"},
        {"volume24": None, "riseFallRate": None},
    ],
)
def test_odd_ways_to_write_a_ticker_are_read(odd):
    """Null, an exponent where a whole number belongs, and numbers in quotes: the frame and its row stay good."""
    row = {"symbol": "WAVE_USD1", "lastPrice": 0.5825, "amount24": 53019, "timestamp": MS} | odd
    [plain] = open_session().parse(TICKERS, SEEN)
    for sent in (MS, str(MS), float(MS)):
        assert open_session().parse(json.dumps({"channel": "push.tickers", "data": [row], "ts": sent}), SEEN) == [plain]


@pytest.mark.parametrize(
    "bad", [{"symbol": 7}, {"lastPrice": "much"}, {"amount24": []}, {"timestamp": "noon"}, 5, None]
)
def test_a_ticker_that_is_none_hides_no_other_and_is_counted(bad):
    """The first frame tells all contracts; without a time of its own or the frame's, ours stands for it."""
    row = {"symbol": "BTC_USDT", "lastPrice": 2, "amount24": 8}
    frame = json.dumps({"channel": "push.tickers", "data": [row | bad if isinstance(bad, dict) else bad, row]})
    [told, torn] = open_session(BTC).parse(frame, SEEN)
    assert told == Ticker("mexc-futures", BTC, SEEN, SEEN, 2.0, 4.0, 8.0)
    assert isinstance(torn, Nonsense)
    assert open_session(BTC).parse(frame.replace("data", '"ts":"noon","data'[1:]), SEEN)[0] == told


@pytest.mark.parametrize("bad", [{"p": None}, {"v": "0"}, {"T": 3}, {"t": "noon"}, {"t": 12}])
def test_one_bad_trade_hides_no_other_and_is_counted(session, bad):
    """Whether it cannot be decoded or makes no sense; alone it is blamed."""
    deal = {"p": 0.5825, "v": 4, "T": 1, "t": MS}
    [told, torn] = session.parse(deals(deal | bad, deal), SEEN)
    assert told == trade(0)
    assert isinstance(torn, Nonsense)
    with pytest.raises(RemoteNonsense):
        session.parse(deals(deal | bad), SEEN)


def test_a_trade_s_numbers_may_be_written_in_odd_ways(session):
    """In quotes, or with an exponent where a whole number belongs."""
    assert session.parse(deals({"p": "0.5825", "v": "4", "T": 1, "t": str(MS)}), SEEN) == [trade(0)]
    assert session.parse(deals({"p": "5.825e-1", "v": 4e0, "T": 1, "t": float(MS)}), SEEN) == [trade(0)]


@pytest.mark.parametrize("frame", [BOOK, DEALS, KLINE])
def test_nothing_in_contracts_is_told_before_their_size_is_known(frame):
    """The first such message asks, once for all; a wrong size would be worse than a late one."""
    session = open_session()
    assert session.parse(frame, SEEN) == ASKED
    assert session.parse(frame, SEEN) == []
    assert session.parse_fetched("contracts", say.CONTRACTS.encode()) == []
    assert session.parse(frame, SEEN) != []


def test_a_contract_that_came_later_is_asked_for():
    """Once more, for it; and only a catalogue that has it makes it speak."""
    session = open_session(sizes={"WAVE_USD1": 10})
    session.update(wants(WAVE, BTC))
    frame = DEALS.replace("WAVE_USD1", "BTC_USDT")
    assert session.parse(frame, SEEN) == ASKED
    assert session.parse(DEALS, SEEN) != []
    [told] = session.parse_fetched("contracts", say.CONTRACTS.encode())
    refused = tuple(one for one in sorted(wants(BTC)) if one.channel != "ticker")
    assert told == Rejected("unlisted", "the catalogue has no size of this contract", subscriptions=refused)
    assert session.parse(frame, SEEN) == []


def test_trades_come_in_lists_or_alone(session):
    """Sizes in coins; a single object is how the older pages show it."""
    assert session.parse(DEALS, SEEN) == [trade(0), trade(0, 0.5824, 10.0, "sell")]
    assert session.parse(DEAL, SEEN) == [trade(0)]


def test_a_book_is_whole_and_in_coins(session):
    """Best first, whatever order they come in, dated by the engine where it says so."""
    expected = OrderBook(
        *("mexc-futures", WAVE, 1_790_000_000_140_000_000, SEEN),
        *(((0.5825, 3100.0), (0.5824, 200.0)), ((0.5826, 950.0), (0.5828, 70.0)), 5120),
    )
    assert session.parse(BOOK, SEEN) == [expected]
    message = json.loads(BOOK)
    message["data"]["asks"].reverse()
    del message["data"]["cts"]
    [book] = session.parse(json.dumps(message), SEEN)
    assert (book.asks, book.at) == (expected.asks, 1_790_000_000_153_000_000)
    message["data"]["asks"] = [[0.5, 1, 1]]
    with pytest.raises(RemoteNonsense, match="crossed"):
        session.parse(json.dumps(message), SEEN)


def test_a_bar_s_start_is_in_seconds(session):
    """Its volume in coins, its turnover as it is."""
    expected = Candle(
        *("mexc-futures", WAVE, 1_789_999_980_000_000_000, SEEN, 60), *(0.58, 0.583, 0.5795, 0.5825, 1080.0, 628.5)
    )
    assert session.parse(KLINE, SEEN) == [expected]


def test_compressed_frames_are_read_within_bounds(session):
    """One author says that they come unasked; a bomb, a stump and other bytes are blamed."""
    assert session.parse(gzip.compress(DEAL.encode()), SEEN) == [trade(0)]
    for bad in (
        gzip.compress(b" " * (MOST_UNZIPPED + 1) + DEAL.encode()),
        gzip.compress(DEAL.encode())[:-12],
        b"\x1f\x8b" + b"\x00" * 30,
        DEAL.encode(),
        b"",
    ):
        with pytest.raises(RemoteNonsense):
            session.parse(bad, SEEN)


def test_replies_that_say_little(session):
    """Confirmations without a name, times as text, one pong or two, greetings."""
    for frame in say.FRAMES[5:7] + say.FRAMES[9:10] * 2:
        assert session.parse(frame, SEEN) == [Accepted()]
    assert session.parse(say.FRAMES[10], SEEN) == []
    assert session.parse('{"channel":"push.contract","data":{"symbol":"NEW_USDT"}}', SEEN) == []


def test_an_unknown_contract_is_refused_by_its_name(session):
    """With all that is wanted of it but its ticker, and never asked for again; others go on."""
    session.update(wants(WAVE, BTC))
    text = "Contract [BTC_USDT] not exists"
    [told] = session.parse(json.dumps({"channel": "rs.error", "data": text, "ts": "1"}), SEEN)
    refused = tuple(one for one in sorted(wants(BTC)) if one.channel != "ticker")
    assert told == Rejected("contract", text, subscriptions=refused)
    assert session.update(wants(WAVE, BTC)) == []
    assert session.parse(DEAL, SEEN) != []


def test_an_error_that_names_nothing_is_told_but_refuses_nothing(session):
    """The older words; the watch over silent streams finds out which it was."""
    for text in ("Contract doesn't exist!", "Contract [NOPE_USDT] not exists", ""):
        with pytest.raises(RemoteNonsense, match="refused, but not what"):
            session.parse(json.dumps({"channel": "rs.error", "data": text}), SEEN)
    assert session.parse(DEAL, SEEN) != []


@pytest.mark.parametrize(
    "bad",
    [
        '{"channel":"push.deal","symbol":"WAVE_USD1","data":[{"p":0,"v":1,"T":1,"t":1790000000112}]}',
        '{"channel":"push.deal","symbol":"WAVE_USD1","data":[{"p":1,"v":1,"T":3,"t":1790000000112}]}',
        '{"channel":"push.deal","symbol":"WAVE_USD1","data":[{"p":1,"v":1e300,"T":1,"t":1790000000112}]}',
        '{"channel":"push.tickers","data":{}}',
        '{"channel":"rs.error","data":5}',
        KLINE.replace("Min1", "Min5"),
        '{"channel":5}',
        "Hello",
        "[]",
    ],
)
def test_nonsense_is_blamed(session, bad):
    """In few words."""
    with pytest.raises(RemoteNonsense) as caught:
        session.parse(bad, SEEN)
    assert len(str(caught.value)) < 500


def test_the_catalogue_leaves_out_what_settles_in_coins():
    """Their contracts are worth dollars; paused ones are suspended, those on the way out are gone."""
    venue = MEXC_FUTURES.configured(Settings())
    assert venue.parse_markets(say.CONTRACTS.encode()) == [
        Market(WAVE, "WAVE_USD1", "WAVE_USD1 PERPETUAL"),
        Market(Instrument("REEF", "USDT", "perpetual"), "REEF_USDT", suspended=True),
    ]
    assert venue.parse_markets(say.CONTRACTS.replace('"state":0', '"state":2').encode())[0].suspended
    [ticker] = venue.parse_tickers(say.BODIES[1].replace("WAVE_USD1", "REEF_USDT", 1).encode(), SEEN)
    assert (ticker.instrument.base, ticker.turnover_24h) == ("REEF", 53019.25)


def test_a_rest_ticker_s_volume_is_in_coins_where_the_catalogue_tells_their_size():
    """Ten coins a contract; where either number is missing, the turnover at the last price stands for it."""
    venue = MEXC_FUTURES.configured(Settings())
    venue.parse_markets(say.CONTRACTS.encode())
    told = venue.parse_tickers(say.BODIES[1].encode(), SEEN)
    assert [(one.volume_24h, one.turnover_24h) for one in told] == [(910_200.0, 53019.25)]
    [ticker] = venue.parse_tickers(say.BODIES[1].replace("91020", "null").encode(), SEEN)
    assert ticker.volume_24h == 53019.25 / 0.5825
    venue.parse_markets(say.CONTRACTS.replace('"contractSize":10,"state"', '"state"').encode())
    [ticker] = venue.parse_tickers(say.BODIES[1].encode(), SEEN)
    assert ticker.volume_24h == 53019.25 / 0.5825


def test_the_catalogue_may_be_asked_for_once_in_five_seconds():
    """And ordinary calls never more often than ten times in two."""
    [window] = MEXC_FUTURES.limits.requests
    assert (MEXC_FUTURES.markets_request().weight, window) == (window.count, Window(25, 5.0))
    [request] = MEXC_FUTURES.tickers_requests([Market(WAVE, "WAVE_USD1")])
    assert window.count // request.weight <= 10


def test_an_error_is_told_in_the_venue_s_words():
    """It comes under HTTP 200."""
    with pytest.raises(RemoteNonsense, match="1001 Contract not exists"):
        MEXC_FUTURES.parse_markets(say.BODIES[2].encode())


@pytest.mark.parametrize(
    "settings", [Settings(region="us"), Settings(format="x"), Settings(poll=5), Settings(ws_url="http://x")]
)
def test_settings_that_make_no_sense_here_are_refused(settings):
    """There is nothing to choose."""
    with pytest.raises(ValueError, match=r"exchanges\.mexc-futures\.(region|format|poll|ws_url)"):
        MEXC_FUTURES.configured(settings)


def test_it_lists_perpetuals_only():
    """Naming venue and instrument."""
    with pytest.raises(ValueError, match="mexc-futures has no BTC/USDT"):
        MEXC_FUTURES.plan([Subscription("trade", Instrument("BTC", "USDT"))])
    with pytest.raises(ValueError, match="mexc-futures has no channel 'booktop'"):
        MEXC_FUTURES.plan([Subscription("booktop", BTC)])


@pytest.fixture(scope="module")
def examples(shared):
    """The JSON examples of the futures chapter, by channel."""
    chapter = (shared / "exchanges" / "mexc.md").read_text().partition("## 3. Futures")[2]
    read = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", chapter, re.DOTALL)]
    return {one.get("channel", "rest"): one for one in read if not str(one.get("channel", "")).startswith("push.pers")}


@pytest.mark.parametrize(
    ("channel", "code", "expected"),
    [
        (
            "push.tickers",
            "ETH",
            Ticker("mexc-futures", ETH, 1_725_872_514_111_000_000, 7, 2324.5, 591752573.9792 / 2324.5, 591752573.9792),
        ),
        (
            "push.deal",
            "BTC",
            Trade(
                *("mexc-futures", BTC, 1_763_645_012_047_000_000, 7),
                *("1763645012047-91847.4-0.0049-sell-0", 91847.4, 0.0049, "sell"),
            ),
        ),
        (
            "push.kline",
            "BTC",
            Candle(
                *("mexc-futures", BTC, 1_651_230_660_000_000_000, 7, 60),
                *(38901.5, 38909.5, 38833.0, 38839.0, 83808 * 0.0001, 325653.3287),
            ),
        ),
        (
            "push.depth.full",
            "RIF",
            OrderBook(
                *("mexc-futures", Instrument("RIF", "USDT", "perpetual"), 1_789_498_322_165_000_000, 7),
                ((0.08049, 46 * 0.0001), (0.08048, 489 * 0.0001)),
                ((0.08055, 48 * 0.0001), (0.08056, 347 * 0.0001)),
                5220571685,
            ),
        ),
    ],
)
def test_the_sheet_s_examples(examples, channel, code, expected):
    """The values that the sheet states; a contract taken for a ten-thousandth of a coin."""
    instrument = Instrument(code, "USDT", "perpetual")
    session = open_session(instrument, sizes={f"{code}_USDT": 0.0001})
    assert session.parse(json.dumps(examples[channel]), 7) == [expected]


def test_the_sheet_s_examples_that_nobody_asked_for(examples):
    """Single tickers, differences and funding are ignored."""
    for channel in ("push.ticker", "push.depth", "push.funding.rate"):
        assert open_session(BTC).parse(json.dumps(examples[channel]), 7) == []


def test_the_sheet_s_example_over_rest(examples):
    """All tickers."""
    venue = MEXC_FUTURES.configured(Settings())
    venue.listed["BTC_USDT"] = BTC
    [ticker] = venue.parse_tickers(json.dumps(examples["rest"]).encode(), 7)
    expected = (1_609_831_334_016_000_000, 7, 31199.0, 124905007.4428 / 31199.0, 124905007.4428)
    assert ticker == Ticker("mexc-futures", BTC, *expected)
