"""OKX's socket, frame by frame: market data, word about the conversation, and the oddities of both."""

import json
import re

import pytest

from scanner.exchanges.base import (
    Accepted,
    Endpoint,
    Nonsense,
    Rejected,
    RemoteNonsense,
    Retiring,
    SessionBroken,
    Settings,
)
from scanner.exchanges.okx.spec import OKX
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, BookTop, Candle, OrderBook, Subscription, Ticker, Trade
from tests.exchanges.conversations import opened, wants

WAVE, REEF, KANJI = Instrument("WAVE", "USDT"), Instrument("REEF", "USDT"), Instrument("波", "USDT")
SEEN = 1_790_000_000_200_000_000
AT = 1_790_000_000_112_000_000
TICKER = {
    "instType": "SPOT",
    "instId": "WAVE-USDT",
    "last": "0.6125",
    "lastSz": "480.5",
    "askPx": "0.6127",
    "askSz": "12",
    "bidPx": "0.6124",
    "bidSz": "900",
    "open24h": "0.59",
    "high24h": "0.63",
    "low24h": "0.58",
    "sodUtc0": "0.6",
    "sodUtc8": "0.605",
    "volCcy24h": "9876543.25",
    "vol24h": "16000000.5",
    "ts": "1790000000112",
}
TRADE = {
    "instId": "WAVE-USDT",
    "tradeId": "771204",
    "px": "0.6125",
    "sz": "480.5",
    "side": "buy",
    "ts": "1790000000112",
    "count": "2",
    "source": "0",
    "seqId": 5531207,
}
BAR = ["1789999980000", "0.61", "0.613", "0.6095", "0.6125", "775", "474.2", "474.25", "0"]
BOOK = {
    "asks": [["0.6127", "12", "0", "2"], ["0.613", "40", "0", "1"]],
    "bids": [["0.6124", "900", "0", "7"]],
    "instId": "WAVE-USDT",
    "ts": "1790000000112",
    "seqId": 5531207,
}


def session(*instruments, form="", channels=CHANNELS):
    return opened(OKX.configured(Settings(format=form)), *wants(*instruments or (WAVE,), channels=channels))


def push(channel, *rows, code="WAVE-USDT", **more):
    return json.dumps({"arg": {"channel": channel, "instId": code}, "data": rows, **more})


def parse(frame, **more):
    return session(**more).parse(frame, SEEN)


# ---- market data


def test_a_ticker_has_base_and_quote_totals():
    """`vol24h` of a spot market is in base currency, `volCcy24h` in quote currency: other than for a swap."""
    assert parse(push("tickers", TICKER)) == [
        Ticker("okx", WAVE, AT, SEEN, 0.6125, volume_24h=16000000.5, turnover_24h=9876543.25)
    ]


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_trade_is_told_from_the_takers_side(side):
    """Joined ones carry the id of the last piece, and the size of all."""
    assert parse(push("trades", TRADE | {"side": side})) == [
        Trade("okx", WAVE, AT, SEEN, "771204", 0.6125, 480.5, side)
    ]


def test_every_trade_is_told_however_it_comes():
    """The same `seqId` twice, several in one push, one that is old, and a small maker's: each is a trade."""
    rows = [
        TRADE | {"tradeId": "1"},
        TRADE | {"tradeId": "2", "source": "1"},
        TRADE | {"tradeId": "3", "ts": "1789999970000"},
    ]
    told = parse(push("trades", *rows))
    assert [trade.id for trade in told] == ["1", "2", "3"]
    assert told[2].at == 1_789_999_970_000_000_000
    conversation = session()
    [old] = conversation.parse(push("trades", rows[2]), SEEN)  # the first push after subscribing, a day old perhaps
    assert old == told[2]
    for row in rows[:2]:  # one by one, with the same seqId
        assert [one.id for one in conversation.parse(push("trades", row), SEEN)] == [row["tradeId"]]


