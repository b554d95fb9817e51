"""`scanner alerts explain`: live numbers of the scanner that runs, what was noted in the store, and honest silence."""

import json
import os
import sys
from contextlib import asynccontextmanager
from functools import partial
from time import time_ns

import pytest
import trio
from rich.console import Console

from scanner.cli.alerts.past import ABSENT, CALM, MOST
from scanner.cli.alerts.views import MET, UNMET, shown
from scanner.detectors.conditions import CHANGE, MARKET, TRADES, VOLUME, Check, Condition, Ruling, at_least
from scanner.detectors.explaining import Explanation, View
from scanner.detectors.shortfall import sentence
from scanner.model.moments import SECOND, rfc3339
from scanner.store.folder import Claim, Holder
from scanner.telemetry.bind import bind
from scanner.telemetry.health import Health
from scanner.telemetry.http import serve
from scanner.telemetry.metrics import Metrics
from tests.cli.alerts.kept import Kept, alerts, lines, refused

MISS = Condition.of(15.0, "warning", (Check(CHANGE, 0.06, 0.05, met=True), at_least(TRADES, 12, 20)))
WHY = sentence(MISS)


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "state")


def view(**changes):
    told = {
        "exchange": "upbit",
        "symbol": "KAVA/KRW",
        "feed": "trades",
        "price": 4298.0,
        "quiet_s": 0.4,
        "warm": True,
        "usual_minute": 1.2e6,
        "usual_move": 0.021,
        "blind_s": None,
        "market_moving": False,
        "market_explains": 0.0,
        "rulings": (Ruling("pump", "KAVA/KRW", "", (MISS,)),),
    }
    return View(**(told | changes))


