"""MEXC's REST side for futures: contracts with their sizes, and all tickers in one call.

A line of the catalogue, shortened:

    {"symbol":"WAVE_USDT","displayName":"WAVE_USDT PERPETUAL","baseCoin":"WAVE","quoteCoin":"USDT","settleCoin":"USDT",
     "contractSize":10,"state":0}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.mexc.futures.frames import TICKER, Code, Size, TickerRow
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.numbers import FINITE
from scanner.exchanges.rows import read_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Ticker

T = TypeVar("T")

_ENABLED = 0
_PAUSED = 4
"""All other states are on the way out, or beyond it."""


def contracts_request(rest_url: str) -> Request:
    """Ask for all contracts: 2.3 MB, which may be had once in five seconds, so it weighs all that these allow."""
    return Request(f"{rest_url}/api/v1/contract/detail", weight=25)


def tickers_request(rest_url: str) -> Request:
    """Ask for the last 24 hours of all contracts."""
    return Request(f"{rest_url}/api/v1/contract/ticker", weight=3)


def read_markets(body: bytes) -> list[Market]:
    """Perpetuals that settle in what they are quoted in, and are traded now or paused."""
    return _read(body, _market)


def read_sizes(body: bytes) -> dict[str, float]:
    """Coins in one contract, by code."""

    def size(row: msgspec.Raw) -> tuple[str, float]:
        line = _SIZE.decode(row)
        return line.symbol, line.contract_size

    return dict(_read(body, size))


def read_tickers(
    body: bytes, exchange: str, listed: Mapping[str, Instrument], sizes: Mapping[str, float], seen: int
) -> list[Ticker]:
    """Last prices of the contracts in `listed`, by code; `sizes` says how many coins one of them is."""

    def read(row: msgspec.Raw) -> Ticker | None:
        line = TICKER.decode(row)
        code = line.symbol or ""
        instrument = listed.get(code)
        return None if instrument is None else ticker(line, exchange, instrument, None, seen, sizes.get(code, 0.0))

    return _read(body, read)


def ticker(
    row: TickerRow, exchange: str, instrument: Instrument, sent: int | None, seen: int, size: float = 0.0
) -> Ticker | None:
    """One row in our words; None where nothing was ever traded. It bears its own time, else `sent` (ms), else ours.

    The venue counts volume in contracts, of `size` coins each; while that is not known, what is told is the turnover at
    the last price.
    """
    price, turnover = row.lastPrice or 0.0, row.amount24 or 0.0
    if not price:
        return None
    if not (0 < price < FINITE and 0 <= turnover < FINITE):
        raise RemoteNonsense(f"a price of {price} and a turnover of {turnover}")
    volume = turnover / price if not size or row.volume24 is None else row.volume24 * size
    if not 0 <= volume < FINITE:
        raise RemoteNonsense(f"a price of {price} and a volume of {volume}")
    return Ticker(exchange, instrument, nanoseconds(row.timestamp or sent or seen), seen, price, volume, turnover)


class _Answer(Struct):
    success: bool
    data: list[msgspec.Raw] | None = None
    code: int | str = 0
    message: str | None = None


class _Line(Struct, rename="camel"):
    symbol: Code
    base_coin: Code
    quote_coin: Code
    settle_coin: Code
    state: int
    display_name: str | None = None


class _Size(Struct, rename="camel"):
    symbol: Code
    contract_size: Size


_ANSWER = msgspec.json.Decoder(_Answer)
_MARKET = msgspec.json.Decoder(_Line)
_SIZE = msgspec.json.Decoder(_Size)


def _read(body: bytes, read: Callable[[msgspec.Raw], T | None]) -> list[T]:
    """What can be read of the rows; RemoteNonsense, in the venue's words where it has some, when nothing can."""
    try:
        answer = _ANSWER.decode(body)
    except UNREADABLE as error:
        raise nonsense(str(error), body) from None
    if not answer.success or answer.data is None:
        raise nonsense(f"refused with {bounded(str(answer.code))} {bounded(answer.message or '')}", body)
    return read_rows(answer.data, read)


def _market(row: msgspec.Raw) -> Market | None:
    line = _MARKET.decode(row)
    if line.settle_coin != line.quote_coin or line.state not in {_ENABLED, _PAUSED}:
        return None
    instrument = Instrument(line.base_coin, line.quote_coin, "perpetual")
    return Market(instrument, line.symbol, line.display_name or "", suspended=line.state == _PAUSED)
