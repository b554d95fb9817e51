"""One pump on five venues, whole: real processes, sockets, store and receiver, from its first second to its end."""

import json
import signal

import pytest
import trio

from tests.chaos.house import running

pytestmark = pytest.mark.timeout(400)
"""The script itself takes a minute, and the story has to cool."""

VENUES = ("upbit", "bithumb", "binance", "okx", "mexc")
SYMBOLS = ("KAVA/KRW", "KAVA/USDT", "BTC/KRW", "BTC/USDT")
"""What is pumped, and what is not, for two currencies; all others are left out, so that a small machine keeps up."""
COOLDOWN_S = 75
"""Longer than the venues' scripts lie apart: each begins ten seconds after its own first subscription."""
CLOSING_S = 240
"""Until it has been told."""


async def test_a_coin_is_one_story_on_five_venues_until_it_is_over(tmp_path):
    """One opened, at most two escalated, one closed that names all five: on the terminal and in the receiver's file."""
    file = tmp_path / "told.jsonl"
    start = ["start", "--market", "KRW", "--market", "USDT", "--sim", "pump", "--seed", 5, "--json", "--ops-port", 0]
    only = [f"--{key}={name}" for key, names in (("exchange", VENUES), ("symbol", SYMBOLS)) for name in names]
    told = [
        f"--set=alerts.cooldown={COOLDOWN_S}s",
        "--set=receivers.kept.sink=file",
        f"--set=receivers.kept.path={file}",
    ]
    async with running(*start, *only, *told, "--state", tmp_path / "state") as house:
        await house.line("alert.opened")
        with trio.fail_after(CLOSING_S):
            while not house.of("alert.closed"):
                await trio.sleep(0.5)
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
    alerts = [line for line in house.lines if line["type"].startswith("alert.")]
    kinds = [alert["type"] for alert in alerts]
    assert [kinds[0], kinds[-1]] == ["alert.opened", "alert.closed"], [alert["data"]["headline"] for alert in alerts]
    assert set(kinds[1:-1]) <= {"alert.escalated"}
    assert len(kinds) <= 4
    assert len({alert["data"]["id"] for alert in alerts}) == 1
    closed = alerts[-1]["data"]
    assert sorted(closed["exchanges"]) == sorted(VENUES)
    assert closed["symbol"] in SYMBOLS[:2]
    assert closed["facts"]["peak_change"] > 0.14
    assert closed["facts"]["escalations"] == len(kinds) - 2
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["type"] for line in kept if line["type"].startswith("alert.")] == kinds
    assert len({line["id"] for line in kept}) == len(kept)
