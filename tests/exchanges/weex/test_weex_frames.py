"""Each message that WEEX's socket sends, beside the event it becomes."""

import pytest

from scanner.exchanges.base import Nonsense, RemoteNonsense
from scanner.exchanges.weex.spec import WEEX, WEEX_CONTRACT
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, OrderBook, Ticker, Trade
from tests.exchanges.conversations import opened, wants
from tests.exchanges.venues import samples_of

SEEN = 1_790_000_000_200_000_000
MS = 1_000_000
SPOT, CONTRACT = samples_of(WEEX), samples_of(WEEX_CONTRACT)
WAVE = Instrument("WAVE", "BTC")
PERPETUAL = Instrument("WAVE", "USDT", "perpetual")
ID, OTHER_ID = "0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10", "e1c9d0a2-77b5-4c1c-8f0e-1a2b3c4d5e6f"
ONE_TRADE = SPOT.TRADES[: SPOT.TRADES.index(',{"T":')] + "]}"

EVENTS = {
    SPOT.TICKER: [Ticker("weex", WAVE, 1790000000160 * MS, SEEN, 8.12e-6, 12345.5, 0.0987)],
    SPOT.TOP: [BookTop("weex", WAVE, 1790000000120 * MS, SEEN, (8.11e-6, 40.5), (8.13e-6, 12.25))],
    SPOT.TRADES: [
        Trade("weex", WAVE, 1790000000098 * MS, SEEN, OTHER_ID, 8.11e-6, 3.0, "sell"),
        Trade("weex", WAVE, 1790000000112 * MS, SEEN, ID, 8.12e-6, 40.25, "buy"),
    ],
    SPOT.CANDLE: [
        Candle(
            "weex", WAVE, 1789999980000 * MS, SEEN, 60, 8.1e-6, 8.13e-6, 8.09e-6, 8.12e-6, 77.5, 0.000629, 0.00032683
        ),
    ],
    SPOT.BOOK: [
        OrderBook(
            "weex",
            WAVE,
            1790000000100 * MS,
            SEEN,
            bids=((8.11e-6, 4.5), (8.1e-6, 20.0)),
            asks=((8.13e-6, 10.5), (8.14e-6, 7.0)),
            sequence=7009,
        )
    ],
}
CONTRACT_EVENTS = {
    CONTRACT.TICKER: [Ticker("weex-contract", PERPETUAL, 1790000000160 * MS, SEEN, 0.812, 12345.5, 9876.25)],
    CONTRACT.TRADES: [Trade("weex-contract", PERPETUAL, 1790000000112 * MS, SEEN, ID, 0.812, 40.0, "buy")],
    CONTRACT.CANDLE: [
        Candle("weex-contract", PERPETUAL, 1789999980000 * MS, SEEN, 60, 0.81, 0.813, 0.809, 0.812, 77.0, 62.55, 32.48)
    ],
    CONTRACT.BOOK: [
        OrderBook("weex-contract", PERPETUAL, 1790000000100 * MS, SEEN, ((0.811, 45.0),), ((0.813, 105.0),), 16009)
    ],
}


def session(exchange=WEEX, instrument=WAVE):
    return opened(exchange, *wants(instrument, channels=exchange.channels))


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("frame", EVENTS, ids=lambda frame: frame[6:14])
def test_each_message_becomes_its_event(frame, binary):
    """Numbers in text, times in milliseconds, the taker's side from who was the maker, the earliest trade first."""
    assert session().parse(frame.encode() if binary else frame, SEEN) == EVENTS[frame]


@pytest.mark.parametrize("frame", CONTRACT_EVENTS, ids=lambda frame: frame[6:14])
def test_contracts_are_told_alike(frame):
    """With mark and index prices in tickers, which are nobody's business here, and sizes in coins."""
    assert session(WEEX_CONTRACT, PERPETUAL).parse(frame, SEEN) == CONTRACT_EVENTS[frame]


def test_one_code_at_two_hosts_is_two_instruments():
    """`WAVEUSDT` is a coin here and a contract there; the conversation tells which."""
    coin = Instrument("WAVE", "USDT")
    [spot] = session(WEEX, coin).parse(CONTRACT.TRADES, SEEN)
    [contract] = session(WEEX_CONTRACT, PERPETUAL).parse(CONTRACT.TRADES, SEEN)
    assert (spot.exchange, spot.instrument) == ("weex", coin)
    assert (contract.exchange, contract.instrument) == ("weex-contract", PERPETUAL)


def test_trades_from_before_we_came_are_no_news():
    """A thin coin's are hours old; and those that come again as news are told then."""
    conversation = session()
    assert conversation.parse(SPOT.PAST_TRADES, SEEN) == []
    assert conversation.parse(SPOT.TRADES, SEEN) == EVENTS[SPOT.TRADES]


