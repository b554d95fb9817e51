"""What the conformance suites need of any venue: its samples, ways to bend them, what to want, and what is sane."""

import json
import math
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.exchanges.base import Accepted, Fetch, Nonsense, Rejected, RemoteNonsense, Retiring, Send, SessionBroken
from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import BookTop, Candle, Gap, Market, OrderBook, Subscription, Ticker, Trade

SEEN = 1_790_000_000_200_000_000
LATEST = 2**63 - 1
LONGEST = 500
"""Characters of blame or of the venue's words: fit for a log, however long the frame was."""
FETCHES = 8
"""More answers than any book needs to become whole."""
BLAMED = (RemoteNonsense, SessionBroken)
EVENTS = (Ticker, Trade, OrderBook, BookTop, Candle)

VENUES = list(EXCHANGES.values())
SPEAKING = [exchange for exchange in VENUES if exchange.channels]
"""Venues with a conversation; others are only asked now and then."""
LISTING = [exchange for exchange in VENUES if exchange.quotes]


def each(exchanges):
    """One test for each of these."""
    return pytest.mark.parametrize("exchange", exchanges, ids=[exchange.name for exchange in exchanges])


# ---- samples


def samples_of(exchange):
    """`samples.py` of the venue's test folder: FRAMES and BODIES, and what else a test asks for."""
    return _load(exchange.name.replace("-", "_"))


@cache
def _load(folder):
    path = Path(__file__).with_name(folder) / "samples.py"
    assert path.is_file(), f"a venue's ordinary frames and answers are missing: tests/exchanges/{folder}/samples.py"
    spec = spec_from_file_location(f"samples_of_{folder}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("FRAMES", "BODIES"):
        assert isinstance(getattr(module, name, None), list), f"{path} needs a list called {name}"
    return module


def bodies_of(exchange):
    return [as_bytes(body) for body in samples_of(exchange).BODIES]


def as_bytes(sample):
    return sample.encode() if isinstance(sample, str) else sample


@cache
def _sample_instrument(name):
    exchange = EXCHANGES[name]
    quote = min(exchange.quotes)
    for body in bodies_of(exchange):
        try:
            listed = exchange.parse_markets(body)
        except RemoteNonsense:
            continue
        for market in listed:
            if (market.instrument.base, market.instrument.quote) == ("WAVE", quote):
                return market.instrument
    raise AssertionError(f"{name} needs a catalogue among its BODIES that lists WAVE/{quote}")


def sample_instrument(exchange):
    """WAVE in the first of the venue's quotes, as the catalogue among its samples lists it."""
    return _sample_instrument(exchange.name)


def wanted(exchange, *bases):
    """Everything the venue has about these coins, in the quote and the kind of its samples."""
    sample = sample_instrument(exchange)
    instruments = [replace(sample, base=base) for base in bases]
    return [Subscription(channel, one) for one in instruments for channel in sorted(exchange.channels)]


def streamed(exchange, subscriptions):
    """Those of them that come by socket."""
    return [one for one in subscriptions if exchange.stream_of(one)]


# ---- conversations


def conversations(exchange, *bases):
    """A session for each connection that these coins need, with all said that there is to say."""
    sessions = [exchange.open(endpoint) for endpoint in exchange.plan(wanted(exchange, *bases))]
    for session in sessions:
        session.subscribe()
    return sessions


def hear(session, frame, fetched):
    """All that a frame leads to: its results, and those of the answers that it asks for, as far as they are known."""
    return answered(session, session.parse(frame, SEEN), fetched)


def answered(session, results, fetched):
    """The results, with those of the known answers in place of the questions."""
    for _ in range(FETCHES):
        asked = [one.tag for one in results if isinstance(one, Fetch) and one.tag in fetched]
        if not asked:
            break
        results = [one for one in results if not (isinstance(one, Fetch) and one.tag in fetched)]
        for tag in asked:
            results += session.parse_fetched(tag, as_bytes(fetched[tag]))
    return results


def tell(session, frames, fetched):
    """What a conversation makes of these frames, blame included; it ends where it breaks."""
    told = []
    for frame in frames:
        try:
            told += hear(session, frame, fetched)
        except RemoteNonsense as error:
            told.append(check_short(error))
        except SessionBroken as error:
            return [*told, check_short(error)]
    return told


# ---- bending

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["nan", "1e5", "-0", "", "inf", "1e400", 10**30, -(10**30), "0", "WAVE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
garbage = st.binary(max_size=200) | st.text(max_size=200) | values.map(json.dumps)


def read_json(sample):
    """What it says, where it says anything that can be bent; None where it is binary or plain words."""
    try:
        said = json.loads(sample)
    except ValueError:
        return None
    return said if isinstance(said, dict | list) else None


@st.composite
def bent(draw, samples):
    """An ordinary message with one thing in it, at any depth, replaced, removed or repeated."""
    sample = draw(st.sampled_from([one for one in samples if read_json(one) is not None]))
    message = json.loads(sample)
    inside = message
    while isinstance(inside, dict | list) and inside:
        key = draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
        if not isinstance(inside[key], dict | list) or draw(st.booleans()):
            match draw(st.sampled_from(["replace", "remove", "repeat"])):
                case "replace":
                    inside[key] = draw(values)
                case "remove":
                    del inside[key]
                case "repeat":
                    inside[key] = [inside[key]] * 2
            break
        inside = inside[key]
    text = json.dumps(message)
    return text.encode() if isinstance(sample, bytes) else text


@st.composite
def torn(draw, samples):
    """An ordinary message with some of its bytes changed, lost or doubled, or with its end cut off."""
    data = bytearray(as_bytes(draw(st.sampled_from(samples))))
    if draw(st.booleans()):
        return bytes(data[: draw(st.integers(0, len(data)))])
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 8)))
        data[start:end] = draw(st.binary(max_size=6))
    return bytes(data)


