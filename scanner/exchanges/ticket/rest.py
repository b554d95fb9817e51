"""The REST side of the family: the catalogue with its warnings, last prices with 24 h turnovers, the newest trades."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from scanner.exchanges.base import Rejected, RemoteNonsense, Request
from scanner.exchanges.batches import batches
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.numbers import Amount, Price, Stamp
from scanner.exchanges.rows import ROWS, read_rows
from scanner.exchanges.ticket.codes import code_of, read_code
from scanner.exchanges.ticket.control import reply
from scanner.exchanges.ticket.dialect import Listing, Newest, Tickers
from scanner.exchanges.ticket.frames import ENVELOPE
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Ticker, Trade
from scanner.model.moments import SECOND

T = TypeVar("T")


def listing_request(rest_url: str, listing: Listing) -> Request:
    """Ask for all markets of all quotes, with their warnings."""
    return Request(rest_url + listing.path, listing.params)


def read_markets(body: bytes) -> list[Market]:
    """The catalogue; rows that cannot be read are left out. RemoteNonsense when not one of them can."""
    return read_rows_of(body, _market)


def tickers_requests(rest_url: str, tickers: Tickers, markets: Iterable[Market]) -> list[Request]:
    """Ask about these markets in as few calls as the venue allows; none for none."""
    names = dict.fromkeys(map(attrgetter(tickers.of), markets))
    url = rest_url + tickers.path
    return [Request(url, {tickers.param: ",".join(batch)}) for batch in batches(names, tickers.at_most)]


def read_tickers(body: bytes, exchange: str, seen: int, epoch_ahead_s: int) -> list[Ticker]:
    """Last prices; markets without one are left out. RemoteNonsense when not one row can be read."""

    def ticker(row: msgspec.Raw) -> Ticker:
        line = _TICKER.decode(row)
        return Ticker(
            exchange,
            read_code(line.market),
            nanoseconds(line.timestamp) - _ahead(line, epoch_ahead_s) * SECOND,
            seen,
            line.trade_price,
            line.acc_trade_volume_24h,
            line.acc_trade_price_24h,
        )

    return read_rows_of(body, ticker)


def trades_request(rest_url: str, trades: Newest, instrument: Instrument) -> Request:
    """Ask for the newest trades of one market, as many as one answer holds."""
    return Request(rest_url + trades.path, {"market": code_of(instrument), "count": str(trades.at_most)})


def read_trades(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Trade]:
    """The newest trades, oldest first; rows that cannot be read are left out. RemoteNonsense when not one of them can.

    At Upbit a trade has one id on the socket and here. At Bithumb these are two numberings that have nothing to do with
    each other, and the one here is made of the millisecond: trades of one moment may share an id.
    """
    code = code_of(instrument)

    def trade(row: msgspec.Raw) -> Trade:
        line = _TRADE.decode(row)
        if line.market != code:
            raise RemoteNonsense(f"a trade of {bounded(line.market)!r} among those of {code}")
        return Trade(
            exchange,
            instrument,
            nanoseconds(line.timestamp),
            seen,
            str(line.sequential_id),
            line.trade_price,
            line.trade_volume,
            "buy" if line.ask_bid == "BID" else "sell",
        )

    newest_first = sorted(read_rows_of(body, trade), key=attrgetter("at"), reverse=True)  # ties stay as they came
    return newest_first[::-1]


def read_rows_of(body: bytes, read: Callable[[msgspec.Raw], T]) -> list[T]:
    """What `read` makes of each row that it can; RemoteNonsense when there are rows and none of them can be read.

    So it is for an error, which may come under HTTP 200, in the venue's own words.
    """
    try:
        rows = ROWS.decode(body)
    except UNREADABLE as error:
        raise nonsense(_complaint(body) or str(error), body) from None
    return read_rows(rows, read)


# ---- rows


class _Events(Struct):
    """Upbit's Korean warnings."""

    warning: bool = False
    caution: dict[str, Any] | None = None
    """Flags by name; names that are invented tomorrow are kept."""


class _MarketLine(Struct):
    market: str
    english_name: str | None = None
    korean_name: str | None = None
    market_event: _Events | None = None
    market_warning: str | None = None
    """The same serious warning, as Bithumb and Upbit's other regions spell it."""


class _TickerLine(Struct):
    market: str
    trade_price: Price
    acc_trade_volume_24h: Amount
    acc_trade_price_24h: Amount
    timestamp: Stamp
    trade_timestamp: Stamp | None = None
    trade_date: str | None = None
    """`yyyyMMdd`, in UTC (on the socket Bithumb writes Korean time)."""
    trade_time: str | None = None
    """`HHmmss`."""


class _TradeLine(Struct):
    market: str
    trade_price: Price
    trade_volume: Price
    ask_bid: Literal["ASK", "BID"]
    sequential_id: int | Annotated[str, Meta(min_length=1, max_length=64)]
    timestamp: Stamp
    """Of the trade, and on the right clock at both venues: only Bithumb's tickers run ahead."""


_TRADE = msgspec.json.Decoder(_TradeLine, strict=False)
_MARKET = msgspec.json.Decoder(_MarketLine, strict=False)
_TICKER = msgspec.json.Decoder(_TickerLine, strict=False)


def _complaint(body: bytes) -> str:
    """What an error body says, which may come under HTTP 200; empty when it is none."""
    try:
        match reply(ENVELOPE.decode(body)):
            case [Rejected(reason=reason, text=text)]:
                return f"refused with {reason} {text}"
    except (RemoteNonsense, *UNREADABLE):
        pass
    return ""


def _market(row: msgspec.Raw) -> Market:
    line = _MARKET.decode(row)
    events = line.market_event or _Events()
    return Market(
        read_code(line.market),
        line.market,
        line.english_name or line.korean_name or "",
        events.warning or line.market_warning == "CAUTION",
        tuple(sorted(name for name, up in (events.caution or {}).items() if up is True)),
    )


def _ahead(line: _TickerLine, epoch_ahead_s: int) -> int:
    """Seconds to take off this line's Unix times.

    Bithumb's run nine hours ahead of the time it writes beside them. They are corrected only where the two disagree by
    exactly that much, so that the day it is mended nothing breaks here.
    """
    if not (epoch_ahead_s and line.trade_timestamp and line.trade_date and line.trade_time):
        return 0
    try:
        written = datetime.fromisoformat(f"{line.trade_date}T{line.trade_time}").replace(tzinfo=UTC)
    except ValueError:
        return 0
    ahead = nanoseconds(line.trade_timestamp) // SECOND - int(written.timestamp())
    return epoch_ahead_s if ahead == epoch_ahead_s else 0
