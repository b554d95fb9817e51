"""What every venue in the registry promises, whatever it speaks."""

import json
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.exchanges.base import Endpoint, RemoteNonsense, SessionBroken
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, OrderBook, Subscription, Ticker, Trade

SEEN = 1_790_000_000_200_000_000
LATEST = 2**63 - 1
venues = pytest.mark.parametrize("exchange", EXCHANGES.values(), ids=list(EXCHANGES))

TICKET_FRAMES = [
    """{"ty":"trade","cd":"KRW-WAVE","ttms":1790000000112,"tp":812.5,"tv":40.25,"ab":"BID","sid":17900000001120003,
        "st":"REALTIME"}""",
    """{"type":"trade","code":"KRW-REEF","trade_timestamp":1790000000112,"trade_price":9,"trade_volume":1.5e-7,
        "ask_bid":"ASK","sequential_id":"17900000001120003","stream_type":"REALTIME"}""",
    """{"ty":"orderbook","cd":"KRW-WAVE","tms":1790000000100482,"obu":[{"ap":813,"bp":812,"as":10.5,"bs":4},
        {"ap":814,"bp":811,"as":20,"bs":0}],"st":"SNAPSHOT"}""",
    """{"ty":"ticker","cd":"KRW-WAVE","tp":812.5,"tms":1790000000160,"atp24h":9876543.25,"atv24h":12345.5}""",
    """{"ty":"candle.1m","cd":"KRW-WAVE","cdttmu":"2026-09-21T14:13:00","op":810,"hp":813,"lp":809.5,"tp":812.5,
        "catv":77.5,"catp":62900.25}""",
    """[{"ty":"trade","cd":"KRW-WAVE","ttms":1790000000112,"tp":812.5,"tv":1,"ab":"BID","sid":1,"st":"REALTIME"}]""",
    """{"status":"UP"}""",
    """{"error":{"name":"NO_CODES","message":"none"}}""",
    """{"method":"LIST_SUBSCRIPTIONS","result":[],"ticket":"t"}""",
]
TICKET_BODIES = [
    """[{"market":"KRW-WAVE","english_name":"Wave","market_warning":"NONE",
         "market_event":{"warning":false,"caution":{"A":true}}}]""",
    """[{"market":"KRW-WAVE","trade_price":812.5,"acc_trade_price_24h":9,"acc_trade_volume_24h":8,
         "trade_date":"20260921","trade_time":"141320","trade_timestamp":1790032400112,"timestamp":1790032400160}]""",
    """{"error":{"name":404,"message":"none"}}""",
]
FRAMES = {"upbit": TICKET_FRAMES, "bithumb": TICKET_FRAMES}
"""A venue's ordinary frames, to be bent out of shape: a new venue in the registry needs a line here."""
BODIES = {"upbit": TICKET_BODIES, "bithumb": TICKET_BODIES}

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["nan", "1e5", "-0", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bent(draw, samples):
    """An ordinary message with one thing in it, at any depth, replaced, removed or repeated."""
    message = json.loads(draw(st.sampled_from(samples)))
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
    return json.dumps(message)


@st.composite
def torn(draw, samples):
    """An ordinary message with some of its bytes changed, lost or doubled."""
    data = bytearray(draw(st.sampled_from(samples)).encode())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 8)))
        data[start:end] = draw(st.binary(max_size=6))
    return bytes(data)


def sample_frames(exchange):
    assert exchange.name in FRAMES, f"{exchange.name} needs ordinary frames in {__file__}"
    return FRAMES[exchange.name]


def wanted(exchange, *names):
    quote = min(exchange.quotes)
    return [Subscription(channel, Instrument(n, quote)) for n in names for channel in sorted(exchange.channels)]


def check_sane(result):
    """What leaves a parser can be believed and sent on: real numbers, real times, books in order."""
    if isinstance(result, Trade):
        assert 0 < result.price < math.inf
        assert 0 < result.size < math.inf
        assert isinstance(result.id, str)
        assert result.side in ("buy", "sell")
    elif isinstance(result, Ticker):
        assert 0 < result.price < math.inf
        assert 0 <= result.turnover_24h < math.inf
    elif isinstance(result, Candle):
        assert all(0 < price < math.inf for price in (result.open, result.high, result.low, result.close))
    elif isinstance(result, OrderBook):
        assert result.bids or result.asks
        assert list(result.asks) == sorted(result.asks)
        assert list(result.bids) == sorted(result.bids, reverse=True)
        assert all(0 < number < math.inf for level in result.bids + result.asks for number in level)
        assert not (result.bids and result.asks) or result.bids[0][0] < result.asks[0][0]
    if isinstance(result, Trade | Ticker | Candle | OrderBook):
        assert 0 < result.at <= LATEST
        assert result.seen == SEEN
        msgspec.msgpack.encode(result)


def check_blame(exchange, frame):
    """Any frame gives sane results or one of the two blamed errors, whose text is short."""
    session = exchange.open(Endpoint(exchange.ws_url))
    try:
        results = session.parse(frame, SEEN)
    except (RemoteNonsense, SessionBroken) as error:
        check_short(error)
        return
    for result in results:
        check_sane(result)


def check_short(error):
    """Fit for a log, however long the frame was."""
    assert len(str(error)) < 500


