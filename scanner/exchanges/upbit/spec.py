"""Upbit: where it is, in each of its regions, and what it allows."""

from __future__ import annotations

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.sites import Region
from scanner.exchanges.ticket.dialect import Dialect
from scanner.exchanges.ticket.exchange import TicketExchange
from scanner.exchanges.upbit.rest import REST
from scanner.exchanges.upbit.session import SOCKET


def _region(host: str, *quotes: str) -> Region:
    """Each region is the same house with another host, another currency, and listings of its own."""
    site = host.replace("-api.", ".").removeprefix("api.")
    page = f"https://{site}/exchange?code=CRIX.UPBIT.{{quote}}-{{base}}"
    return Region(f"https://{host}", f"wss://{host}/websocket/v1", frozenset(quotes), page=page)


REGIONS = {
    "kr": _region("api.upbit.com", "KRW", "BTC", "USDT"),
    "sg": _region("sg-api.upbit.com", "SGD", "BTC", "USDT"),
    "id": _region("id-api.upbit.com", "IDR", "BTC", "USDT"),
    "th": _region("th-api.upbit.com", "THB", "BTC", "USDT"),
}

LIMITS = Limits(
    connects=(Window(5, 1.0),),
    messages=(Window(5, 1.0), Window(100, 60.0)),
    requests=(Window(10, 1.0),),
    streams_per_connection=50,  # none is documented; a lost connection of 50 blinds little, and six carry all of KRW
    block_s=60.0,  # undocumented, and growing with each repetition
)

UPBIT = TicketExchange.of(Dialect("upbit", "Upbit", REGIONS, SOCKET, REST, LIMITS))
