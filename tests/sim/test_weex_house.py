"""The simulated WEEX at work: what its house does to a connection by the clock and by count."""

import pytest
import trio
from msgspec.structs import replace
from trio_websocket import ConnectionClosed, ConnectionRejected

from scanner.sim.venues.weex_house import LIMITS, Weex

NAMED = [(b"User-Agent", b"test")]
TRADES = '{"method":"SUBSCRIBE","params":["BTCUSDT@trade"],"id":1}'
PONG = '{"method":"PONG","id":2}'


class Hasty(Weex):
    """It pings every second, for the test's sake: nothing else depends on the pace."""

    limits = replace(LIMITS, beat_s=1.0)


async def read_until(guest, *, answering=False):
    """Pings heard until the connection ends, and when that was."""
    pings = 0
    try:
        while True:
            message = await guest.read()
            if message.get("event") == "ping":
                pings += 1
                if answering:
                    await guest.say(PONG)
    except ConnectionClosed:
        return pings, trio.current_time()


async def test_the_first_word_is_the_venues(open_house, visit, autojump_clock):
    # Promise: a greeting before anything is asked.
    async with visit(open_house("weex"), NAMED) as guest:
        assert (await guest.read())["event"] == "connected"


async def test_nobody_without_a_name_is_let_in(open_house, visit, autojump_clock):
    # Promise: 403 without a User-Agent.
    with pytest.raises(BaseExceptionGroup) as group:
        async with visit(open_house("weex")):
            pass
    assert group.group_contains(ConnectionRejected)


async def test_a_connection_without_a_stream_is_cut_after_a_minute(open_house, visit, autojump_clock):
    # Promise: after 60.4 seconds, without a ping before it.
    async with visit(open_house("weex"), NAMED) as guest:
        began = trio.current_time()
        pings, ended = await read_until(guest)
    assert pings == 0
    assert ended - began == pytest.approx(60.4, abs=0.1)


async def test_a_connection_that_leaves_pings_unanswered_is_cut(open_house, visit, autojump_clock):
    # Promise: after more than ten without an answer it is over.
    async with visit(open_house(Hasty()), NAMED) as guest:
        await guest.say(TRADES)
        pings, _ = await read_until(guest)
    assert pings == 11


async def test_a_connection_that_answers_stays(open_house, visit, autojump_clock):
    # Promise: a PONG each time is all it takes.
    async with visit(open_house(Hasty()), NAMED) as guest:
        await guest.say(TRADES)
        with trio.move_on_after(20) as patience:
            await read_until(guest, answering=True)
    assert patience.cancelled_caught


async def test_the_241st_operation_of_an_hour_is_refused(open_house, visit, autojump_clock):
    # Promise: whatever it asks for is not done, and the connection goes on.
    async with visit(open_house("weex"), NAMED) as guest:
        await guest.read()
        for number in range(241):
            await guest.say(f'{{"method":"SUBSCRIBE","params":["BTCUSDT@kline_1w_LAST_PRICE"],"id":{number}}}')
        answers = []
        while len(answers) < 241:
            message = await guest.read()
            if "result" in message:
                answers.append(message["result"])
    assert answers == [True] * 240 + [False]
