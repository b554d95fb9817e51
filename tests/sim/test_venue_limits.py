"""Every limit that a venue can declare is enforced, to the second and with the venue's own words."""

import msgspec
import pytest
import trio
from msgspec.structs import replace
from trio_websocket import ConnectionClosed, ConnectionRejected

from scanner.sim.connection import CUT
from scanner.sim.faults import Faults
from scanner.sim.upkeep import GOING_AWAY, NOTICE_S
from scanner.sim.venues.base import Answer, Heard, Window
from scanner.sim.venues.desk import TicketDesk
from scanner.sim.venues.upbit import LIMITS, RULES, Upbit, UpbitRest
from tests.sim.conftest import ORIGIN

TRADES = {"type": "trade", "codes": ["KRW-BTC"], "is_only_realtime": True}
OTHERS = {"type": "trade", "codes": ["KRW-ETH"], "is_only_realtime": True}
NAMED = [("User-Agent", "test")]


class SternDesk(TicketDesk):
    """A desk with every manner a venue may have."""

    def hear(self, message):
        if message == "PONG":
            return Heard(answer=True)
        if message == "BYE":
            return Heard(("bye",), close=4001)
        if message == "NOTHING":
            self._streams = {}
            return Heard(operation=True)
        heard = super().hear(message)
        return replace(heard, operation=heard.subscribed or heard.refused)

    def greeting(self):
        return ("welcome",)

    def farewell(self):
        return "closing soon"

    def over_limit(self):
        return "too much"


class Stern(Upbit):
    """A venue with the limits of a test."""

    def __init__(self, desk=SternDesk, **limits):
        self.limits = replace(LIMITS, messages=(), idle_s=1e6, **limits)
        self._desk = desk

    def desk(self, path=""):
        del path
        return self._desk(RULES, binary=False)

    def rest(self, view):
        return SternRest(view)


class SternRest(UpbitRest):
    def weight(self, path, params):
        del path
        return int(params.get("weight", "1"))

    def over_limit(self):
        return Answer(429, b"slower", headers={"Retry-After": "1", "X-Hint": "please"})


async def closed(guest):
    """Close code of a connection, once it is closed; whatever comes before is passed over."""
    with pytest.raises(ConnectionClosed) as end:
        while True:
            await guest.raw()
    return end.value.reason.code


async def rejection(visit, house, headers=()):
    with pytest.raises(ExceptionGroup) as refused:
        async with visit(house, headers):
            pass
    (error,) = [each for each in refused.value.exceptions if isinstance(each, ConnectionRejected)]
    return error


@pytest.fixture
def stern(open_house):
    return lambda **limits: open_house(Stern(**limits))


async def test_a_greeting_comes_first(autojump_clock, stern, visit):
    # Promise: before anything is asked, and once.
    async with visit(stern()) as guest:
        assert await guest.raw() == "welcome"
        await guest.say("BYE")
        assert await guest.raw() == "bye"


async def test_a_desk_may_end_the_conversation(autojump_clock, stern, visit):
    # Promise: after the answers, with the code that the venue gives.
    async with visit(stern()) as guest:
        await guest.say("BYE")
        assert await closed(guest) == 4001


async def test_operations_have_windows_of_their_own(autojump_clock, stern, visit):
    # Promise: one more than allowed is answered and not obeyed, other messages are; later it is welcome again.
    house = stern(operations=(Window(2, 60.0),))
    async with visit(house) as guest:
        assert await guest.raw() == "welcome"
        await guest.ask(TRADES)
        await guest.ask(TRADES)
        await guest.ask(OTHERS)
        await guest.say("PING")
        answers = []
        with trio.move_on_after(20):
            while True:
                answers.append(await guest.raw())
        assert [answer for answer in answers if "KRW-BTC" not in answer] == ["too much", '{"status":"UP"}'] + [
            '{"status":"UP"}'
        ] * (len(answers) - sum("KRW-BTC" in answer for answer in answers) - 2)
        assert not any("KRW-ETH" in answer for answer in answers)
        await trio.sleep(40)
        await guest.ask(OTHERS)
        with trio.fail_after(20):
            while "KRW-ETH" not in await guest.raw():
                pass


async def test_a_mistaken_operation_counts_as_well(autojump_clock, stern, visit):
    # Promise: what was refused for its form uses up the window all the same.
    async with visit(stern(operations=(Window(1, 60.0),))) as guest:
        await guest.say("[]")
        await guest.ask(TRADES)
        said = [await guest.raw() for _ in range(3)]
        assert said[0] == "welcome"
        assert "error" in said[1]
        assert said[2] == "too much"


