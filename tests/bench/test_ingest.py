"""`bench ingest`: every contender reads every frame, in a process of its own, and the report has one shape."""

import json

import pytest
import trio
from click.testing import CliRunner
from msgspec.structs import replace

from scanner.bench import ingest
from scanner.bench.ingest import ALL, CCXT, MEASURES, Measure, PeersMissing
from scanner.bench.rows import OURS
from scanner.cli import bench as verb

PEERS = {"trio_websocket", "cryptofeed", "ccxt", "picows"}
EVERYBODY = tuple(replace(peer, share=1.0) for peer in ALL)
TRADES = Measure("trades", "trades", 400, 100, EVERYBODY, rate=2_000, tls=True)
BOOKS = Measure("books", "books", 200, 100, EVERYBODY)


async def test_all_contenders_read_the_same_frames():
    """Trades at a pace over TLS, books as fast as it goes. Counts and values are checked where they are read."""
    for package in ("picows", "cryptofeed", "ccxt", "trustme"):
        pytest.importorskip(package, reason=f"{package} comes with the extra bench")
    said = []
    report = await ingest.run(1, said.append, peers=True, measures=[TRADES, BOOKS])
    assert (report["bench"], report["passes"]) == ("ingest", 1)
    assert "left_out" not in report
    assert [row["measure"] for row in report["rows"]] == ["trades", "books"]
    for row, measure in zip(report["rows"], [TRADES, BOOKS], strict=True):
        assert set(row["peers"]) == set(row["ratios"]) == PEERS
        for figures in (row["ours"], *row["peers"].values()):
            assert {"cpu_us", "messages", "wall_s", "range"} <= set(figures)
            assert figures["cpu_us"] > 0
            assert figures["messages"] == measure.messages
            assert ("latency_p99_ms" in figures) is (measure is TRADES)
    assert {"picows", "cryptofeed", "ccxt", "websockets", "aiohttp", "trio-websocket"} <= set(report["versions"])
    assert said[0] == "pass 1 of 1: trades, ours"


async def test_without_peers_ours_is_measured_alone():
    """No extra is needed for that."""
    plain = Measure("blast", "trades", 500, 100, EVERYBODY)
    report = await ingest.run(1, lambda _: None, peers=False, measures=[plain])
    (row,) = report["rows"]
    assert (row["measure"], row["peers"], row["ratios"], report["versions"]) == ("blast", {}, {}, {})
    assert row["ours"]["messages"] == 500


def test_what_is_measured_is_what_was_promised():
    """The four measures, on the same frames for all: who is slow gets fewer of them where the pace is its own."""
    assert [measure.name for measure in MEASURES] == ["blast_trades", "blast_books", "paced_tls", "paced_plain"]
    assert [(one.rate, one.tls) for one in MEASURES] == [(0, False), (0, False), (5_000, True), (300, False)]
    assert {peer.name for measure in MEASURES for peer in measure.peers} == PEERS
    blast, paced = MEASURES[0], MEASURES[2]
    assert blast.load(CCXT).messages == blast.messages * CCXT.share
    assert paced.load(CCXT).messages == paced.messages


@pytest.fixture
def measured(monkeypatch):
    """Who was measured, in that order; nobody really is."""

    class Turns(list):
        takes_s = 0

    turns = Turns()

    async def note(_servers, measure, contender):
        await trio.sleep(turns.takes_s)
        turns.append((measure.name, contender.name))
        return {"cpu_us": 1.0, "messages": 1, "wall_s": 1.0}

    monkeypatch.setattr(ingest, "_measure", note)
    return turns


async def test_contenders_take_turns_another_one_first_in_each_pass(measured, autojump_clock):
    """A machine that warms up or slows down favours none of them."""
    await ingest.run(2, lambda _: None, peers=True, measures=[BOOKS])
    names = [name for _, name in measured]
    assert names[:5] == [OURS, "trio_websocket", "cryptofeed", "ccxt", "picows"]
    assert names[5:] == ["trio_websocket", "cryptofeed", "ccxt", "picows", OURS]


async def test_a_run_ends_in_time_and_says_what_it_left_out(measured, monkeypatch, autojump_clock):
    """A pass of 50 s fits six times into 345 s; the report counts what was done."""
    monkeypatch.setattr(measured, "takes_s", 10)
    report = await ingest.run(9, lambda _: None, peers=True, measures=[BOOKS])
    assert report["passes"] == 6
    assert report["left_out"] == {"passes": "3 of 9: all together take 345 s at most"}
    assert len(measured) == 30


async def test_peers_that_are_missing_are_named_with_the_way_to_get_them(monkeypatch):
    """Before anything is measured."""
    with pytest.raises(PeersMissing, match=r"^not installed: no-such-peer; .* pip install -e '\.\[bench\]'$"):
        missing = Measure("blast", "trades", 1, 1, (ingest.Contender("x", "x:run", ("trio", "no-such-peer")),))
        await ingest.run(1, lambda _: None, peers=True, measures=[missing])


async def test_without_a_maker_of_certificates_tls_is_left_out_and_said_so(measured, monkeypatch, autojump_clock):
    """The rest is measured."""
    monkeypatch.setattr(ingest, "find_spec", lambda _: None)
    report = await ingest.run(1, lambda _: None, peers=False)
    assert [row["measure"] for row in report["rows"]] == ["blast_trades", "blast_books", "paced_plain"]
    assert "trustme" in report["left_out"]["paced_tls"]


def test_the_verb_prints_one_object(measured):
    """With `--json`, on standard output and nothing else there."""
    done = CliRunner().invoke(verb.command, ["ingest", "--json", "--passes", "1"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["bench"] == "ingest"