def people(*views, **changes):
    """What people see, line by line, without what only lays it out."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(*shown(Explanation("2026-11-21T12:44:12.000Z", "KAVA", views, **changes)), sep="\n")
    return [" ".join(line.split()) for line in captured.get().splitlines() if line.strip()]


# The past.


def test_what_was_decided_is_told_oldest_first(kept):
    # Promise: with venue, rule, outcome and why; near misses among it.
    kept.decided(9, "missed", WHY)
    kept.decided(8, "first", "it opened a story")
    header, columns, *rows = lines(alerts("explain", "kava/krw", "--at", "10m", "--state", kept.folder))
    assert header.startswith("what was decided from ")
    assert columns == "time (UTC) venue symbol rule outcome why"
    assert [row.split(" ", 5)[2:] for row in rows] == [
        ["upbit", "KAVA/KRW", "pump", f"missed {WHY}"],
        ["upbit", "KAVA/KRW", "pump", "first it opened a story"],
    ]


def test_the_span_is_five_minutes_either_way_or_what_is_asked(kept):
    # Promise: both ends of it are told.
    for minutes in (16, 14, 10, 6, 4):
        kept.decided(minutes, "missed", f"{minutes} minutes ago")
    at = rfc3339(kept.now - 600 * SECOND)

    def found(*args):
        told = json.loads(alerts("explain", "KAVA/KRW", "--json", "--state", kept.folder, *args).stdout)
        return [each["why"].split()[0] for each in told["decisions"]]

    assert found("--at", at) == ["14", "10", "6"]
    assert found("--at", at, "--within", "1m") == ["10"]
    assert found() == ["14", "10", "6", "4"]
    assert found("--within", "1h") == ["16", "14", "10", "6", "4"]


def test_a_pair_is_told_with_its_whole_market_and_a_coin_with_all_its_pairs(kept):
    # Promise: why a coin was not told may be that everything moved.
    kept.decided(5, "market", "it only went along")
    kept.decided(4, "first", "all went together", symbol="*/KRW", rule="market_move")
    kept.decided(3, "cooling", "told already", symbol="KAVA/USDT", exchange="okx")
    kept.decided(2, "first", "another coin", symbol="BTC/KRW")

    def found(*args):
        told = json.loads(alerts("explain", *args, "--json", "--state", kept.folder).stdout)
        return [(each["exchange"], each["symbol"]) for each in told["decisions"]]

    assert found("KAVA/KRW") == [("upbit", "KAVA/KRW"), ("upbit", "*/KRW")]
    assert found("kava") == [("upbit", "KAVA/KRW"), ("okx", "KAVA/USDT")]
    assert found("KAVA", "--exchange", "okx") == [("okx", "KAVA/USDT")]
    slip = alerts("explain", "KAVA", "--exchange", "okxx", "--state", kept.folder)
    assert (slip.exit_code, "did you mean okx?" in slip.stderr) == (2, True)
    assert found("*/KRW") == [("upbit", "*/KRW")]


def test_nothing_noted_means_that_no_rule_came_within_reach_if_others_were_looked_at(kept):
    # Promise: what silence means is said, and is not said where nobody can know.
    kept.decided(10, "first", "another coin", symbol="BTC/KRW")
    (told,) = lines(alerts("explain", "KAVA/KRW", "--at", "10m", "--state", kept.folder))
    assert told.endswith(f"UTC: {CALM}")
    (told,) = lines(alerts("explain", "KAVA/KRW", "--at", "10h", "--state", kept.folder))
    assert told.endswith(f"UTC: {ABSENT}")


def test_an_answer_is_bounded(kept):
    # Promise: the newest are told.
    for number in range(MOST + 2):
        kept.decided(10 - number / 1000, "missed", str(number))
    told = json.loads(alerts("explain", "KAVA/KRW", "--json", "--state", kept.folder).stdout)
    assert [each["why"] for each in told["decisions"]] == [str(number) for number in range(2, MOST + 2)]


@pytest.mark.parametrize("at", ["later", "2999-01-01"])
def test_a_wrong_time_is_a_usage_error(kept, at):
    assert "Invalid value for '--at'" in refused(alerts("explain", "KAVA", "--at", at, "--state", kept.folder))


# The present.


def test_each_number_is_told_with_its_mark():
    # Promise: met or not, at a glance; then how much of what is asked.
    head, columns, row = people(view())
    assert head == "upbit KAVA/KRW 4,298, last trade 0.4 s ago, usual minute 1.2M, usual hour's largest minute 2.1%"
    assert columns == "rule within told as what is there, of what is asked"
    assert row == f"{UNMET} pump 15 s warning {MET} +6.00 % of +5.00 %, {UNMET} 12 of 20 trades"


def test_a_tier_that_is_met_and_a_story_that_goes_on_are_told():
    # Promise: the rule's name stands once, for all its tiers.
    met, unmet = (Condition.of(60.0, "high", (at_least(TRADES, number, 20),)) for number in (20, 19))
    *rows, told = people(view(rulings=(Ruling("market_move", "*/KRW", "high", (met, unmet)),)))
    assert rows[-2:] == [
        f"{MET} market_move */KRW 60 s high {MET} 20 of 20 trades",
        f"{UNMET} 60 s high {UNMET} 19 of 20 trades",
    ]
    assert told == "high was told of a move that still goes on"


def test_what_nobody_asked_for_is_left_out():
    # Promise: a tier that asks no volume shows none, and a calm market is worth a word only when it is not calm.
    calm, moving = Check(MARKET, 900.0, 0.0, met=True), Check(MARKET, 0.0, 0.0, met=False)
    tiers = tuple(Condition.of(60.0, "high", (market, at_least(VOLUME, 3.0, 0.0))) for market in (calm, moving))
    *_, quiet, loud = people(view(rulings=(Ruling("pump", "KAVA/KRW", "", tiers),)))
    assert quiet == f"{MET} pump 60 s high"
    assert loud == f"{UNMET} 60 s high {UNMET} the whole market moved 0 s ago"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"warm": False}, "not warm: its usual turnover is not known yet"),
        ({"blind_s": 75.0}, "blind until 1m 15s ago"),
        ({"market_moving": True}, "its whole market is moving"),
        ({"market_explains": -0.034}, "the market explains -3.4% of the last minute"),
        ({"feed": "tickers", "quiet_s": 3.0}, "last ticker 3.0 s ago"),
        ({"feed": "nothing", "rulings": ()}, "nothing seen since the last hole: no rule can say anything"),
    ],
)
def test_what_should_make_a_reader_careful_stands_in_the_head(changes, said):
    assert said in people(view(**changes))[0]


def test_a_coin_that_was_never_heard_of_is_told_with_the_nearest():
    assert people(nearest="KAVA/KRW") == [
        "KAVA: the running scanner has heard nothing of it there; did you mean KAVA/KRW?"
    ]


def test_what_was_left_out_is_counted():
    assert people(view(), left_out=7)[-1] == "and 7 more: name one with BASE/QUOTE and --exchange"


@asynccontextmanager
async def running(kept, explain):
    """A scanner's ops server, whose address stands in the state folder."""
    health, metrics = Health(["upbit"], 15.0, time_ns()), Metrics(version="1")
    async with trio.open_nursery() as nursery:
        ops = await nursery.start(partial(serve, bind("127.0.0.1", 0), metrics, health, explain=explain))
        claim = Claim.take(kept.folder, Holder(os.getpid(), kept.now, "scanner start", ops))
        try:
            yield
        finally:
            claim.release()
            nursery.cancel_scope.cancel()


