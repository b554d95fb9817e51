"""The main job as a person runs it: simulated venues, real processes, JSON lines, metrics, webhook, clean goodbye."""

import json
import os
import signal

import pytest
import trio

from tests.chaos.house import descendants, gone, running, simulated

START = ("start", "--market", "KRW", "--json", "--ops-port", 0)
ALERT = {
    *("id", "rule", "stage", "severity", "score", "exchange", "exchanges", "symbol", "price", "change", "window_s"),
    *("volume_ratio", "headline", "link", "facts"),
}


async def scripted(scenario, seed):
    """What the simulation says it will play."""
    async with running("sim", "--describe", scenario, "--seed", seed, "--json") as sim:
        return await sim.line("scenario")


async def receive_posts(posts, task_status=trio.TASK_STATUS_IGNORED):
    """A webhook's other end: answers 200 to every POST and keeps the bodies."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")

    async def answer(stream):
        data = b""
        async for chunk in stream:
            data += chunk
            head, found, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if found and len(body) >= length:
                posts.append((head.split(b"\r\n")[0], json.loads(body[:length])))
                data = body[length:]
                await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    task_status.started(listeners[0].socket.getsockname()[1])
    await trio.serve_listeners(answer, listeners)


async def test_the_scripted_pump_is_one_alert_of_both_venues_on_the_terminal_and_at_the_webhook():
    """Everything at once: the contract of the lines, the same body at the webhook, exact counts, the last line."""
    plot, posts = await scripted("pump", 5), []
    async with trio.open_nursery() as nursery:
        port = await nursery.start(receive_posts, posts)
        hook = f"http://127.0.0.1:{port}/alerts"
        allowed = "--set=receivers.webhook.allow_private=true"
        async with running(*START, "--sim", "pump", "--seed", 5, "--webhook", hook, allowed) as house:
            both = ["bithumb", "upbit"]
            await house.until(lambda: any(sorted(told["exchanges"]) == both for told in house.of("alert.escalated")))
            house.signal(signal.SIGTERM)
            assert await house.ended() == 0
            await house.until(lambda: house.lines[-1]["type"] == "summary")
        nursery.cancel_scope.cancel()
    alerts = [line for line in house.lines if line["type"].startswith("alert.")]
    assert [line["type"] for line in alerts[:2]] == ["alert.opened", "alert.escalated"]
    assert len({line["data"]["id"] for line in alerts}) == 1
    for line in alerts:
        assert line["data"]["exchange"] == line["data"]["exchanges"][0]
        assert line["data"].keys() == ALERT
        assert line["data"]["rule"] == "pump"
        assert line["data"]["symbol"] == plot["symbol"]
        assert line["data"]["change"] >= 0.05
        assert line["data"]["window_s"] <= 4
        assert line["timestamp"].endswith("Z")
    told = [line for line in house.lines if line["type"].startswith(("alert.", "ops."))]
    assert sorted(told, key=str) == sorted((body for _, body in posts), key=str)
    assert {line["data"]["rule"] for line in told if line["type"] == "ops.told"} == {"started", "stopped"}
    assert {head for head, _ in posts} == {b"POST /alerts HTTP/1.1"}
    summary = house.lines[-1]["data"]
    assert (summary["alerts"], summary["escalations"]) == (1, len(alerts) - 1)
    assert (summary["restarts"], summary["dropped"]) == (0, 0)
    assert all(count >= 230 for count in summary["markets"].values())
    assert all(summary["events"][venue]["trade"] > 0 for venue in ("upbit", "bithumb"))
    assert all(summary["events"][venue]["orderbook"] > 0 for venue in ("upbit", "bithumb"))


async def test_a_crash_of_every_market_is_one_alert():
    """Instead of one for each of five hundred coins; on a machine that lags it may be seen to grow worse, once."""
    async with running(*START, "--sim", "crash", "--seed", 3) as house:
        await house.line("alert.opened")
        await house.metric_above("scanner_events_total", 15_000, channel="trade")  # all is down and quiet again
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
        await house.until(lambda: house.lines[-1]["type"] == "summary")
    alert, *worse = [line for line in house.lines if line["type"].startswith("alert.")]
    assert (alert["type"], alert["data"]["rule"], alert["data"]["symbol"]) == ("alert.opened", "market_move", "*/KRW")
    assert [(line["type"], line["data"]["id"]) for line in worse] in ([], [("alert.escalated", alert["data"]["id"])])
    assert sorted([*worse, alert][0]["data"]["exchanges"]) == ["bithumb", "upbit"]
    assert house.lines[-1]["data"]["alerts"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(number):
    """Code 0, the summary is the last line, and no process stays."""
    async with running(*START, "--sim", "quiet") as house:
        await house.ready()
        family = descendants(house.pid)
        house.signal(number)
        assert await house.ended() == 0
        await house.until(lambda: house.lines[-1]["type"] == "summary")
        await gone(family)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_that_comes_while_it_still_loads_is_no_accident(number):
    """The first tenth of a second: code 0 and the summary, as at any other time."""
    async with running(*START, "--sim", "quiet") as house:
        await trio.sleep(0.1)
        house.signal(number)
        assert await house.ended() == 0
        await house.until(lambda: house.lines and house.lines[-1]["type"] == "summary")
        assert b"Traceback" not in house.errors


async def test_even_a_frozen_worker_does_not_keep_it_from_ending():
    """It hears neither Stop nor SIGTERM; the ladder ends with SIGKILL, and the summary still comes."""
    async with running(*START, "--sim", "quiet") as house:
        await house.ready()
        family = descendants(house.pid)
        os.kill(house.of("worker.started", exchange="upbit")[0]["pid"], signal.SIGSTOP)
        house.signal(signal.SIGINT)
        assert await house.ended() == 0
        await house.until(lambda: house.lines[-1]["type"] == "summary")
        await gone(family)


async def test_the_metrics_speak_of_every_venue_and_of_no_symbol():
    """What an operator's Prometheus will find, and what must never be a label."""
    async with running(*START, "--sim", "quiet") as house:
        await house.ready()
        rows = await house.metrics()
        status, body = await house.get("/livez")
    names = {name for name, _, _ in rows}
    assert {"scanner_events_total", "scanner_messages_total", "scanner_connections", "scanner_build_info"} <= names
    assert {labels["exchange"] for name, labels, _ in rows if name == "scanner_events_total"} == {"upbit", "bithumb"}
    assert not any("symbol" in labels for _, labels, _ in rows)
    assert (status, json.loads(body)["alive"]) == (200, True)


