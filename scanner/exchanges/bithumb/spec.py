"""Bithumb: where it is and what it allows."""

from __future__ import annotations

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.bithumb.rest import REST
from scanner.exchanges.bithumb.session import SOCKET
from scanner.exchanges.sites import Region
from scanner.exchanges.ticket.dialect import Dialect
from scanner.exchanges.ticket.exchange import TicketExchange

REGIONS = {
    "kr": Region(
        "https://api.bithumb.com",
        "wss://ws-api.bithumb.com/websocket/v1",
        frozenset({"KRW", "BTC"}),
        page="https://www.bithumb.com/react/trade/order/{base}-{quote}",
    ),
}

LIMITS = Limits(
    connects=(Window(10, 1.0),),
    messages=(Window(5, 1.0),),  # none is published: Upbit's, to be polite
    requests=(Window(150, 1.0),),
    streams_per_connection=50,
    block_s=600.0,
)

BITHUMB = TicketExchange.of(Dialect("bithumb", "Bithumb", REGIONS, SOCKET, REST, LIMITS))
