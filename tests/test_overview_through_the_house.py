"""News of all the world's markets travel from a worker to the screen, and to nobody who could not use them."""

import io
import json

import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from scanner.alerts import conditions
from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.cli.board import BoardView, render
from scanner.delivery.tallies import Tallies
from scanner.desk import Desk
from scanner.detectors import registry as detectors
from scanner.model.instrument import Instrument
from scanner.model.market import Coin, Gap, Overview
from scanner.model.pulse import Link, Pulse
from scanner.supervisor.child import ChildSpec
from scanner.telemetry.health import Health
from scanner.telemetry.metrics import Metrics
from scanner.wire.messages import Batch, Inventory, decode_up, encode
from scanner.worker import publisher as module
from scanner.worker.ledger import Ledger
from scanner.worker.publisher import Publisher

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
GECKO = ChildSpec("coingecko", 0, "", b"")
COIN = Instrument("SYS", "KRW")
HOLE = Gap("coingecko", "overview", (), NOW, NOW, "poll_failed")


def overview(at=NOW, cap=2.5e12, change=-0.0125):
    return Overview("coingecko", at, at, cap, 9e10, 0.575, change, 17210)


def coin(name, trending=None, at=NOW):
    return Coin("coingecko", at, at, name, name.upper(), name.title(), None, 0.5, None, 1e6, trending=trending)


class Lines:
    dropped = 0

    def __init__(self):
        self.lines = []

    def put(self, line):
        self.lines.append(json.loads(line))


@pytest.fixture
def health():
    return Health({"coingecko": 1}, 15.0, NOW)


@pytest.fixture
def desk(health):
    return Desk(
        engine=Engine(
            detectors.assemble(detectors.default_rules(detectors.DETECTORS), detectors.DETECTORS), Episodes()
        ),
        publish=lambda _: None,
        tallies=Tallies(),
        ops_alerts=conditions.Settings(),
        metrics=Metrics(version="0"),
        health=health,
        lines=Lines(),
        see=None,
        carried={"coingecko": ()},
    )


def scraped(desk):
    body, _ = desk._metrics.render()
    families = text_string_to_metric_families(body.decode())
    return {
        sample.name: sample.value for family in families for sample in family.samples if "exchange" in sample.labels
    }


def test_it_comes_out_of_the_pipe_as_it_went_in():
    """Types, nulls and all; a hole in it names no instrument."""
    batch = Batch([overview(), overview(change=None), coin("wave"), coin("wave", 1), HOLE])
    assert decode_up(encode(batch)) == batch


def test_it_is_counted_and_no_rule_looks_at_it(desk):
    """By kind; a hole in it is counted as any other."""
    desk.hear(GECKO, Batch([overview(), coin("wave"), coin("reef", 1), HOLE]))
    assert desk._engine.events == {("coingecko", "overview"): 1, ("coingecko", "coin"): 2}
    assert desk._engine.gaps == {("coingecko", "overview", "poll_failed"): 1}
    assert desk._engine._rows[Overview] == desk._engine._rows[Coin] == ()


def test_an_overview_is_a_line_and_three_numbers_to_scrape(desk):
    """With the venue's moment; what it does not know is left out."""
    desk.hear(GECKO, Batch([overview(), overview(NOW + SECOND, 2.6e12, None)]))
    first, second = desk._lines.lines
    assert (first["type"], first["timestamp"]) == ("market.overview", "2027-01-15T08:00:00.000Z")
    assert first["data"] == {
        "exchange": "coingecko",
        "market_cap_usd": 2.5e12,
        "volume_24h_usd": 9e10,
        "btc_dominance": 0.575,
        "change_24h": -0.0125,
        "coins": 17210,
    }
    assert "change_24h" not in second["data"]
    told = scraped(desk)
    assert told["scanner_market_cap_usd"] == 2.6e12
    assert told["scanner_market_volume_usd"] == 9e10
    assert told["scanner_btc_dominance_ratio"] == 0.575


def test_before_the_first_overview_there_are_no_numbers(desk):
    """A market that is worth nothing would be news."""
    assert "scanner_market_cap_usd" not in scraped(desk)
    assert desk.overviews.latest is None


def test_what_people_look_for_is_one_line_in_their_order(desk):
    """Coins of the top are told to nobody line by line."""
    desk.hear(GECKO, Batch([coin("top"), coin("wave", 1), coin("reef", 2)]))
    desk.hear(GECKO, Batch([coin("top")]))
    [line] = desk._lines.lines
    assert line["type"] == "market.trending"
    assert line["data"]["exchange"] == "coingecko"
    assert [(each["id"], each["trending"]) for each in line["data"]["coins"]] == [("wave", 1), ("reef", 2)]
    assert "rank" not in line["data"]["coins"][0]