@pytest.mark.parametrize("bad", [{"px": "nan"}, {"sz": None}, {"side": "both"}, {"ts": "12"}, {"tradeId": 7}])
def test_one_bad_trade_hides_no_other_and_is_counted(bad):
    """What was traded beside it was traded; alone it is blamed, and one that has nothing to say yet is not."""
    good = TRADE | {"tradeId": "1"}
    [told, torn] = parse(push("trades", TRADE | bad, TRADE | {"px": ""}, good))
    assert told.id == "1"
    assert isinstance(torn, Nonsense)
    with pytest.raises(RemoteNonsense):
        parse(push("trades", TRADE | bad))


def test_the_shapes_of_2022_are_read():
    """Without count, source and numbers."""
    old = {key: value for key, value in TRADE.items() if key not in {"count", "source", "seqId"}}
    assert parse(push("trades", old)) == parse(push("trades", TRADE))


def test_a_bar_may_come_with_the_one_before_it():
    """A minute in one push that has just become final, and its successor; volume in base, turnover in quote."""
    final = ["1789999920000", "0.6", "0.611", "0.6", "0.61", "500", "303", "303.5", "1"]
    before, now = parse(push("candle1m", final, BAR))
    assert now == Candle(
        "okx", WAVE, 1_789_999_980_000_000_000, SEEN, 60, 0.61, 0.613, 0.6095, 0.6125, volume=775, turnover=474.25
    )
    assert (before.at, before.close, before.turnover) == (1_789_999_920_000_000_000, 0.61, 303.5)


def test_the_best_prices_are_one_level():
    """Price and size of each side."""
    assert parse(push("bbo-tbt", BOOK)) == [BookTop("okx", WAVE, AT, SEEN, (0.6124, 900.0), (0.6127, 12.0))]


@pytest.mark.parametrize(
    "change",
    [{"asks": []}, {"bids": []}, {"bids": [["0.7", "1", "0", "1"]]}, {"bids": [["0.6127", "1", "0", "1"]]}],
    ids=["no asks", "no bids", "crossed", "touching"],
)
def test_best_prices_that_are_none_are_not_told(change):
    """A side may be empty, and before a market opens the ask may be below the bid: documented, so no blame."""
    assert parse(push("bbo-tbt", BOOK | change)) == []


def test_five_levels_come_whole():
    """Each push replaces all before it; so nothing is compared and nothing can be missed."""
    conversation = session(form="books5")
    for number in (5531207, 5531300, 12):
        [book] = conversation.parse(push("books5", BOOK | {"seqId": number}), SEEN)
        assert book == OrderBook("okx", WAVE, AT, SEEN, ((0.6124, 900.0),), ((0.6127, 12.0), (0.613, 40.0)), number)
    assert conversation.parse(push("books5", BOOK | {"bids": [["0.7", "1", "0", "1"]]}), SEEN) == []
    assert conversation.parse(push("books5", BOOK | {"bids": [], "asks": []}), SEEN) == []


@pytest.mark.parametrize(
    ("channel", "row", "keys"),
    [
        ("tickers", TICKER, ["last", "vol24h", "volCcy24h", "ts"]),
        ("trades", TRADE, ["px", "sz", "ts"]),
        ("candle1m", BAR, range(8)),
    ],
)
def test_a_number_that_does_not_apply_is_no_blame(channel, row, keys):
    """It is the empty string then; that row has nothing to say, and the one beside it is told."""
    for key in keys:
        blank = row.copy()
        blank[key] = ""
        assert parse(push(channel, blank)) == []
        assert parse(push(channel, blank, row)) == parse(push(channel, row))