@pytest.mark.parametrize("words", ["too much", ""])
async def test_too_many_messages_can_end_a_connection(autojump_clock, open_house, visit, words):
    # Promise: the venue's words, unless it has none, and then its close code.
    desk = type("Desk", (SternDesk,), {"over_limit": lambda _: words})
    house = open_house(Stern(desk, excess_code=1008, operations=(Window(1, 60.0),)))
    async with visit(house) as guest:
        await guest.raw()
        await guest.ask(TRADES)
        await guest.ask(TRADES)
        last = None
        with pytest.raises(ConnectionClosed) as end:
            while True:
                message = await guest.raw()
                last = message if "KRW-BTC" not in message else last
        assert last == (words or None)
        assert (end.value.reason.code, end.value.reason.reason) == (1008, "Too many requests")


async def test_connections_at_a_time_are_counted(autojump_clock, stern, visit):
    # Promise: one more is turned away with 429 while the others are there, and welcome when one is gone.
    house = stern(connections=2)
    async with visit(house):
        async with visit(house):
            assert (await rejection(visit, house)).status_code == 429
        await trio.sleep(1)
        async with visit(house) as guest:
            assert await guest.raw() == "welcome"


@pytest.mark.parametrize("code", [1000, 4004, CUT])
async def test_who_carries_no_stream_is_closed(autojump_clock, stern, visit, code):
    # Promise: so long after the beginning, or after the last stream was given up, and with the venue's code.
    house = stern(unsubscribed_s=30.0, idle_code=code)
    async with visit(house) as guest:
        began = trio.current_time()
        assert await closed(guest) == code
        assert trio.current_time() - began == pytest.approx(30)
    async with visit(house) as guest:
        await trio.sleep(20)
        await guest.ask(TRADES)
        await trio.sleep(75)
        await guest.say("NOTHING")
        began = trio.current_time()
        assert await closed(guest) == code
        assert trio.current_time() - began == pytest.approx(30)


async def test_the_idle_are_closed_with_the_venues_code(autojump_clock, open_house, visit):
    # Promise: 4004 where the venue says 4004.
    venue = Stern(idle_code=4004)
    venue.limits = replace(venue.limits, idle_s=30.0)
    async with visit(open_house(venue)) as guest:
        assert await closed(guest) == 4004


async def test_nobody_stays_longer_than_a_lifetime(autojump_clock, stern, visit):
    # Promise: a notice so long before the end, then the end, however lively the connection is.
    async with visit(stern(lifetime_s=600.0, notice_s=60.0)) as guest:
        assert await guest.raw() == "welcome"
        await guest.ask(TRADES)
        began = trio.current_time()
        with trio.fail_after(700):
            while await guest.raw() != "closing soon":
                pass
            assert trio.current_time() - began == pytest.approx(540)
            assert await closed(guest) == 1001
        assert trio.current_time() - began == pytest.approx(600)


