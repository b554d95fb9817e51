"""Every venue there is: a literal table, and the door for venues from other packages."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from scanner.exchanges.base import Exchange
from scanner.exchanges.binance.futures import BINANCE_FUTURES
from scanner.exchanges.binance.spec import BINANCE
from scanner.exchanges.bithumb.spec import BITHUMB
from scanner.exchanges.coingecko.exchange import COINGECKO
from scanner.exchanges.mexc.futures.spec import MEXC_FUTURES
from scanner.exchanges.mexc.spec import MEXC
from scanner.exchanges.okx.spec import OKX
from scanner.exchanges.upbit.spec import UPBIT
from scanner.exchanges.weex.spec import WEEX, WEEX_CONTRACT

EXCHANGES: dict[str, Exchange] = {
    "upbit": UPBIT,
    "bithumb": BITHUMB,
    "binance": BINANCE,
    "okx": OKX,
    "mexc": MEXC,
    "weex": WEEX,
    "binance-futures": BINANCE_FUTURES,
    "mexc-futures": MEXC_FUTURES,
    "weex-contract": WEEX_CONTRACT,
    "coingecko": COINGECKO,
}

GROUP = "scanner.exchanges"


class BadPlugin(Exception):
    """An installed package offers a venue that cannot be used; the text names the entry point and why."""


def add_plugins(points: Iterable[EntryPoint] | None = None) -> None:
    """Add venues of other packages to `EXCHANGES`; by default, all entry points of group `scanner.exchanges`.

    Each names an `Exchange` (the object, not its class) and is called as that is. BadPlugin when one is not so; those
    before it have been added. Adding the same one again changes nothing.
    """
    for point in entry_points(group=GROUP) if points is None else points:
        exchange = _load(point)
        if EXCHANGES.setdefault(point.name, exchange) is not exchange:
            raise _bad(point, "there is a venue of that name already")


def _load(point: EntryPoint) -> Exchange:
    try:
        exchange: Any = point.load()
    except (ImportError, AttributeError) as error:
        raise _bad(point, str(error)) from error
    expected = [member for member in vars(Exchange) if not member.startswith("_")]
    if isinstance(exchange, type) or not all(hasattr(exchange, member) for member in expected):
        raise _bad(point, f"expected an object with {', '.join(expected)}")
    if exchange.name != point.name:
        raise _bad(point, f"its venue calls itself {exchange.name!r}")
    checked: Exchange = exchange
    return checked


def _bad(point: EntryPoint, why: str) -> BadPlugin:
    return BadPlugin(f"entry point {point.name} = {point.value} of group {GROUP}: {why}")
