"""The simulated OKX as a place: what it hangs up on, with its own close codes, on virtual time."""

import json

import pytest
import trio
from trio_websocket import ConnectionClosed

from scanner.sim.faults import Fault
from scanner.sim.venues.okx import Okx
from scanner.sim.venues.okx_desk import BUSINESS


def request(*codes, op="subscribe", channel="trades"):
    args = [{"channel": channel, "instId": code} for code in codes]
    return json.dumps({"id": "1", "op": op, "args": args})


async def events(guest, seconds=1.0):
    """Confirmations and errors of so many seconds."""
    return [message for message in await guest.read_for(seconds) if "event" in message]


async def closed(guest):
    """Code of the end, and when it came."""
    with pytest.raises(ConnectionClosed) as end:
        while True:
            await guest.raw()
    return end.value.reason.code, trio.current_time()


async def test_it_hears_480_changes_an_hour_and_no_more(open_house, visit, autojump_clock):
    """The next one is refused and not obeyed; the connection and its streams go on, and pings are free."""
    async with visit(open_house(Okx())) as guest:
        for turn in range(480):
            await guest.say(request("ETH-USDT", op="unsubscribe" if turn % 2 else "subscribe"))
        assert len(await events(guest)) == 480
        await guest.say(request("BTC-USDT"))
        assert [(one["event"], one["code"]) for one in await events(guest)] == [("error", "60014")]
        await guest.say("ping")
        assert await guest.raw() == "pong"


async def test_who_wants_nothing_is_sent_away_after_30_seconds(open_house, visit, autojump_clock):
    """Code 4004, pings or not."""
    async with visit(open_house(Okx())) as guest:
        with trio.move_on_after(20):
            await guest.raw()
        await guest.say("ping")
        code, at = await closed(guest)
        assert (code, round(at)) == (4004, 30)


@pytest.mark.parametrize("pings", [True, False])
async def test_a_quiet_line_is_kept_by_pings(open_house, visit, autojump_clock, pings):
    """Without a word either way it is closed after 30 s, with the same code; a ping every 20 s keeps it."""
    house = open_house(Okx(), faults=[Fault("okx", "stall", 0.0)])
    async with visit(house) as guest:
        await guest.say(request("BTC-USDT"))
        assert json.loads(await guest.raw())["event"] == "subscribe"
        if not pings:
            code, at = await closed(guest)
            assert (code, round(at)) == (4004, 30)
            return
        for _ in range(10):
            await trio.sleep(20)
            await guest.say("ping")
            assert await guest.raw() == "pong"


async def test_works_are_announced_a_minute_ahead(open_house, visit, autojump_clock):
    """Time enough for a successor; then it is over."""
    async with visit(open_house(Okx(works_s=100.0))) as guest:
        await guest.say(request("BTC-USDT"))
        while (message := await guest.read()).get("event") != "notice":
            pass
        assert (message["code"], round(trio.current_time())) == ("64008", 40)
        _, at = await closed(guest)
        assert round(at) == 100


async def test_a_request_above_64_kb_ends_the_connection(open_house, visit, autojump_clock):
    """Code 1009, before anything in it is read."""
    async with visit(open_house(Okx())) as guest:
        await guest.say(request(*(f"C{n}-USDT" for n in range(2_000))))
        code, _ = await closed(guest)
        assert code == 1009


async def test_each_socket_has_its_own_channels(open_house, visit, autojump_clock):
    """Candles flow on the business socket only, everything else on the public one only."""
    for path, channel, other in (("", "trades", "candle1m"), (BUSINESS, "candle1m", "trades")):
        venue = Okx()
        venue.ws_path = path or venue.ws_path
        async with visit(open_house(venue)) as guest:
            await guest.say(request("BTC-USDT", channel=channel))
            await guest.say(request("BTC-USDT", channel=other))
            told = await events(guest)
            assert [(one["event"], one.get("code")) for one in told] == [("subscribe", None), ("error", "60018")]