async def test_pings_have_to_be_answered(autojump_clock, stern, visit, nursery):
    # Promise: who answers stays; who does not is closed when the venue's patience with the first one is over.
    house = stern(ping_s=20.0, pong_s=50.0)
    async with visit(house) as guest:
        await guest.read_for(0)
        await trio.sleep(200)
        await guest.say("BYE")
        assert await closed(guest) == 4001
    ours, theirs = trio.testing.memory_stream_pair()
    nursery.start_soon(house.converse, theirs)
    await ours.send_all(
        b"GET /websocket/v1 HTTP/1.1\r\nHost: venue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    began, heard = trio.current_time(), b""
    while b"Pong timeout" not in heard:
        heard += await ours.receive_some()
    assert trio.current_time() - began == pytest.approx(70)
    assert heard.count(b"\x89\x04") == 3


async def test_beats_go_to_who_carries_a_stream_and_want_an_answer(autojump_clock, stern, visit):
    # Promise: every minute from the subscription on; so many without an answer are the end, an answer starts anew.
    house = stern(beat_s=60.0, beats_missed=3, idle_code=CUT)
    beat = '{"status":"UP"}'
    async with visit(house) as guest:
        assert await guest.raw() == "welcome"
        with trio.move_on_after(100):
            raise AssertionError(await guest.raw())
        await guest.ask({"type": "trade", "codes": ["KRW-NOPE"]})
        for _ in range(4):
            assert await guest.raw() == beat
            await guest.say("PONG")
        began = trio.current_time()
        assert [await guest.raw() for _ in range(3)] == [beat] * 3
        assert await closed(guest) == CUT
        assert trio.current_time() - began == pytest.approx(240)


async def test_unanswered_beats_harm_nobody_where_nobody_counts(autojump_clock, stern, visit):
    # Promise: beats alone are no ultimatum.
    async with visit(stern(beat_s=60.0)) as guest:
        await guest.ask({"type": "trade", "codes": ["KRW-NOPE"]})
        await trio.sleep(600)
        await guest.say("BYE")
        assert await closed(guest) == 4001


async def test_software_without_a_name_is_turned_away(autojump_clock, stern, visit):
    # Promise: 403 on handshake and REST without a User-Agent, where the venue minds.
    house = stern(user_agent=True)
    assert (await rejection(visit, house)).status_code == 403
    async with visit(house, NAMED) as guest:
        assert await guest.raw() == "welcome"
    path = "/v1/market/all"
    assert house.answer(path, {}, origin=False, user_agent=False)[0].status == 403
    assert house.answer(path, {}, origin=False)[0].status == 200


async def test_rest_calls_count_with_their_weight(autojump_clock, stern):
    # Promise: a heavy call uses up as much as many light ones; Retry-After is the time until there is room again.
    house = stern(requests=Window(100, 10.0))

    def ask(weight):
        answer, headers = house.answer("/v1/market/all", {"weight": str(weight)}, origin=False)
        return answer.status, headers.get("Retry-After")

    assert ask(60) == (200, None)
    await trio.sleep(4)
    assert ask(41) == (429, "5")
    assert ask(40) == (200, None)
    assert ask(1) == (429, "5")
    await trio.sleep(5)
    assert ask(60) == (200, None)
    assert ask(101) == (429, "9")
    assert house.answer("/v1/market/all", {}, origin=False)[1]["X-Hint"] == "please"


# ---- the faults that look like limits


async def test_a_rate_limit_refuses_calls_connections_and_messages(autojump_clock, stern, visit):
    # Promise: the venue's 429 with the time that is left, no new connections, and messages that are not obeyed.
    house = stern()
    async with visit(house) as guest:
        assert await guest.raw() == "welcome"
        house.faults.arm("rate-limit", house.clock.now_ms(), 30)
        await trio.sleep(10)
        answer, headers = house.answer("/v1/market/all", {}, origin=False)
        assert (answer.status, answer.body, headers["Retry-After"]) == (429, b"slower", "20")
        assert (await rejection(visit, house)).status_code == 429
        await guest.ask(TRADES)
        assert await guest.raw() == "too much"
        await trio.sleep(20)
        assert house.answer("/v1/market/all", {}, origin=False)[0].status == 200
        await guest.ask(TRADES)
        assert "KRW-BTC" in await guest.raw()


@pytest.mark.parametrize("status", [418, 403])
async def test_a_ban_turns_everybody_out_and_away(autojump_clock, stern, visit, status):
    # Promise: connections are cut, REST and handshakes get the venue's status and the end of the ban.
    house = stern(ban_status=status)
    async with visit(house) as guest:
        await guest.ask(TRADES)
        house.faults.arm("ban", house.clock.now_ms(), 90)
        assert await closed(guest) == CUT
    await trio.sleep(30)
    answer, headers = house.answer("/v1/market/all", {}, origin=False)
    assert (answer.status, headers["Retry-After"]) == (status, "60")
    refused = await rejection(visit, house)
    assert refused.status_code == status
    assert (b"retry-after", b"60") in [(name.lower(), value) for name, value in refused.headers]
    await trio.sleep(60)
    async with visit(house) as guest:
        assert await guest.raw() == "welcome"
    house.faults.arm("ban", house.clock.now_ms())
    assert house.answer("/v1/market/all", {}, origin=False)[1]["Retry-After"] == "120"


def test_time_left_of_a_fault():
    # Promise: the longest of its spells, 0 before and after, for ever where nothing ends it.
    faults = Faults()
    now = ORIGIN // 1_000_000
    assert faults.left_s("ban", now) == 0
    faults.arm("ban", now, 10)
    faults.arm("ban", now, 20)
    assert faults.left_s("ban", now + 5_000) == 15
    assert faults.left_s("stall", now) == 0
    assert faults.left_s("ban", now + 20_000) == 0
    faults.arm("ban", now)
    assert faults.left_s("ban", now) == float("inf")


# ---- the faults of data frames


async def numbers(guest, seconds):
    """Ids of the trades that come in so many seconds."""
    got = []
    with trio.move_on_after(seconds):
        while True:
            frame = await guest.raw()
            if "sequential_id" in frame:
                got.append(msgspec.json.decode(frame)["sequential_id"])
    return got


async def test_a_duplicating_venue_says_everything_twice(autojump_clock, stern, visit):
    # Promise: each data frame and then the same again; control frames once.
    house = stern()
    house.faults.arm("duplicate", house.clock.now_ms())
    async with visit(house) as guest:
        assert await guest.raw() == "welcome"
        await guest.ask(TRADES)
        got = await numbers(guest, 30)
    assert len(got) > 40
    assert got[::2] == got[1::2]
    assert len(set(got)) == len(got) // 2


async def test_a_skipping_venue_leaves_every_23rd_frame_out(autojump_clock, stern, visit):
    # Promise: of what another connection hears these are missing and no others.
    house = stern()
    house.faults.arm("skip-sequence", house.clock.now_ms())
    async with visit(house) as guest, visit(house) as other:
        await guest.ask(TRADES)
        got = await numbers(guest, 60)
        house.faults.heal()
        await other.ask(TRADES)
        whole = house._program.view.trades(next(iter(house._program.view.listings)).instrument, 500)
    ids = [fill.at_ms * 10_000 + fill.nth for fill in reversed(whole)]
    ids = [each for each in ids if each >= got[0]]
    assert len(ids) > 69
    assert got == [each for place, each in enumerate(ids, 1) if place % 23][: len(got)]


async def test_a_venue_that_changes_its_servers_takes_leave_of_those_who_are_there(autojump_clock, stern, visit):
    # Promise: notice at once, 15 s later a close frame of going away; who comes after the notice may stay.
    house = stern()
    async with visit(house) as guest:
        assert await guest.raw() == "welcome"
        house.faults.arm("retire", house.clock.now_ms(), 60)
        began = trio.current_time()
        assert await guest.raw() == "closing soon"
        assert trio.current_time() - began == pytest.approx(0, abs=0.05)
        async with visit(house) as late:
            assert await closed(guest) == GOING_AWAY
            assert trio.current_time() - began == pytest.approx(NOTICE_S, abs=0.1)
            await late.ask(TRADES)
            assert await numbers(late, 60)


async def test_half_a_frame_ends_a_connection(autojump_clock, stern, visit, nursery):
    # Promise: the head of a data frame, then the line is dead; the next connection fares alike until it is over.
    house = stern()
    house.faults.arm("half-frame", house.clock.now_ms(), 30)
    for _ in range(2):
        ours, theirs = trio.testing.memory_stream_pair()
        nursery.start_soon(house.converse, theirs)
        await ours.send_all(
            b"GET /websocket/v1 HTTP/1.1\r\nHost: venue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await ours.receive_some()
        request = msgspec.json.encode([{"ticket": "t"}, {"type": "ticker", "codes": ["KRW-BTC"]}])
        await ours.send_all(bytes([0x81, 0x80 | len(request), 0, 0, 0, 0]) + request)
        heard = b""
        while chunk := await ours.receive_some():
            heard += chunk
        frame = heard[heard.index(b"welcome") + 7 :]
        length = int.from_bytes(frame[2:4], "big") + 4
        assert frame[:2] == b"\x81\x7e"
        assert len(frame) == length // 2
    await trio.sleep(30)
    async with visit(house) as guest:
        await guest.ask(TRADES)
        assert await numbers(guest, 10)


@pytest.mark.parametrize(
    ("name", "path", "says"),
    [("binance", "/api/v3/ping", True), ("mexc", "/api/v3/ping", True), ("okx", "/api/v5/public/time", False)],
)
async def test_a_venue_says_how_long_to_wait_if_it_is_one_that_does(autojump_clock, open_house, name, path, says):
    # Promise: the seconds that are really left, and no header where none has been seen.
    house = open_house(name)
    house.faults.arm("rate-limit", house.clock.now_ms(), 30)
    await trio.sleep(10)
    answer, headers = house.answer(path, {}, origin=False)
    assert answer.status == 429
    assert headers.get("Retry-After") == ("20" if says else None)