def spoilt(samples):
    """Almost right: the dangerous kind of garbage."""
    bendable = any(read_json(one) is not None for one in samples)
    return bent(samples) | torn(samples) if bendable else torn(samples)


# ---- what can be believed and sent on


def check_short(error):
    """The words of the blame, which fit a log."""
    assert len(str(error)) < LONGEST
    if isinstance(error, SessionBroken):
        assert error.reason
        assert len(error.reason) < 40, "a reason is a metric label"
    return str(error)


def check_sane(exchange, result, subscriptions=(), *, seen=SEEN):
    """Real numbers, real times, books in order, short words; `subscriptions` is what the conversation asked for."""
    match result:
        case Accepted():
            assert set(result.subscriptions) <= set(subscriptions)
        case Rejected():
            assert set(result.subscriptions) <= set(subscriptions)
            assert len(result.reason) <= LONGEST
            assert len(result.text) <= LONGEST
        case Retiring() | Nonsense():
            assert len(result.text) <= LONGEST
        case Send():
            assert isinstance(result.frame, str)
            assert result.frame
        case Fetch():
            assert result.request.url.startswith(exchange.rest_url + "/")
            assert result.tag
        case Market():
            assert result.code
            assert result.instrument.base
            assert 0 <= result.delists_at <= LATEST
        case _:
            _check_event(exchange, result, seen)


def _check_event(exchange, event, seen):
    assert event.exchange == exchange.name
    assert event.seen == seen or seen is None
    msgspec.msgpack.encode(event)
    for field in event.__struct_fields__:
        number = getattr(event, field)
        assert not isinstance(number, float) or math.isfinite(number), f"{field} of {event}"
    if isinstance(event, Gap):
        assert 0 <= event.at <= LATEST
        assert event.instruments
        assert event.reason
        return
    assert 0 < event.at <= LATEST
    SENSE.get(type(event), lambda _: None)(event)


def _trade(trade):
    assert trade.price > 0
    assert trade.size > 0
    assert isinstance(trade.id, str)
    assert trade.id
    assert trade.side in ("buy", "sell")
    assert not trade.backfilled, "that is the worker's to say"


def _ticker(ticker):
    assert ticker.price > 0
    assert ticker.volume_24h >= 0
    assert ticker.turnover_24h >= 0


def _candle(candle):
    assert min(candle.open, candle.high, candle.low, candle.close) > 0
    assert min(candle.volume, candle.turnover) >= 0
    assert candle.interval_s > 0
    assert candle.buy_turnover is None or candle.buy_turnover >= 0


def _book(book):
    assert book.bids or book.asks
    assert list(book.asks) == sorted(book.asks)
    assert list(book.bids) == sorted(book.bids, reverse=True)
    assert all(0 < number < math.inf for level in book.bids + book.asks for number in level)
    assert not (book.bids and book.asks) or book.bids[0][0] < book.asks[0][0]


def _top(top):
    assert all(0 < number < math.inf for number in top.bid + top.ask)
    assert top.bid[0] < top.ask[0]


SENSE = {Trade: _trade, Ticker: _ticker, Candle: _candle, OrderBook: _book, BookTop: _top}