@pytest.mark.parametrize(
    "key", ["lastSz", "askPx", "askSz", "bidPx", "bidSz", "open24h", "high24h", "low24h", "sodUtc8"]
)
@pytest.mark.parametrize("value", ["", "0", "?", None])
def test_what_is_not_used_may_be_anything(key, value):
    """A last size of 0 is a market without a trade; best prices may be empty."""
    assert parse(push("tickers", TICKER | {key: value})) == parse(push("tickers", TICKER))


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0", "1e400", "x", None, [], {}, True])
def test_a_price_that_is_none_is_blamed(value):
    """On every channel, in every place of a level and a bar."""
    spoilt = [push("tickers", TICKER | {"last": value}), push("trades", TRADE | {"px": value})]
    spoilt += [push("bbo-tbt", BOOK | {"bids": [[value, "1", "0", "1"]]})]
    spoilt += [push("candle1m", [*BAR[:place], value, *BAR[place + 1 :]]) for place in range(1, 5)]
    for frame in spoilt:
        with pytest.raises(RemoteNonsense):
            parse(frame)


@pytest.mark.parametrize("key", ["arg", "data"])
def test_data_without_its_stream_is_blamed(key):
    """And a stream without its data."""
    message = json.loads(push("trades", TRADE))
    del message[key]
    with pytest.raises(RemoteNonsense):
        parse(json.dumps(message))


def test_data_of_a_channel_that_was_never_asked_for_is_blamed():
    """Such as books of the other form."""
    for channel in ("books5", "status", ""):
        with pytest.raises(RemoteNonsense, match="never asked for"):
            parse(push(channel, BOOK))


def test_further_keys_do_not_matter():
    """The venue adds some to `arg` and to rows; matching is by channel and code."""
    frame = json.loads(push("trades", TRADE | {"brandNew": [1, {}]}))
    frame["arg"] |= {"instType": "SPOT", "uid": "7"}
    assert parse(json.dumps(frame)) == parse(push("trades", TRADE))


def test_bytes_and_text_are_the_same():
    """However the socket hands a frame over."""
    for frame in (push("trades", TRADE), "pong"):
        assert parse(frame.encode()) == parse(frame)


def test_letters_beyond_ascii_are_letters():
    """A coin may be called so; it is asked for, confirmed and told as any other."""
    conversation = session(KANJI, WAVE, channels=("trade",))
    assert '"instId":"波-USDT"' in "".join(conversation.update([Subscription("ticker", KANJI)]))
    [trade] = session(KANJI, channels=("trade",)).parse(push("trades", TRADE, code="波-USDT"), SEEN)
    assert trade.instrument == KANJI


def test_what_is_not_wanted_is_ignored():
    """Another coin, or another channel of this one: data trails after it was left."""
    conversation = session(channels=("trade",))
    assert conversation.parse(push("trades", TRADE, code="REEF-USDT"), SEEN) == []
    assert conversation.parse(push("tickers", TICKER), SEEN) == []
    assert conversation.parse(push("books", {"anything": 1}), SEEN) == []


# ---- word about the conversation


def word(event, **more):
    return json.dumps({"event": event, **more, "connId": "5be1f07c"})


def test_a_pong_is_read_before_anything_else():
    """It is no JSON. The ping is text, too, and comes before the venue's 30 s are over."""
    conversation = session()
    assert conversation.parse("pong", SEEN) == [Accepted()]
    assert (conversation.keepalive.frame, conversation.keepalive.every_s) == ("ping", 20.0)
    assert conversation.keepalive.patience_s <= 30.0


def test_a_confirmation_names_its_stream():
    """With or without the request's id; of what nobody wants any more it is no news."""
    conversation = session(channels=("trade",))
    arg = {"channel": "trades", "instId": "WAVE-USDT"}
    accepted = [Accepted((Subscription("trade", WAVE),))]
    assert conversation.parse(word("subscribe", id="s1", arg=arg), SEEN) == accepted
    assert conversation.parse(word("subscribe", arg=arg), SEEN) == accepted
    assert conversation.parse(word("subscribe", arg=arg | {"instId": "REEF-USDT"}), SEEN) == []
    assert conversation.parse(word("unsubscribe", arg=arg), SEEN) == []
    with pytest.raises(RemoteNonsense):
        conversation.parse(word("subscribe", arg={"channel": "weather"}), SEEN)