@venues
@given(data=st.data())
def test_arbitrary_frames_are_blamed_on_the_venue(exchange, data):
    """Bytes and text of any kind raise the two blamed errors, and nothing else."""
    check_blame(exchange, data.draw(st.binary(max_size=200) | st.text(max_size=200) | values.map(json.dumps)))


@venues
@settings(max_examples=400)
@given(data=st.data())
def test_ordinary_frames_bent_out_of_shape_are_blamed_on_the_venue(exchange, data):
    """The dangerous garbage is that which is almost right."""
    samples = sample_frames(exchange)
    frame = data.draw(bent(samples) | torn(samples))
    check_blame(exchange, frame)


@venues
def test_ordinary_frames_are_read(exchange):
    """The samples that are bent above are good ones: each channel of the venue is among them."""
    session = exchange.open(Endpoint(exchange.ws_url))
    kinds = set()
    for frame in sample_frames(exchange):
        try:
            kinds |= {type(result).__name__.lower() for result in session.parse(frame, SEEN)}
        except RemoteNonsense:
            kinds.add("refused")
    assert exchange.channels <= kinds


@venues
@settings(max_examples=300)
@given(data=st.data())
def test_arbitrary_answers_are_blamed_on_the_venue(exchange, data):
    """The catalogue, prices and fetched answers: only RemoteNonsense (or SessionBroken for the last) comes out."""
    bodies = BODIES[exchange.name]
    body = data.draw(
        st.binary(max_size=200) | values.map(json.dumps).map(str.encode) | bent(bodies).map(str.encode) | torn(bodies)
    )
    for parse in (exchange.parse_markets, lambda body: exchange.parse_tickers(body, SEEN)):
        try:
            results = parse(body)
        except RemoteNonsense as error:
            check_short(error)
            continue
        for result in results:
            check_sane(result)
    session = exchange.open(Endpoint(exchange.ws_url))
    with pytest.raises((RemoteNonsense, SessionBroken)):
        session.parse_fetched("never asked", body)


@venues
def test_subscribing_names_every_stream(exchange):
    """Nothing that the endpoint lists is left unsaid."""
    everything = wanted(exchange, "WAVE", "REEF", "1INCH")
    [endpoint] = exchange.plan(everything)
    said = "".join(exchange.open(endpoint).subscribe())
    assert all(one.instrument.base in said for one in everything)
    for missing in everything:
        rest = tuple(one for one in everything if one != missing)
        assert "".join(exchange.open(Endpoint(endpoint.url, rest)).subscribe()) != said, f"{missing} was never named"


@venues
@given(data=st.data())
def test_a_plan_keeps_the_limits_and_loses_nothing(exchange, data):
    """For any wants: each stream on exactly one connection, none over its limit, the same again when asked again."""
    names = data.draw(st.lists(st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True), max_size=150, unique=True))
    everything = wanted(exchange, *names)
    subset = data.draw(
        st.just(everything) | st.lists(st.sampled_from(everything), max_size=60) if everything else st.just([])
    )
    plan = exchange.plan(subset)
    assert sorted(one for endpoint in plan for one in endpoint.subscriptions) == sorted(set(subset))
    for endpoint in plan:
        assert (
            0
            < len({exchange.stream_of(one) for one in endpoint.subscriptions})
            <= exchange.limits.streams_per_connection
        )
        assert endpoint.url == exchange.ws_url
    assert exchange.plan(reversed(subset)) == plan


@venues
def test_a_channel_that_does_not_exist_is_refused(exchange):
    """ValueError, naming the venue and the channel."""
    instrument = Instrument("WAVE", min(exchange.quotes))
    for channel in {"ticker", "trade", "orderbook", "candle"} - exchange.channels:
        with pytest.raises(ValueError, match=rf"{exchange.name}.*{channel}"):
            exchange.plan([Subscription(channel, instrument)])


@venues
def test_updating_to_what_is_running_says_nothing(exchange):
    """Twice the same is once; and a set that changed is said."""
    before, after = wanted(exchange, "WAVE"), wanted(exchange, "WAVE", "REEF")
    session = exchange.open(Endpoint(exchange.ws_url, tuple(before)))
    session.subscribe()
    assert session.update(before) == []
    assert session.update(after) != []
    assert session.update(reversed(after)) == []
    assert session.update(before) != []


@venues
def test_a_new_session_remembers_nothing(exchange):
    """Whatever the old connection heard and said, the new one begins as the first did."""
    endpoint = Endpoint(exchange.ws_url, tuple(wanted(exchange, "WAVE")))

    def story(session):
        told = [session.subscribe()]
        for frame in sample_frames(exchange):
            try:
                told.append(session.parse(frame, SEEN))
            except RemoteNonsense as error:
                told.append(str(error))
        return [*told, session.update(wanted(exchange, "REEF"))]

    assert story(exchange.open(endpoint)) == story(exchange.open(endpoint))


@venues
def test_its_numbers_make_sense(exchange):
    """Every limit bounds something, and a connection is given up only after it was asked for a sign of life."""
    limits = exchange.limits
    assert all(
        window.count > 0 and window.seconds > 0 for window in limits.connects + limits.messages + limits.requests
    )
    assert limits.connects
    assert limits.requests
    assert limits.streams_per_connection > 0
    keepalive = exchange.open(Endpoint(exchange.ws_url)).keepalive
    assert 0 < keepalive.every_s < keepalive.patience_s
    assert exchange.quotes
    assert exchange.title
    assert not exchange.rest_url.endswith("/")
