"""CoinGecko's answers: the whole market in a few numbers, the largest coins, and those that people look for.

Its numbers are real ones, some of them null, but for amounts among the coins that people look for, which are text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

import msgspec

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.coingecko.frames import AMOUNT, FOUND, GLOBAL, LINE, ROWS, TRENDING, Data, Moved
from scanner.exchanges.coingecko.refusals import UNREADABLE, blame
from scanner.exchanges.rows import read_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.market import Coin, Overview

T = TypeVar("T")

_LONGEST_AMOUNT = 40
"""Characters of an amount that is written for people."""


def read_overview(body: bytes, exchange: str, seen: int) -> list[Overview]:
    """One overview. RemoteNonsense for anything else.

    {"data":{"active_cryptocurrencies":17210,"markets":1402,"total_market_cap":{"usd":2500000000000.5},
      "total_volume":{"usd":90000000000.25},"market_cap_percentage":{"btc":57.5},
      "market_cap_change_percentage_24h_usd":-1.25,"updated_at":1790000000}}
    """
    try:
        world = GLOBAL.decode(body).data
        at = nanoseconds(world.updated_at)
    except (RemoteNonsense, *UNREADABLE) as error:
        raise blame(error, body) from None
    return [
        Overview(
            exchange,
            at,
            seen,
            world.total_market_cap.usd,
            world.total_volume.usd,
            world.market_cap_percentage.btc / 100,
            _fraction(world.change_24h),
            world.active_cryptocurrencies,
        )
    ]


def read_top(body: bytes, exchange: str, seen: int) -> list[Coin]:
    """Coins as they come; rows that cannot be read are left out. RemoteNonsense when not one of them can.

    [{"id":"wave-coin","symbol":"wave","name":"Wave Coin","current_price":0.8125,"market_cap":812500000,
      "market_cap_rank":77,"total_volume":31250000,"last_updated":"2026-09-21T13:33:19.125Z",
      "price_change_percentage_1h_in_currency":0.25,"price_change_percentage_24h_in_currency":-1.5,
      "price_change_percentage_7d_in_currency":null}]
    """

    def coin(_: int, row: msgspec.Raw) -> Coin:
        line = LINE.decode(row)
        return Coin(
            exchange,
            seen if line.last_updated is None else _moment(line.last_updated),
            seen,
            line.id,
            line.symbol.upper(),
            line.name,
            line.market_cap_rank,
            line.current_price,
            line.market_cap,
            line.total_volume,
            _fraction(line.change_1h),
            _fraction(line.change_24h),
            _fraction(line.change_7d),
        )

    try:
        rows = ROWS.decode(body)
    except UNREADABLE as error:
        raise blame(error, body) from None
    return _read(rows, coin)


def read_trending(body: bytes, exchange: str, seen: int) -> list[Coin]:
    """Coins by how much they are looked for, the first first; `at` is `seen`, for it tells no time of its own.

    {"coins":[{"item":{"id":"wave-coin","symbol":"WAVE","name":"Wave Coin","market_cap_rank":77,"score":0,
      "data":{"price":0.8125,"market_cap":"$812,500,000","total_volume":"$31,250,000",
      "price_change_percentage_24h":{"usd":-1.5}}}}],"nfts":[],"categories":[]}
    """

    def coin(place: int, row: msgspec.Raw) -> Coin:
        item = FOUND.decode(row).item
        data = item.data or Data()
        moved = data.price_change_percentage_24h or Moved()
        return Coin(
            exchange,
            seen,
            seen,
            item.id,
            item.symbol.upper(),
            item.name,
            item.market_cap_rank,
            _amount(data.price) or None,
            _amount(data.market_cap),
            _amount(data.total_volume),
            change_24h=_fraction(moved.usd),
            trending=place,
        )

    try:
        rows = TRENDING.decode(body).coins
    except UNREADABLE as error:
        raise blame(error, body) from None
    return _read(rows, coin)


def _read(rows: Iterable[msgspec.Raw], read: Callable[[int, msgspec.Raw], T]) -> list[T]:
    """`read` is told the place of each row, from 1, whatever became of those before it."""
    places = count(1)
    return read_rows(rows, lambda row: read(next(places), row))


def _fraction(per_cent: float | None) -> float | None:
    return None if per_cent is None else per_cent / 100


def _moment(written: datetime) -> int:
    """Nanoseconds of a time that is meant in UTC, whether it says so or not."""
    moment = written if written.tzinfo is not None else written.replace(tzinfo=UTC)
    return nanoseconds(round(moment.timestamp() * 1_000))


def _amount(written: float | str | None) -> float | None:
    """`"$812,500,000"` as a number; None for none."""
    if written is None or isinstance(written, float):
        return written
    if len(written) > _LONGEST_AMOUNT:
        raise RemoteNonsense("an amount of too many digits")
    digits = written.replace("$", "").replace(",", "").strip()
    return AMOUNT.decode(digits.encode()) if digits else None