async def test_garbage_from_a_venue_is_counted_and_survived():
    """Broken frames among good ones: an error counter grows, and so does the events' counter."""
    async with simulated("quiet", "--exchange", "upbit", "--fault", "upbit:garble@0s") as (_, pointing):
        async with running(*START, *pointing) as house:
            await house.metric_above("scanner_parse_errors_total", 3, exchange="upbit")
            seen = await house.metric("scanner_events_total", exchange="upbit", channel="trade")
            await house.metric_above("scanner_events_total", seen, exchange="upbit", channel="trade")
            assert await house.metric("scanner_worker_restarts_total") == 0


async def test_a_venue_that_hangs_up_is_reconnected_with_a_gap():
    """An abrupt close: reason counted, hole said, data again."""
    async with simulated("quiet", "--exchange", "bithumb", "--fault", "bithumb:close@2s+1s") as (_, pointing):
        async with running(*START, *pointing) as house:
            await house.metric_above("scanner_gaps_total", 0, exchange="bithumb", reason="closed")
            seen = await house.metric("scanner_events_total", exchange="bithumb", channel="trade")
            await house.metric_above("scanner_events_total", seen + 20, exchange="bithumb", channel="trade")


async def test_a_venue_that_refuses_is_asked_again_until_it_lets_us_in():
    """429 on every upgrade for longer than a start takes: counted as refused, no storm, and data once it relents."""
    fast = "--set=exchanges.upbit.reconnect_min=300ms"
    async with simulated("quiet", "--exchange", "upbit") as (sim, pointing):
        await sim.pull("upbit", "refuse", for_s=8)
        async with running(*START, fast, *pointing) as house:
            await house.metric_above("scanner_events_total", 0, exchange="upbit", channel="trade")
            assert await house.metric("scanner_reconnects_total", exchange="upbit", reason="refused") > 0
            assert await house.metric("scanner_worker_restarts_total") == 0


async def test_a_slow_venue_loses_nothing_and_breaks_nothing():
    """Late data is data: no reconnect, no gap, and the counters keep growing."""
    async with simulated("quiet", "--exchange", "bithumb", "--fault", "bithumb:slow@0s") as (_, pointing):
        async with running(*START, *pointing) as house:
            await house.metric_above("scanner_events_total", 50, exchange="bithumb", channel="trade")
            assert await house.metric("scanner_gaps_total") == 0
            assert await house.metric("scanner_reconnects_total") == 0


async def test_a_stalled_venue_turns_readiness_off_and_says_why():
    """The socket lives, pings are answered, no data comes: fresh it is not."""
    fresh = "--set=ops.fresh_within=2s"
    async with simulated("quiet", "--exchange", "upbit", "--fault", "upbit:stall@3s") as (_, pointing):
        async with running(*START, fresh, *pointing) as house:
            await house.ready()
            status, _ = await house.readiness("upbit", "no data for")
    assert status == 503