def test_bars_open_with_the_present_one():
    """It is a bar as any other, told as far as it has grown."""
    assert session().parse(SPOT.FIRST_CANDLE, SEEN) == EVENTS[SPOT.CANDLE]


def test_bars_of_other_prices_and_lengths_are_told_apart():
    """By interval and by the kind of price: mark prices are nobody's trades, and no month is as long as another."""
    [hour] = session().parse(SPOT.CANDLE.replace('"i":"1m"', '"i":"1h"'), SEEN)
    assert hour.interval_s == 3600
    assert session().parse(SPOT.CANDLE.replace("LAST_PRICE", "MARK_PRICE"), SEEN) == []
    assert session().parse(SPOT.CANDLE.replace('"i":"1m"', '"i":"1M"'), SEEN) == []


def test_a_top_with_an_empty_side_is_no_top():
    """Zeros stand for a side without orders; a crossed one is nonsense."""
    assert session().parse(SPOT.TOP.replace('"0.00000811","B":"40.5"', '"0","B":"0"'), SEEN) == []
    with pytest.raises(RemoteNonsense, match="crossed"):
        session().parse(SPOT.TOP.replace("0.00000811", "0.00000813"), SEEN)


@pytest.mark.parametrize("code", ["REEFBTC", "WAVEUSDT", "WAVE", "海龟USDT", "", "W" * 500])
@pytest.mark.parametrize("frame", [*EVENTS, SPOT.CHANGE], ids=lambda frame: frame[6:14])
def test_what_nobody_wants_is_ignored(frame, code):
    """Data trails in after its stream was given up."""
    assert session().parse(frame.replace("WAVEBTC", code), SEEN) == []


def test_names_beyond_ascii_are_names():
    """They are asked for and told like any other."""
    turtle = Instrument("海龟", "USDT")
    conversation = session(WEEX, turtle)
    assert "海龟USDT@trade" in conversation.subscribe()[0]
    [first, _] = conversation.parse(SPOT.TRADES.replace("WAVEBTC", "海龟USDT"), SEEN)
    assert first.instrument == turtle


@pytest.mark.parametrize(
    "written", ['"0"', '"-1"', "0", '"nan"', '"inf"', '"1e400"', "null", "true", '"many"', "[]", "{}", '""']
)
@pytest.mark.parametrize(
    ("frame", "value"), [(ONE_TRADE, '"40.25"'), (ONE_TRADE, '"0.00000812"'), (SPOT.TICKER, '"0.00000812"')]
)
def test_a_price_or_size_that_is_none_never_becomes_an_event(frame, value, written):
    """Nothing but a finite number above zero gets through."""
    with pytest.raises(RemoteNonsense):
        session().parse(frame.replace(value, written, 1), SEEN)


@pytest.mark.parametrize(
    ("good", "bad"),
    [("1790000000112", "-5"), ("1790000000112", "12"), (ID, ""), ('"40.25"', "null"), ("false", '"maybe"')],
)
def test_one_bad_trade_hides_no_other_and_is_counted(good, bad):
    """What was traded beside it was traded."""
    [told, torn] = session().parse(SPOT.TRADES.replace(good, bad), SEEN)
    assert told == EVENTS[SPOT.TRADES][0]
    assert isinstance(torn, Nonsense)
    assert torn.text.startswith("1 of 2 rows: ")


@pytest.mark.parametrize(
    "frame",
    [
        "",
        b"\xff\xfe",
        "null",
        "17",
        "[]",
        "{}",
        "ping",
        '{"e":"weather","E":1790000000131,"s":"WAVEBTC"}',
        '{"e":7}',
        '{"event":"subscribed"}',
        '{"result":"yes","id":3}',
        '{"result":true,"id":77}',
        '{"result":true}',
        '{"result":false,"id":77,"msg":"INVALID_ARGUMENT: invalid event : PONG"}',
        SPOT.TRADES[:-1],
        ONE_TRADE.replace("1790000000112", "-5"),
        ONE_TRADE.replace("1790000000112", "12"),
        ONE_TRADE.replace(ID, ""),
        SPOT.TRADES.replace('"d":[', '"d":5,"x":['),
        SPOT.TICKER.replace('"d":[', '"d":[],"x":['),
        SPOT.BOOK.replace('"u":7009', '"u":-7009'),
        SPOT.BOOK.replace('"4.5"', '"-4.5"'),
        SPOT.CANDLE.replace("1789999980000", "0"),
        "[" * 100_000,
        '{"e":' * 100_000,
    ],
)
def test_garbage_is_blamed_on_the_venue_with_a_short_sample(frame):
    """One precise error, fit for one log line."""
    with pytest.raises(RemoteNonsense) as error:
        session().parse(frame, SEEN)
    assert len(str(error.value)) <= 2 * 200 + 2
    assert str(error.value).isprintable()