def test_a_notice_of_works_is_a_reason_to_move():
    """Another notice is not documented."""
    assert parse(word("notice", code="64008", msg="Closing soon.")) == [Retiring("Closing soon.")]
    with pytest.raises(RemoteNonsense):
        parse(word("notice", code="64009", msg="Fine weather."))


@pytest.mark.parametrize("code", ["64001", "64002", "60008"])
def test_a_notice_or_an_error_of_another_kind_moves_and_refuses_nobody(code):
    """Not every notice says that this connection goes, and an error about nothing that waits is blamed."""
    for event in ("notice", "error"):
        conversation = session()
        for channel in ("tickers", "trades", "books", "bbo-tbt", "candle1m"):
            conversation.parse(
                json.dumps({"event": "subscribe", "arg": {"channel": channel, "instId": "WAVE-USDT"}}), SEEN
            )
        with pytest.raises(RemoteNonsense):
            conversation.parse(json.dumps({"event": event, "code": code, "msg": "Something else."}), SEEN)
        assert len(conversation.parse(push("trades", TRADE), SEEN)) == 1


def test_an_event_of_no_known_kind_is_blamed():
    """Among them those of private channels, which are never asked for."""
    for frame in (word("channel-conn-count", channel="orders", connCount="2"), word(""), "{}"):
        with pytest.raises(RemoteNonsense):
            parse(frame)


@pytest.mark.parametrize("code", ["60004", "60005", "60006", "60007", "60009", "60011", "60024", "60031", "60032"])
def test_who_is_not_let_in_hears_why(code):
    """The whole conversation is refused, in the venue's own words, and waiting would not help."""
    assert parse(word("error", code=code, msg="Login failed.")) == [Rejected(code, "Login failed.")]


def test_who_asks_too_often_has_to_wait():
    """Only that helps."""
    assert parse(word("error", code="60014", msg="Too frequent.")) == [
        Rejected("60014", "Too frequent.", throttled=True)
    ]


@pytest.mark.parametrize("code", ["63999", "64007"])
def test_a_fault_of_the_venues_own_needs_a_new_connection(code):
    """It says itself that trying again may help."""
    with pytest.raises(SessionBroken, match=code) as broken:
        parse(word("error", code=code, msg="Internal error."))
    assert broken.value.reason == "venue_error"


def test_nothing_is_fetched():
    """Books have no numbers by REST, so there is nothing to ask there."""
    with pytest.raises(RemoteNonsense):
        session().parse_fetched("books", b"{}")


# ---- the fact sheet's own examples