async def explained(kept, *args):
    """The verb as a process of its own."""
    command = [sys.executable, "-m", "scanner", "alerts", "explain", *args, "--state", str(kept.folder)]
    with trio.fail_after(60):
        return await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)


async def test_beside_a_running_scanner_its_live_numbers_are_told(kept):
    # Promise: asked of the ops server that the lock names, beside what was noted lately; people and programs.
    asked = []

    def explain(symbol, exchange):
        asked.append((symbol, exchange))
        return Explanation("2026-11-21T12:44:12.000Z", symbol, (view(),))

    kept.decided(3, "missed", WHY)
    async with running(kept, explain):
        told = await explained(kept, "KAVA/KRW", "--exchange", "upbit")
        programs = await explained(kept, "KAVA", "--json")
    assert told.returncode == 0, told.stderr
    assert b"last trade 0.4 s ago" in told.stdout
    assert b"what was decided" in told.stdout
    assert told.stderr == b""
    answer = json.loads(programs.stdout)
    assert answer["live"]["views"][0]["rulings"][0]["conditions"][0]["met"] is False
    assert (answer["not_live"], len(answer["decisions"])) == ("", 1)
    assert asked == [("KAVA/KRW", "upbit"), ("KAVA", "")]


async def test_a_scanner_that_cannot_explain_is_no_failure(kept):
    # Promise: what was noted is told all the same, and why there are no live numbers.
    kept.decided(3, "missed", WHY)
    async with running(kept, None):
        told = await explained(kept, "KAVA/KRW")
    assert told.returncode == 0
    assert b"answers HTTP 404" in told.stderr
    assert b"what was decided" in told.stdout


async def test_a_moment_in_the_past_asks_nobody(kept):
    def nobody(_symbol, _exchange):
        raise AssertionError

    async with running(kept, nobody):
        told = await explained(kept, "KAVA/KRW", "--at", "1h")
    assert (told.returncode, told.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("ops", "said"),
    [
        ("", "does not say where it can be asked; it may just be starting"),
        ("http://127.0.0.1:1", "the scanner at http://127.0.0.1:1 does not answer: "),
    ],
)
def test_a_scanner_that_cannot_be_asked_is_told(kept, ops, said):
    claim = Claim.take(kept.folder, Holder(os.getpid(), kept.now, "scanner start", ops))
    try:
        result = alerts("explain", "KAVA/KRW", "--state", kept.folder)
    finally:
        claim.release()
    assert result.exit_code == 0
    assert said in result.stderr


def test_where_no_scanner_runs_that_is_told(kept):
    result = alerts("explain", "KAVA/KRW", "--state", kept.folder)
    assert result.stderr == f"scanner: no scanner runs with {kept.folder}, so there are no live numbers\n"
    assert ABSENT in result.stdout