# ---- the board


def board(**changes):
    quiet = dict.fromkeys(("venues", "movers", "volumes", "latest"), ())
    view = BoardView(("KRW",), 1.0, 0.0, 0, 0, *quiet.values(), **changes)
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True, color_system=None)
    console.print(render(view))
    return console.file.getvalue().splitlines()


def test_the_board_tells_it_in_one_line_under_its_header():
    """With its age, for it may be minutes old; where nobody tells, the line is not there."""
    line = board(overview=overview(), overview_age_s=250.0)[1]
    assert line == "world    2.5T USD -1.2% 24h   90B traded   BTC 57.5%   4m 10s ago"
    assert "24h" not in board(overview=overview(change=None))[1]
    assert board()[1] == ""


# ---- the way up


async def test_a_stalled_main_process_gets_the_last_word_of_each(monkeypatch, autojump_clock):
    """Older ones are conflated, coins of the top and those that are looked for apart; nothing of it is a hole."""
    monkeypatch.setattr(module, "WAITING_BATCHES", 1)
    sent, door, ledger = [], trio.Event(), Ledger()

    class Uplink:
        async def send(self, message):
            await door.wait()
            sent.append(message.events)

    publisher = Publisher("coingecko", Uplink(), ledger)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        await publisher.put([overview()])
        await trio.sleep(1)  # it is in the publisher's hands now
        for moment in range(1, 4):
            at = NOW + moment * SECOND
            await publisher.put([overview(at), coin("wave", at=at), coin("wave", 1, at)])
        door.set()
        publisher.close()
    assert sent[0] == [overview()]
    [at] = {event.at for event in sent[1][:3]}
    assert at == NOW + 2 * SECOND
    assert sent[1][:3] == [overview(at), coin("wave", at=at), coin("wave", 1, at)]
    assert ledger.pulse(0).counters == {"dropped": {"publisher": 0}, "conflated": {"": 3}}


# ---- health


def pulse(state="live", since=NOW, last_data=NOW, reason=""):
    return Pulse(NOW, {}, (Link("coingecko-poll-top", "https://x", state, since, 0, reason),), last_data, "", 0.0, 0)


@pytest.fixture
def asks_only(desk):
    """A worker that watches no instrument, and has said so."""
    desk.hear(GECKO, Inventory(()))
    return desk


def test_a_venue_that_is_only_asked_is_fresh_between_two_answers(asks_only, health):
    """Minutes without data mean nothing there; its links are live."""
    asks_only.hear(GECKO, pulse())
    report = health.ready(NOW + 900 * SECOND)
    assert report.ready
    assert report.venues["coingecko"].age_s == 900.0
    assert report.venues["coingecko"].since == "2027-01-15T08:00:00.000Z"


def test_a_venue_that_is_only_asked_and_does_not_answer_is_not_fresh(asks_only, health):
    """Told by the link that waits, and why; before the first answer it is not fresh either."""
    asks_only.hear(GECKO, pulse("connecting", last_data=0))
    assert not health.ready(NOW + SECOND).ready
    asks_only.hear(GECKO, pulse())
    asks_only.hear(GECKO, pulse("waiting", NOW + SECOND, reason="HTTP 429"))
    assert health.ready(NOW + 10 * SECOND).ready
    found = health.ready(NOW + 60 * SECOND).venues["coingecko"]
    assert (found.fresh, found.why) == (False, "1 of 1 connections: HTTP 429")


def test_its_answers_are_no_new_beginnings(asks_only, health):
    """It stays fresh since its first one."""
    for minutes in (0, 10, 20):
        asks_only.hear(GECKO, pulse(last_data=NOW + minutes * 60 * SECOND))
    assert health.ready(NOW + 1500 * SECOND).venues["coingecko"].since == "2027-01-15T08:00:00.000Z"


def test_a_worker_that_finds_instruments_after_all_is_judged_by_their_silence(asks_only, health):
    """As every other."""
    asks_only.hear(GECKO, Inventory((COIN,)))
    asks_only.hear(GECKO, pulse())
    assert not health.ready(NOW + 60 * SECOND).ready


def test_it_names_no_symbol_as_listed_and_hides_none(asks_only):
    """Whether a symbol is a mistake is for the venues to say that list markets."""
    asks_only._carried["upbit"] = ("trade",)
    asks_only.inventories.clear()
    asks_only._unknown = {("coingecko", 0): {"SYS/KRW": "", "NO/KRW": ""}, ("upbit", 0): {"NO/KRW": "NOT/KRW"}}
    assert asks_only.unlisted() == {"NO/KRW": "NOT/KRW"}