@pytest.fixture(scope="module")
def examples(shared):
    text = (shared / "exchanges" / "okx.md").read_text()
    lines = [line for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return [(json.loads(line), line) for line in lines]


def example(examples, **wanted):
    """The messages whose `arg` or own keys are these."""
    return [
        (message, line)
        for message, line in examples
        if all((message.get("arg", {}) | message).get(key) == value for key, value in wanted.items())
    ]


def pushed(examples, channel):
    return [(message, line) for message, line in example(examples, channel=channel) if "data" in message]


def told(line, instrument, channel, form=""):
    return session(instrument, channels=(channel,), form=form).parse(line, SEEN)


def test_the_sheets_market_data_has_the_values_that_it_states(examples):
    """Each example of a channel that is taken, against a slow and obvious reading of it."""
    btc, bch = Instrument("BTC", "USDT"), Instrument("BCH", "USDT-SWAP")
    [(message, line)] = pushed(examples, "tickers")
    [row] = message["data"]
    numbers = [float(row[key]) for key in ("last", "vol24h", "volCcy24h")]
    assert told(line, btc, "ticker") == [Ticker("okx", btc, int(row["ts"]) * 1_000_000, SEEN, *numbers)]
    [(message, line)] = pushed(examples, "trades")
    [row] = message["data"]
    at = int(row["ts"]) * 1_000_000
    trade = Trade("okx", btc, at, SEEN, row["tradeId"], float(row["px"]), float(row["sz"]), row["side"])
    assert told(line, btc, "trade") == [trade]
    [(message, line)] = pushed(examples, "candle1m")
    [start, *rest] = message["data"][0]
    prices, (volume, _, turnover) = map(float, rest[:4]), map(float, rest[4:7])
    assert told(line, btc, "candle") == [
        Candle("okx", btc, int(start) * 1_000_000, SEEN, 60, *prices, volume, turnover)
    ]
    [(message, line)] = pushed(examples, "books5")
    [row] = message["data"]
    [book] = told(line, bch, "orderbook", "books5")
    assert (book.at, book.sequence, len(book.bids), len(book.asks)) == (int(row["ts"]) * 1_000_000, row["seqId"], 5, 5)
    for name, side in (("bids", book.bids), ("asks", book.asks)):
        assert [[price, size] for price, size in side] == [list(map(float, level[:2])) for level in row[name]]
    [(message, line)] = pushed(examples, "bbo-tbt")
    [row] = message["data"]
    (bid, *_), (ask, *_) = row["bids"], row["asks"]
    assert told(line, bch, "booktop") == [
        BookTop(
            "okx", bch, int(row["ts"]) * 1_000_000, SEEN, (float(bid[0]), float(bid[1])), (float(ask[0]), float(ask[1]))
        )
    ]


def test_the_sheets_book_and_its_change_are_merged(examples):
    """The first ask goes, the first bid grows."""
    btc = Instrument("BTC", "USDT")
    snapshot, update = pushed(examples, "books")
    conversation = session(btc, channels=("orderbook",))
    [before] = conversation.parse(snapshot[1], SEEN)
    [after] = conversation.parse(update[1], SEEN)
    assert (before.sequence, after.sequence) == tuple(each[0]["data"][0]["seqId"] for each in (snapshot, update))
    assert after.asks == before.asks[1:]
    assert after.bids[1:] == before.bids[1:]
    assert after.bids[0] == tuple(map(float, update[0]["data"][0]["bids"][0][:2]))


def test_the_sheets_word_about_the_conversation_is_understood(examples):
    """Confirmations, an error of which only the id tells whom it means, a login that failed."""
    btc = Instrument("BTC", "USDT")
    conversation = session(btc, channels=("ticker", "trade"))
    acks = example(examples, event="subscribe")
    heard = [one for _, line in acks for one in conversation.parse(line, SEEN)]
    assert heard == [Accepted((Subscription(channel, btc),)) for channel in ("ticker", "trade")]
    [(_, line)] = example(examples, event="unsubscribe")
    assert conversation.parse(line, SEEN) == []
    [(message, line)] = example(examples, event="error", code="60012")
    alone = session(btc, channels=("ticker",))
    [rejected] = alone.parse(line.replace(message["id"], "s1"), SEEN)
    assert (rejected.reason, rejected.subscriptions) == ("60012", (Subscription("ticker", btc),))
    [(_, line)] = example(examples, event="error", code="60009")
    [rejected] = conversation.parse(line, SEEN)
    assert (rejected.reason, rejected.subscriptions) == ("60009", ())


def test_the_sheets_notice_is_a_reason_to_move(shared):
    """It stands in the table of its keepalives."""
    text = (shared / "exchanges" / "okx.md").read_text()
    notice = re.search(r'\{"event":"notice".*?\}', text)[0]
    assert parse(notice) == [Retiring(json.loads(notice)["msg"])]


def test_the_sheets_requests_are_ours(examples):
    """Each arg is written as the venue writes it."""
    btc = Instrument("BTC", "USDT")
    conversation = OKX.open(Endpoint(OKX.ws_url, tuple(Subscription(one, btc) for one in ("ticker", "trade"))))
    [said] = map(json.loads, conversation.subscribe())
    [(request, _)] = example(examples, op="subscribe")
    assert (said["op"], said["args"]) == (request["op"], request["args"])
    [ended] = map(json.loads, conversation.update([Subscription("trade", btc)]))
    [(request, _)] = example(examples, op="unsubscribe")
    assert (ended["op"], ended["args"]) == (request["op"], request["args"])
