"""A worker's rooms around one actor, and a REST side that answers as a test wishes."""

import json

import trio
from msgspec.structs import replace

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.net.failure import Unreachable
from scanner.worker.kit import Kit
from scanner.worker.ledger import Ledger

SECOND = 1_000_000_000
VENUE_NS = 1_700_000_000 * SECOND
"""The venue's clock when trio's shows 0; ours shows something else."""
UPBIT = EXCHANGES["upbit"]
BTC, ETH, XRP = (Instrument(base, "KRW") for base in ("BTC", "ETH", "XRP"))


def venue_time(moment):
    return VENUE_NS + round(moment * SECOND)


class Rest:
    """Answers with the trades it was given: venue moments (trio's seconds) and ids."""

    def __init__(self):
        self.trades = {}
        """Market code → [(moment, id)], oldest first."""
        self.asked = []
        """(moment, market code)."""
        self.fails = None
        self.takes_s = 0.0
        self.on_answer = lambda: None

    async def get(self, request):
        code = request.params["market"]
        self.asked.append((trio.current_time(), code))
        await trio.sleep(self.takes_s)
        if self.fails is not None:
            raise self.fails
        self.on_answer()
        if isinstance(self.trades.get(code), bytes):
            return self.trades[code]
        rows = [
            {
                "market": code,
                "timestamp": venue_time(moment) // 1_000_000,
                "trade_price": 100.0,
                "trade_volume": 1.0,
                "ask_bid": "BID",
                "sequential_id": name,
            }
            for moment, name in self.trades.get(code, [])
        ]
        return json.dumps(rows[::-1]).encode()


class Publisher:
    def __init__(self):
        self.batches = []

    async def put(self, events):
        await trio.lowlevel.checkpoint()
        self.batches.append(events)


class Venue:
    """Upbit, with other limits or without an answer about trades where a test wants that."""

    def __init__(self, limits=None, *, tells_trades=True):
        self.limits = limits or UPBIT.limits
        self._tells_trades = tells_trades

    def __getattr__(self, name):
        return getattr(UPBIT, name)

    def trades_request(self, instrument):
        return UPBIT.trades_request(instrument) if self._tells_trades else None


def unreachable(**changes):
    return Unreachable("https://venue.test", "connection refused", **changes)


def with_requests(*windows):
    return replace(UPBIT.limits, requests=windows)


def kit(rest, exchange=UPBIT, settings=None, **rooms):
    """What the watchdog needs of one; the rest is nobody's business here."""
    rooms = {"intake": None, "publisher": Publisher(), "backfill": None} | rooms
    return Kit(
        exchange=exchange,
        settings=settings or Settings(),
        ledger=Ledger(),
        rest=rest,
        connects=Limiter(()),
        door=Breaker(),
        **rooms,
    )
