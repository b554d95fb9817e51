"""One run of everything: simulated venues that misbehave in turn, a scanner that watches, a Prometheus that judges."""

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import isnan
from threading import Thread

import trio

from tests.chaos.house import running, simulated
from tests.dashboards import prometheus
from tests.dashboards.panels import filled_in, questions
from tests.dashboards.rulebook import RECORDED

COINS = ("BTC", "ETH", "XRP", "SOL")
"""Few, so that the machine is not what is tested."""
FAULTS = {
    "upbit": {"stall": "VenueSilent", "duplicate": "VenueRepeating", "slow": "VenueLate"},
    "bithumb": {"half-frame": "ConnectionsBreaking", "ban": "VenueRefusing"},
    "binance": {"skip-sequence": "SequencesBreaking", "garble": "VenueNonsense", "refuse": "VenueRefusing"},
    "okx": {"rate-limit": "VenueRestFailing", "retire": "ConnectionsRetired", "close": "ConnectionsBreaking"},
}
"""Venue → what goes wrong there, one after the other → the alert that says so."""
SPELL_S, AGAIN_S = 2.5, 1.5
"""A fault is armed for so long, again and again, until its alert fires; then it ends by itself, before a stall is so
long (10 s) that single streams are asked about."""
LONG_S = 12.0
"""Refusals in a row, of a scanner that tries again within a second."""
ASKED = filled_in('max by (exchange) (scanner_last_data_age_seconds{exchange=~"$exchange"})')
"""A panel's question."""
WRONG = {
    ASKED.replace("_seconds", ""): [],
    ASKED.replace(".*", "upbitt"): [],
    ASKED.replace("by (exchange)", "by exchange"): "bad_data",
}
"""The same with a slip of the pen → what Prometheus says to it: nothing, or that it is no question."""
SETTINGS = """
[ops]
fresh_within = "4s"
[supervisor]
pulse_patience = "1m"        # a busy machine is no fault here
[exchanges.okx]
refresh = "1s"               # it asks by REST often enough to be told that it asks too often
[alerts]
cooldown = "5s"
[rules.stir]                 # a quiet market has something to tell, too
detector = "price_move"
tiers = [{ window = "1m", change = "0.001%", volume_ratio = 0, rush = 0 }]
min_trades = 1
floors = {}
times_usual_move = 0
rearm_after = "1s"
[receivers.phone]
sink = "webhook"
allow_private = true
"""
"""Everything that a panel may ask about happens often."""
OPTIONS = (
    *("start", "--json", "--ops-port", 0, "--log-level", "error", "--market", "KRW", "--market", "USDT"),
    *(f"--symbol={coin}/{quote}" for coin in COINS for quote in ("KRW", "USDT")),
    *(f"--set=exchanges.{venue}.reconnect_max=1s" for venue in FAULTS),
)


@dataclass
class Proof:
    """What was seen."""

    unanswered: dict[str, str] = field(default_factory=dict)
    """Questions to which no data came."""
    wrong: dict[str, object] = field(default_factory=dict)
    """What Prometheus said to questions that are wrong."""
    rules: list[dict] = field(default_factory=list)
    families: dict[str, str] = field(default_factory=dict)
    """Metric family → its type."""
    labels: set[str] = field(default_factory=set)
    exposition: str = ""
    fired: set[tuple[str, str]] = field(default_factory=set)
    """(alert, exchange) of all that fired since the first fault."""
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    """(venue, fault, `on` or `off`) of what did not come."""


def prove(folder):
    """Run it all."""
    return trio.run(_prove, folder)


async def _prove(folder):
    proof = Proof()
    async with telling(folder) as (sim, scanner):
        ops = (await scanner.line("listening"))["ops"]
        async with prometheus.running(folder, ops.removeprefix("http://"), prometheus.hastened) as server:
            await scanner.ready()
            await server.until(lambda: _calm(server), "a calm beginning")
            began = time.time()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_interrogate, server, proof)
                for venue, faults in FAULTS.items():
                    nursery.start_soon(_suffer, venue, faults, sim, server, proof)
            lasted = int(time.time() - began)
            rows = await server.ask(f'count_over_time(ALERTS{{alertstate="firing"}}[{lasted}s])')
            proof.fired = {(labels["alertname"], labels.get("exchange", "")) for labels, _ in rows}
            await _look_around(server, proof)
            _, proof.exposition = await scanner.get("/metrics")
    return proof


async def _calm(server):
    return not await server.ask('ALERTS{severity!="info"}')


async def _interrogate(server, proof):
    """Put every question until data has come to it."""
    proof.unanswered = {question.name: question.expression for question in questions()}
    proof.unanswered |= {name: name for name in RECORDED}

    async def answered():
        for name, expression in list(proof.unanswered.items()):
            if any(not isnan(value) for _, value in await server.ask(expression)):
                del proof.unanswered[name]
        return not proof.unanswered

    await _patiently(server, answered)


async def _suffer(venue, faults, sim, server, proof):
    """One fault after the other: until its alert is on, and then until it is off."""
    for fault, alert in faults.items():

        async def on(alert=alert):
            return (alert, venue) in await server.firing()

        async def off(alert=alert):
            return (alert, venue) not in await server.firing()

        with trio.CancelScope() as armed:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_arm, sim, venue, fault)
                if not await _patiently(server, on):
                    proof.missed.append((venue, fault, "on"))
                armed.cancel()
        if not await _patiently(server, off):
            proof.missed.append((venue, fault, "off"))


async def _arm(sim, venue, fault):
    if fault == "refuse":  # nobody is refused who does not come: they have to go, and find the door shut all the time
        await sim.pull(venue, fault, LONG_S)
        await sim.pull(venue, "close", 0.1)
        await trio.sleep(LONG_S)
    while True:
        await sim.pull(venue, fault, SPELL_S)
        await trio.sleep(AGAIN_S)


async def _patiently(server, condition):
    """Whether it came."""
    try:
        await server.until(condition, "")
    except AssertionError:
        return False
    return True


async def _look_around(server, proof):
    groups = (await server.get("rules"))["data"]["groups"]
    proof.rules = [rule for group in groups for rule in group["rules"]]
    proof.families = {row["metric"]: row["type"] for row in (await server.get("targets/metadata"))["data"]}
    proof.labels = set((await server.get("labels"))["data"])
    for question in WRONG:
        answer = await server.get("query", query=question)
        proof.wrong[question] = answer["data"]["result"] if answer["status"] == "success" else answer["errorType"]


@asynccontextmanager
async def telling(folder):
    """Simulated venues, and a scanner that tells of every stir by webhook and calls a dead man's switch."""
    (folder / "scanner.toml").write_text(SETTINGS)
    async with taken() as url, simulated("quiet", *(f"--exchange={venue}" for venue in FAULTS)) as (sim, pointing):
        secrets = {"SCANNER__RECEIVERS__PHONE__URL": url, "SCANNER__DEADMAN__URL": url}
        options = (*OPTIONS, "--config", folder / "scanner.toml", "--state", folder / "state", *pointing)
        async with running(*options, environment=secrets) as scanner:
            yield sim, scanner


@asynccontextmanager
async def taken():
    """The address of somebody who takes whatever is posted."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class Taker(BaseHTTPRequestHandler):
    """Says yes to everything."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(204)
        self.end_headers()

    def do_GET(self):
        self.do_POST()

    def do_HEAD(self):
        self.do_POST()

    def log_message(self, *_):
        pass
