"""A capture is served exactly: its markets, its frames, each of them once, in its order, to who asked for it."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio_websocket import open_websocket_url

from scanner.exchanges.base import Endpoint
from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import OrderBook, Subscription, Trade
from scanner.sim.capture import load, read
from scanner.sim.captures.registry import READERS
from scanner.sim.faults import Fault
from scanner.sim.options import CannotServe, Options
from scanner.sim.recorded import RecordedMarket
from scanner.sim.server import serve
from scanner.sim.tape import Tape
from scanner.sim.venues.registry import VENUES

AT = 1_700_000_000.5


def trade(code, number, keys=("ty", "cd", "tp", "sid")):
    kind, market, price, sid = keys
    return msgspec.json.encode({kind: "trade", market: code, price: 100.0 + number, sid: number})


def book(code, bid):
    return msgspec.json.encode({"ty": "orderbook", "cd": code, "obu": [{"ap": bid + 1, "bp": bid, "as": 1, "bs": 2}]})


def line(number, frame):
    return f"{AT + number / 10}: {frame!r}"


FRAMES = [
    ("trade", "KRW-AAA", trade("KRW-AAA", 1)),
    ("orderbook", "KRW-AAA", book("KRW-AAA", 50.0)),
    ("trade", "KRW-BBB", trade("KRW-BBB", 2)),
    ("trade", "KRW-AAA", trade("KRW-AAA", 3)),
    ("orderbook", "BTC-CCC", book("BTC-CCC", 0.5)),
    ("trade", "KRW-BBB", trade("KRW-BBB", 4)),
    ("trade", "KRW-AAA", trade("KRW-AAA", 5)),
]
LINES = [line(number, frame) for number, (_, _, frame) in enumerate(FRAMES)]


def heard(lines):
    """The frames that these lines hold."""
    return list(read(lines, READERS["upbit"], "test").recorded)


@pytest.fixture
def recorded():
    return read(LINES, READERS["upbit"], "test")


async def ask(guest, *wanted):
    await guest.ask(*({"type": kind, "codes": codes} for kind, codes in wanted), {"format": "SIMPLE"})


async def frames(guest, seconds=1.0):
    got = []
    with trio.move_on_after(seconds):
        while True:
            got.append(await guest.raw())
    return got


def test_data_frames_are_read_in_order_with_their_stream_and_time(recorded):
    # Promise: kind and code from the frame, the time from the line, the bytes as they were.
    assert [(one.key, one.frame) for one in recorded.recorded] == [
        ((kind, code), frame) for kind, code, frame in FRAMES
    ]
    assert [one.at_s for one in recorded.recorded] == pytest.approx([AT + number / 10 for number in range(7)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "wss://api.venue/websocket/v1 <-> 1700000000.1",
        'wss://api.venue/websocket/v1 <- 1700000000.1: [{"ticket":"x"}]',
        'https://api.venue/v1/market/all -> 1700000000.1: [{"market":"KRW-AAA"}]',
        'configuration: {"trades":["AAA-KRW"]}',
        f"{AT}: ",
        f"{AT}: b'unfinished",
        f"{AT}: b'no json'",
        f"{AT}: {{",
        line(0, b'{"status":"UP"}'),
        line(0, b'{"error":{"name":"NO_TICKET"}}'),
        f"{AT}: [1, 2, 3]",
        f"{AT}: []",
        f"{AT}: b'' if exit() else b''",
    ],
)
def test_other_lines_are_passed_over(text):
    # Promise: what is no received data frame is no frame of ours, and nothing in a file is ever run.
    assert heard([text, LINES[0]]) == heard([LINES[0]])


def test_frames_may_be_plain_text_with_long_keys_or_in_an_array():
    # Promise: every spelling of the venues is understood.
    long = trade("KRW-AAA", 1, ("type", "code", "trade_price", "sequential_id"))
    lines = [f"{AT}: {long.decode()}", f"{AT}: [{long.decode()}]", f"{AT}: {long!r}\r\n"]
    assert [(one.key, one.price) for one in heard(lines)] == [(("trade", "KRW-AAA"), 101.0)] * 3


@given(st.lists(st.text(max_size=40) | st.binary(max_size=30).map(lambda frame: f"1.5: {frame!r}"), max_size=5))
def test_no_file_brings_the_reader_down(lines):
    # Promise: whatever the lines hold, they are data or passed over.
    assert len(heard([*lines, LINES[0]])) >= 1


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    # Promise: one clear sentence with the path and the reason.
    (tmp_path / "empty").write_text("nothing here\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00" * 50)
    for name, reason in (
        ("absent", "No such file"),
        ("", "Is a directory"),
        ("empty", "no market data"),
        ("binary", "expected text"),
    ):
        path = str(tmp_path / name)
        with pytest.raises(CannotServe, match=reason) as problem:
            load([path], READERS["upbit"])
        assert path.rstrip("/") in str(problem.value)


@pytest.mark.parametrize(("exchange", "kind"), [("upbit", bytes), ("bithumb", str)])
async def test_each_frame_is_sent_once_verbatim_and_in_order(
    autojump_clock, open_house, visit, recorded, exchange, kind
):
    # Promise: the bytes of the capture, binary where the venue is, then silence on an open connection.
    async with visit(open_house(exchange, recorded=recorded)) as guest:
        await ask(guest, ("trade", ["KRW-BBB", "KRW-AAA"]), ("orderbook", ["BTC-CCC", "KRW-AAA"]))
        got = await frames(guest)
        assert {type(frame) for frame in got} == {kind}
        assert [frame if kind is bytes else frame.encode() for frame in got] == [frame for _, _, frame in FRAMES]
        assert await frames(guest, 60) == []
        await guest.say("PING")
        assert await guest.read() == {"status": "UP"}


async def test_frames_wait_until_somebody_asks_for_them(autojump_clock, open_house, visit, recorded):
    # Promise: streams asked for later are complete, in the capture's order, by whichever connection asks.
    house = open_house(recorded=recorded)
    async with visit(house) as one, visit(house) as other:
        await ask(one, ("trade", ["KRW-AAA", "KRW-NOPE"]))
        assert await frames(one) == [FRAMES[0][2], FRAMES[3][2], FRAMES[6][2]]
        await trio.sleep(100)
        await ask(other, ("trade", ["KRW-AAA", "KRW-BBB"]), ("orderbook", ["KRW-AAA.15"]))
        assert await frames(other) == [FRAMES[1][2], FRAMES[2][2], FRAMES[5][2]]
        assert await frames(one) == []


async def test_a_reconnect_replays_nothing(autojump_clock, open_house, visit, recorded):
    # Promise: what was sent is gone, for the same client and for any other.
    house = open_house(recorded=recorded)
    for expected in (3, 0):
        async with visit(house) as guest:
            await ask(guest, ("trade", ["KRW-AAA"]))
            assert len(await frames(guest)) == expected


async def test_two_connections_with_the_same_wish_share_the_frames(autojump_clock, open_house, visit, recorded):
    # Promise: together they get each frame once.
    house = open_house(recorded=recorded)
    async with visit(house) as one, visit(house) as other:
        for guest in (one, other):
            await ask(guest, ("trade", ["KRW-AAA", "KRW-BBB"]))
        got = await frames(one) + await frames(other)
    assert sorted(got) == sorted(frame for kind, _, frame in FRAMES if kind == "trade")


async def test_what_a_reader_has_not_taken_stays_on_the_tape(autojump_clock, open_house, visit):
    # Promise: back-pressure reaches the tape; who comes after a reader that fell asleep gets all the rest.
    lines = [line(number, trade("KRW-AAA", number)) for number in range(500)]
    house = open_house(recorded=read(lines, READERS["upbit"], "test"))
    async with visit(house, lockstep=True) as asleep:
        await ask(asleep, ("trade", ["KRW-AAA"]))
        await trio.sleep(100)
        async with visit(house) as awake:
            await ask(awake, ("trade", ["KRW-AAA"]))
            rest = await frames(awake)
    assert rest == [one.frame for one in heard(lines)[-len(rest) :]]
    assert len(rest) >= 490


@pytest.mark.parametrize(("speed", "spacing"), [(1.0, 0.1), (2.0, 0.05), (0.5, 0.2)])
async def test_a_speed_keeps_the_captures_rhythm(autojump_clock, open_house, visit, recorded, speed, spacing):
    # Promise: frames come as far apart as they were recorded, divided by the speed, counted from the subscription.
    async with visit(open_house(recorded=recorded, speed=speed)) as guest:
        await trio.sleep(30)
        await ask(guest, ("trade", ["KRW-AAA", "KRW-BBB"]))
        began, times = trio.current_time(), []
        for _ in range(5):
            await guest.raw()
            times.append(trio.current_time() - began)
    assert times == pytest.approx([spacing * place for place in (0, 2, 3, 5, 6)])


async def test_faults_work_on_a_tape_too(autojump_clock, open_house, visit, recorded):
    # Promise: a stall delays, and loses nothing.
    house = open_house(recorded=recorded, faults=[Fault("upbit", "stall", 0, 20)])
    async with visit(house) as guest:
        await ask(guest, ("trade", ["KRW-AAA"]))
        assert await frames(guest, 19) == []
        assert len(await frames(guest, 5)) == 3


@given(
    keys=st.lists(st.sampled_from("abc"), min_size=1, max_size=30),
    claims=st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=4),
    turns=st.lists(st.integers(0, 3), max_size=60),
)
def test_claims_share_a_tape_fairly(keys, claims, turns):
    # Promise: however claims take turns, each frame is taken at most once, each claim sees its own in order.
    lines = [line(number, trade(f"KRW-{key}".upper(), number)) for number, key in enumerate(keys)]
    recorded = heard(lines)
    tape = Tape(recorded)
    open_claims = [tape.claim([("trade", f"KRW-{key}".upper()) for key in sorted(claim)]) for claim in claims]
    taken = [[] for _ in claims]
    for turn in [*turns, *range(len(claims))] * 1 + [n for n in range(len(claims)) for _ in keys]:
        claim = open_claims[turn % len(claims)]
        if claim.peek() is not None:
            taken[turn % len(claims)].append(claim.take())
    places = [[one.place for one in each] for each in taken]
    assert all(each == sorted(each) for each in places)
    everything = sorted(place for each in places for place in each)
    wanted = {f"KRW-{key}".upper() for claim in claims for key in claim}
    assert everything == [one.place for one in recorded if one.key[1] in wanted]


def test_rest_lists_exactly_the_codes_of_the_capture(recorded):
    # Promise: those markets and no others, each with a price from its frames, readable to the scanner.
    known, rest = EXCHANGES["upbit"], VENUES["upbit"].rest(RecordedMarket(recorded))
    request = known.markets_request()
    listed = known.parse_markets(rest.answer(request.url.removeprefix(known.rest_url), request.params).body)
    assert sorted(market.code for market in listed) == ["BTC-CCC", "KRW-AAA", "KRW-BBB"]
    prices = {}
    for request in known.tickers_requests(listed):
        body = rest.answer(request.url.removeprefix(known.rest_url), request.params).body
        prices |= {str(each.instrument): each.price for each in known.parse_tickers(body, 1)}
    assert prices == {"AAA/KRW": 105.0, "BBB/KRW": 104.0, "CCC/BTC": 0.5}
    assert msgspec.json.decode(rest.answer("/v1/candles/minutes/1", {"market": "KRW-AAA"}).body) == []


async def test_the_shared_capture_comes_out_whole(shared: Path):
    # Promise: 304 trades and 145 books through a real WebSocket, none lost, none misread.
    capture = str(shared / "recordings" / "UPBIT.ws.62.0")
    known = EXCHANGES["upbit"]
    events = []
    async with trio.open_nursery() as nursery:
        urls = await nursery.start(serve, Options(exchanges=("upbit",), replay=(capture,)))
        codes = {one.key[1] for one in load([capture], READERS["upbit"]).recorded}
        instruments = [market.instrument for market in known.parse_markets(_catalogue(codes))]
        wanted = tuple(Subscription(channel, each) for channel in ("trade", "orderbook") for each in instruments)
        session = known.open(Endpoint(urls["upbit"]["ws_url"], wanted))
        async with open_websocket_url(urls["upbit"]["ws_url"]) as websocket:
            for request in session.subscribe():
                await websocket.send_message(request)
            with trio.fail_after(30):
                while len(events) < 449:
                    events += session.parse(await websocket.get_message(), 1)
            with trio.move_on_after(0.3):
                events += session.parse(await websocket.get_message(), 1)
        nursery.cancel_scope.cancel()
    assert Counter(type(event) for event in events) == {Trade: 304, OrderBook: 145}


def _catalogue(codes):
    return msgspec.json.encode([{"market": code, "korean_name": code, "english_name": code} for code in sorted(codes)])
