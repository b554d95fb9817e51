"""`scanner bench storm` floods a real main process with alerts, and knows when one did not arrive."""

import json

import pytest

from scanner.bench import child, storm
from scanner.bench.child import ChildFailed
from scanner.bench.load import SERVER

SAID = []


async def test_both_are_measured_and_compared():
    """The same trades with and without the flood; every alert arrived at the webhook and in the file."""
    told = await storm.run(1, SAID.append, alerts=30, seconds=0.5, rate=2000)
    assert json.loads(json.dumps(told)) == told
    quiet, flood = (row["ours"] for row in told["rows"])
    assert [row["measure"] for row in told["rows"]] == ["storm_quiet", "storm_alerts"]
    assert (quiet["alerts"], flood["alerts"]) == (0, 30)
    assert min(quiet["trades"], flood["trades"]) > 500
    assert 0 < flood["p50_ms"] <= flood["p99_ms"] <= flood["worst_ms"]
    assert flood["times_quiet"] > 0
    assert len(SAID) == 2


async def test_a_webhook_that_takes_nothing_is_no_measure():
    """Alerts that never left would of course disturb nobody."""
    load = {"instruments": 3, "rate": 500.0}
    async with child.serving(SERVER, load) as venue:
        place = {"hook": "http://127.0.0.1:9/hook", "rest": venue["rest"], "ws": venue["ws"]}
        with pytest.raises(ChildFailed, match="0 of 3 alerts arrived at hook"):
            options = {"seconds": 0.1, "alerts": 3, "drain_s": 0.1, **place}
            await child.work("scanner.bench.storm:measure", options, patience_s=60)


async def test_the_hook_takes_what_is_posted():
    """And ends with whoever started it."""
    import httpx  # noqa: PLC0415 - only here

    async with child.serving("scanner.bench.hook:serve", {}) as hook, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(hook["url"], content=b"{}")
    assert answer.status_code == 204
