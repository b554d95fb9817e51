"""A real capture of Upbit, served over a real socket, arrives in the engine frame by frame: none lost, none misread."""

import signal

from tests.chaos.house import running, simulated


async def test_the_upbit_capture_arrives_exactly(shared):
    """304 trades and 145 books, counted independently, through socket, worker, pipe and engine; then silence."""
    capture = shared / "recordings" / "UPBIT.ws.62.0"
    markets = ("--market", "KRW", "--market", "BTC")
    async with (
        simulated("--exchange", "upbit", "--replay", capture) as (_, pointing),
        running("start", *markets, *pointing, "--json", "--ops-port", 0) as house,
    ):
        await house.metric_above("scanner_events_total", 303, channel="trade")
        await house.metric_above("scanner_events_total", 144, channel="orderbook")
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
        await house.until(lambda: house.of("summary"))
    summary = house.of("summary")[0]
    assert (summary["events"]["upbit"]["trade"], summary["events"]["upbit"]["orderbook"]) == (304, 145)
    assert summary["dropped"] == 0
    assert summary["markets"] == {"upbit": 5}
