"""Secrets go where they are meant to go: nothing that a whole running scanner writes, shows or answers repeats one."""

import json
import os
import signal
import sys
from functools import partial

import pytest
import trio

from tests.chaos.house import running
from tests.sinks.canaries import CANARY
from tests.sinks.receiver import HookReceiver
from tests.sinks.test_secrets_stay import echoes

pytestmark = pytest.mark.timeout(180)


def given(folder, place):
    """Options, environment and files that hold a canary wherever a secret may stand."""
    (folder / "token").write_text(f"123456:{CANARY}\n")
    (folder / "scanner.toml").write_text(f"""
        [receivers.phone]
        sink = "telegram"
        token_file = "{folder}/token"
        chat = "1"
        api_url = "{place}"
        allow_private = true
        [receivers.team]
        sink = "slack"
        url = "{place}/services/{CANARY}"
        allow_private = true
        [receivers.nobody]
        sink = "webhook"
        url = "http://{CANARY}:{CANARY}@127.0.0.1:9/{CANARY}"
        headers = {{ Authorization = "Bearer {CANARY}" }}
        allow_private = true
    """)
    hook = f"{place}/hooks/{CANARY}?token={CANARY}"
    environment = {  # of the command line's receiver all is said here again, for the commands beside it
        "SCANNER__RECEIVERS__WEBHOOK__SINK": "webhook",
        "SCANNER__RECEIVERS__WEBHOOK__URL": hook,
        "SCANNER__RECEIVERS__WEBHOOK__ALLOW_PRIVATE": "true",
        "SCANNER__RECEIVERS__WEBHOOK__SECRET": f"whsec_{CANARY}",
        "SCANNER__EXCHANGES__COINGECKO__KEY": CANARY,
        "SCANNER__DEADMAN__URL": f"{place}/ping/{CANARY}",
    }
    return ["--config", folder / "scanner.toml", "--webhook", hook], environment


async def said_by(environment, *arguments):
    """All that another command prints, to whichever stream."""
    told = await trio.run_process(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env={**os.environ, **environment},
    )
    return told.stdout + told.stderr


async def test_no_secret_comes_out_of_a_whole_run(tmp_path):
    """Lines, logs at their most talkative, metrics, health, state folder, every look at it: while receivers fail."""
    echo, state = HookReceiver(echoes), tmp_path / "state"
    async with trio.open_nursery() as nursery:
        await nursery.start(echo.run)
        options, environment = given(tmp_path, echo.url)
        start = ["start", "--market", "KRW", "--json", "--ops-port", 0, "--state", state, "--log-level", "debug"]
        async with running(*start, "--sim", "pump", *options, environment=environment) as house:
            opened = await house.line("alert.opened")
            for name in ("webhook", "phone", "team", "nobody"):
                await house.metric_above("scanner_delivery_attempts_total", 0, receiver=name)
            for outcome in ("refused", "retried"):
                await house.metric_above("scanner_deliveries_total", 0, outcome=outcome)
            await house.metric_above("scanner_deadman_pings_total", 0, outcome="failed")
            answers = [await house.get(path) for path in ("/metrics", "/readyz", "/explain?symbol=KAVA/KRW")]
            beside, look = partial(said_by, environment), ["--state", state, *options[:2]]
            said = [
                await beside("config", "show", *options[:2]),
                await beside("config", "show", "--json", *options[:2]),
                await beside("alerts", "list", "--json", *look),
                await beside("alerts", "show", opened["id"], *look),
                await beside("alerts", "explain", "KAVA/KRW", *look),
                await beside("alerts", "route", "--explain", *look),
                *[await beside("alerts", "test", name, *look) for name in ("webhook", "phone", "team", "nobody")],
            ]
            kept = [path.read_bytes() for path in state.iterdir()]
            house.signal(signal.SIGTERM)
            assert await house.ended() == 0
        nursery.cancel_scope.cancel()
    meant_for_it = b"".join(line.encode() for line, _, _ in echo.requests)
    assert meant_for_it.count(CANARY.encode()) > len(echo.requests)
    assert b"answered 403" in said[2], "the receivers' failures were looked at"
    told = [*said, *kept, house.errors, json.dumps(house.lines).encode(), *(body.encode() for _, body in answers)]
    assert [text for text in told if CANARY.encode() in text] == []
